import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { inspectImport } from './import-file';
import { fixture, importAll, sourceOf } from './testing/import-text';

const FOLDER = join(import.meta.dirname, '../../../fixtures/whatsapp');

interface ExpectedMessage {
  readonly timestamp: string;
  readonly author: string;
  readonly message: string;
}

describe('readWhatsApp', () => {
  it.each([
    ['android-d-m-yy-24h-edgecases.chatistics.txt', 9, 2],
    ['android-ddmmyy_24hrs.chat-miner.txt', 6, 3],
    ['android-ddmmyyyy-24h.chatpack-cli.txt', 7, 0],
    ['android-mmddyy_24hrs.chat-miner.txt', 6, 3],
    ['android-mmddyyyy_12hrs.chat-miner.txt', 6, 3],
    ['android-us-12h-endash.chatistics.txt', 3, 0],
    ['android-yyyymmdd_24hrs.chat-miner.txt', 6, 3],
    ['ios-d.m.yyyy-24h.chatistics.txt', 4, 0],
    ['ios-dmy-24h-unicode-edgecases.chatistics.txt', 20, 1],
    ['ios-mmddyy-24h.chat-miner.txt', 6, 3],
    ['ios-us-12h-lrm.langchain.txt', 11, 1],
    ['mixed-formats-nnbsp.langchain.txt', 10, 0],
  ])('reads %s', async (name, messages, systemEntries) => {
    const read = await importAll(fixture(`whatsapp/${name}`));
    expect(read.badLines).toEqual([]);
    expect(read.messages).toHaveLength(messages);
    expect(read.systemEntries).toBe(systemEntries);
  });

  it('knows every fixture of the folder', () => {
    expect(readdirSync(FOLDER).filter((name) => name.endsWith('.txt'))).toHaveLength(12);
  });

  const expected = JSON.parse(
    readFileSync(join(FOLDER, 'EXPECTED.chat-miner.json'), 'utf8'),
  ) as readonly ExpectedMessage[];

  it.each([
    'android-ddmmyy_24hrs',
    'android-mmddyy_24hrs',
    'android-mmddyyyy_12hrs',
    'android-yyyymmdd_24hrs',
    'ios-mmddyy-24h',
  ])('reads %s as its authors expect', async (name) => {
    const { messages } = await importAll(fixture(`whatsapp/${name}.chat-miner.txt`));
    const comparable = messages.map(({ sentTimestamp, sender, text }) => ({
      timestamp: sentTimestamp.slice(0, 19),
      author: sender,
      message: text.replace(/\s+/g, ' '),
    }));
    expect(comparable.toReversed()).toEqual(expected);
  });

  it('keeps lines that only look like messages in the message they are in', async () => {
    const { messages } = await importAll(
      fixture('whatsapp/ios-dmy-24h-unicode-edgecases.chatistics.txt'),
    );
    const texts = messages.map(({ text }) => text);
    expect(texts[16]).toContain(
      '[1.2.2019, 00:00:00] John Doe: this line is not a message on its own',
    );
    expect(texts[18]).toBe(
      'What is that?\n2/11/19, 14:48 Alice Placeholder: this is a message from another chat!',
    );
  });

  it('reads the senders of an export without seconds, colons in names included', async () => {
    const { messages } = await importAll(
      fixture('whatsapp/android-d-m-yy-24h-edgecases.chatistics.txt'),
    );
    expect(messages.map(({ sender }) => sender).slice(0, 5)).toEqual([
      'n',
      'Very long username',
      'Even longer username with emoticons! 🙈 🙈',
      'The final test',
      'John Doe',
    ]);
    expect(messages.at(7)?.text).toBe('👍👍👍👍👍👍!');
    expect(messages.at(8)?.text).toMatch(/2\/11\/19: Arrival\n12\/12\/19: Departure$/);
  });

  it('reads marks, narrow spaces, tildes and both clocks', async () => {
    const { messages } = await importAll(fixture('whatsapp/mixed-formats-nnbsp.langchain.txt'));
    expect(
      messages.map(({ sender, sentTimestamp }) => `${sentTimestamp.slice(0, 19)} ${sender}`),
    ).toEqual([
      '2023-05-05T15:48:11 James',
      '2021-11-08T09:41:32 User name',
      '2023-01-23T03:19:00 User 2',
      '2023-01-23T03:22:00 User 1',
      '2021-01-24T12:41:03 User name 2',
      '2023-05-04T16:13:23 User 2',
      '2022-07-19T23:32:00 User 1',
      '2022-07-20T23:32:00 User 2'.replace('23:32', '11:32'),
      '2023-04-20T09:42:00 User 3',
      '2023-06-29T00:16:00 User 4',
    ]);
  });

  it('keeps the order of messages of one minute', async () => {
    const { messages } = await importAll(fixture('whatsapp/android-ddmmyyyy-24h.chatpack-cli.txt'));
    expect(messages.map(({ sentTimestamp }) => sentTimestamp)).toEqual(
      messages.map(({ sentTimestamp }) => sentTimestamp).toSorted(),
    );
    expect(messages[1]?.sentTimestamp).toBe('2024-01-15T10:30:00.001Z');
  });

  it('gives equal messages of one minute ids of their own, and the same ones next time', async () => {
    const text = '13/01/24, 10:30 - Ann: ok\n13/01/24, 10:30 - Ann: ok\n';
    const first = await importAll(sourceOf('_chat.txt', text));
    const ids = first.messages.map(({ id }) => id);
    expect(new Set(ids).size).toBe(2);
    expect(await importAll(sourceOf('_chat.txt', text, 5))).toEqual(first);
    expect(ids[0]).toMatch(/^[0-9a-f]{32}$/);
  });

  it('reads times in the zone that was chosen, without changing the ids', async () => {
    const source = sourceOf('_chat.txt', '13/07/24, 10:30 - Ann: hello\n');
    const utc = await importAll(source);
    const berlin = await importAll(source, { timeZone: 'Europe/Berlin' });
    expect(berlin.messages[0]?.sentTimestamp).toBe('2024-07-13T08:30:00.000Z');
    expect(berlin.messages[0]?.id).toBe(utc.messages[0]?.id);
  });

  it('reports dates that do not exist and text before the first message', async () => {
    const text =
      'stray\n13/13/24, 10:30 - Ann: never\nand on\n13/01/24, 25:30 - Ann: never\n13/01/24, 09:30 - Ann: yes';
    const { messages, badLines } = await importAll(sourceOf('_chat.txt', text));
    expect(messages.map(({ text: written }) => written)).toEqual(['yes']);
    expect(badLines.map(({ line }) => line)).toEqual([1, 2, 4]);
  });

  it('takes a changed subject for an entry of WhatsApp', async () => {
    const text =
      '13/01/24, 10:30 - Ann changed the subject to "Trip: May"\n13/01/24, 10:31 - Ann: yes';
    const { messages, systemEntries } = await importAll(sourceOf('_chat.txt', text));
    expect([messages.length, systemEntries]).toEqual([1, 1]);
  });
});

describe('inspectWhatsApp', () => {
  it('asks for the order of day and month when nothing in the file tells it', async () => {
    const inspection = await inspectImport(
      fixture('whatsapp/android-d-m-yy-24h-edgecases.chatistics.txt'),
    );
    expect(inspection).toMatchObject({
      kind: 'needs',
      needs: 'date-order',
      examples: [
        { text: '2/11/19', dayFirst: '2019-11-02', monthFirst: '2019-02-11' },
        { text: '10/11/19', dayFirst: '2019-11-10', monthFirst: '2019-10-11' },
      ],
    });
  });

  it('follows the answer', async () => {
    const source = fixture('whatsapp/android-d-m-yy-24h-edgecases.chatistics.txt');
    const { messages } = await importAll(source, { dateOrder: 'month-first' });
    expect(messages[0]?.sentTimestamp).toBe('2019-02-11T14:18:00.000Z');
  });

  it.each([
    ['day-first', '1/2/24, 10:00 - A: x\n28/2/24, 10:00 - A: y'],
    ['month-first', '1/2/24, 10:00 - A: x\n2/28/24, 10:00 - A: y'],
    ['day-first', '8/1/24, 10:00 - A: x\n9/1/24, 10:00 - A: y\n1/2/24, 10:00 - A: z'],
    ['month-first', '1/8/24, 10:00 - A: x\n1/9/24, 10:00 - A: y\n2/1/24, 10:00 - A: z'],
    ['day-first', '1.2.24, 10:00 - A: x'],
    ['day-first', '3/3/24, 10:00 - A: x'],
  ])('tells %s from the whole file', async (dateOrder, text) => {
    expect(await inspectImport(sourceOf('_chat.txt', text))).toMatchObject({
      kind: 'ready',
      layout: { dateOrder },
    });
  });

  it.each([
    ['WhatsApp Chat with Alice.txt', 'Alice'],
    ['WhatsApp Chat - Book club (2).txt', 'Book club'],
    ['_chat.txt', 'Ann, Bob'],
  ])('suggests a name for %s', async (name, suggestedName) => {
    const text = '13/01/24, 10:30 - Ann: a\n13/01/24, 10:30 - Bob: b\n13/01/24, 10:30 - Cy: c';
    expect(await inspectImport(sourceOf(name, text))).toMatchObject({ suggestedName });
  });
});
