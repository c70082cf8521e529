import { describe, expect, it } from 'vitest';
import { fixture, importAll, sourceOf } from './testing/import-text';

const chat = (messages: string, name = '"Ann"') =>
  `{"name": ${name}, "type": "personal_chat", "id": 7,\n"messages": [${messages}]}`;
const message = (fields: object) =>
  JSON.stringify({
    id: 1,
    type: 'message',
    date_unixtime: '1700000000',
    from: 'Ann',
    text: 'hi',
    ...fields,
  });

describe('readTelegram', () => {
  it.each([
    ['result-batch.chat-miner.json', 2, 'urn:chat:telegram:Chatname'],
    ['result-single.chat-miner.json', 2, 'urn:chat:telegram:Test chat'],
    [
      'result-old-numeric-from_id.langchain.json',
      3,
      'urn:chat:telegram:2730825451:Grace \u00f0\u0178\u00a7\u00a4',
    ],
    ['result-personal_chat.langchain.json', 4, 'urn:chat:telegram:5965280513:Jimmeny'],
    ['result.chatpack-cli.json', 7, 'urn:chat:telegram:123456789:Test Chat'],
  ])('reads %s', async (name, count, urn) => {
    const read = await importAll(fixture(`telegram/${name}`));
    expect(read.badLines).toEqual([]);
    expect(read.messages).toHaveLength(count);
    expect(read.messages[0]?.conversationUrn).toBe(urn);
  });

  it('joins texts made of entities', async () => {
    const { messages } = await importAll(fixture('telegram/result-single.chat-miner.json'));
    expect(messages.map(({ text }) => text)).toEqual([
      'Minimal Message',
      'Link:https://telegram.org/',
    ]);
    expect(messages[0]?.sentTimestamp).toBe('2018-12-05T10:39:10.000Z');
  });

  it('prefers the instant to the wall-clock time, and reads the latter in the zone chosen', async () => {
    const local = message({ date: '2024-07-01T12:00:00', date_unixtime: undefined });
    const { messages } = await importAll(sourceOf('result.json', chat(`${message({})},${local}`)), {
      timeZone: 'America/New_York',
    });
    expect(messages.map(({ sentTimestamp }) => sentTimestamp)).toEqual([
      '2023-11-14T22:13:20.001Z',
      '2024-07-01T16:00:00.001Z',
    ]);
  });

  it('reads the export of a whole account, left chats included', async () => {
    const text = `{"about": "a [text] with \\"{brackets\\"", "chats": {"about": "x", "list": [
      ${chat(message({}))}, ${chat(message({ text: 'ho' }), '"Bob"')}]},
      "left_chats": {"list": [${chat(message({}), 'null')}]}, "messages_count": [1, 2]}`;
    const { messages, badLines } = await importAll(sourceOf('result.json', text), { name: 'Gone' });
    expect(badLines).toEqual([]);
    expect(messages.map(({ conversationUrn }) => conversationUrn)).toEqual([
      'urn:chat:telegram:7:Ann',
      'urn:chat:telegram:7:Bob',
      'urn:chat:telegram:7:Gone',
    ]);
  });

  it('counts service entries and names media', async () => {
    const entries = [
      message({ type: 'service', action: 'phone_call', text: '' }),
      message({ text: '', media_type: 'sticker', sticker_emoji: '🎉' }),
      message({ id: 2, text: '', photo: 'x.jpg' }),
      message({ id: 3, text: '' }),
      message({ id: 4, from: null, from_id: 'user99' }),
    ];
    const { messages, systemEntries } = await importAll(
      sourceOf('result.json', chat(entries.join())),
    );
    expect(messages.map(({ text, sender }) => `${sender}: ${text}`)).toEqual([
      'Ann: [sticker 🎉]',
      'Ann: [photo]',
      'user99: hi',
    ]);
    expect(systemEntries).toBe(2);
  });

  it('reports entries that are no messages and goes on', async () => {
    const entries = [
      'null',
      '7',
      message({ type: 'other' }),
      message({ text: 5 }),
      '{"type": tru}',
      message({}),
    ];
    const bad = [...entries, message({ id: 9, date_unixtime: 'x' })];
    const { messages, badLines } = await importAll(sourceOf('result.json', chat(bad.join(',\n'))));
    expect(messages).toHaveLength(1);
    expect(badLines.map(({ line }) => line)).toEqual([2, 3, 4, 5, 6, 8]);
  });

  it('keeps what it read when the file ends early or goes wrong', async () => {
    const cut = chat(`${message({})}, ${message({ id: 2 })}`).slice(0, -40);
    const early = await importAll(sourceOf('result.json', cut));
    expect(early.messages).toHaveLength(1);
    expect(early.badLines).toMatchObject([
      { line: 2, reason: expect.stringContaining('ends in the middle') },
    ]);
    const wrong = await importAll(sourceOf('result.json', `${chat(message({}))}]`));
    expect(wrong.messages).toHaveLength(1);
    expect(wrong.badLines).toMatchObject([{ reason: expect.stringContaining('not valid JSON') }]);
  });

  it('gives the same ids next time, also to entries without a number', async () => {
    const entries = chat([message({ id: undefined }), message({ id: undefined })].join());
    const first = await importAll(sourceOf('result.json', entries));
    expect(new Set(first.messages.map(({ id }) => id)).size).toBe(2);
    expect(await importAll(sourceOf('result.json', entries, 11))).toEqual(first);
  });
});
