import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { inspectImport } from './import-file';
import { importAll, sourceOf } from './testing/import-text';

const sample = readFileSync(join(import.meta.dirname, '../../../public/sample/sample-2k.ndjson'));
const line = (fields: object) =>
  JSON.stringify({
    id: 'a',
    conversation: 'Room/One',
    sender: 'ann',
    sentAt: '2016-05-02T00:04:24.524Z',
    text: 'x',
    ...fields,
  });

describe('readCorpus', () => {
  it('reads the sample', async () => {
    const { messages, badLines } = await importAll(sourceOf('sample-2k.ndjson', sample, 65_536));
    expect(badLines).toEqual([]);
    expect(messages).toHaveLength(2_000);
    expect(new Set(messages.map(({ conversationUrn }) => conversationUrn)).size).toBe(48);
    expect(messages[0]).toEqual({
      id: '57269988d407319f6731a090',
      conversationUrn: 'urn:chat:room:FreeCodeCamp/Wiki',
      sender: 'Rafase282',
      sentTimestamp: '2016-05-02T00:04:24.524Z',
      text: 'im home now',
    });
  });

  it('reads a compressed file', async () => {
    const { messages } = await importAll(sourceOf('x.ndjson.gz', gzipSync(line({})), 9));
    expect(messages).toHaveLength(1);
  });

  it('reads instants of other zones as UTC with milliseconds', async () => {
    const { messages } = await importAll(
      sourceOf('x', line({ sentAt: '2016-05-02T02:04:24+02:00' })),
    );
    expect(messages[0]?.sentTimestamp).toBe('2016-05-02T00:04:24.000Z');
  });

  it('says of each bad line what is wrong', async () => {
    const bad = ['{', '[]', line({ id: 7 }), line({ text: '' }), line({ sentAt: 'May 2nd' }), ''];
    const { messages, badLines } = await importAll(sourceOf('x', [line({}), ...bad].join('\r\n')));
    expect(messages).toHaveLength(1);
    expect(badLines).toEqual([
      { line: 2, reason: 'This line is not JSON.' },
      { line: 3, reason: 'This line is not a JSON object.' },
      { line: 4, reason: '"id" is missing or is not a text.' },
      { line: 5, reason: '"text" is empty.' },
      { line: 6, reason: '"sentAt" is not an instant such as 2024-01-31T10:15:30.123Z.' },
    ]);
  });
});

describe('inspectImport', () => {
  it.each([
    ['photo.jpg', '\u0000\u0001\u0002', 'no chat export'],
    ['chat.zip', 'PK\u0003\u0004', 'unpack it'],
    ['empty.txt', '', 'empty'],
  ])('refuses %s and says why', async (name, content, reason) => {
    expect(await inspectImport(sourceOf(name, content))).toMatchObject({
      kind: 'unsupported',
      reason: expect.stringContaining(reason),
    });
  });
});
