import { openIdbChatStorage } from '@chat-vault/chat-storage/idb';
import { type ChatStorage } from '@chat-vault/chat-storage';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { inspectImport } from './import-file';
import { type ImportProgress, runImport } from './import-run';
import { type ImportSource } from './import-types';
import { type FetchMonth } from './import-writer';
import { fixture, sourceOf } from './testing/import-text';

const line = (fields: object) =>
  JSON.stringify({
    id: 'a',
    conversation: 'Room/One',
    sender: 'ann',
    sentAt: '2016-05-02T00:04:24.524Z',
    text: 'x',
    ...fields,
  });

const exported = async (storage: ChatStorage) => {
  const pieces = [];
  for await (const piece of storage.exportAll()) pieces.push(piece);
  return pieces;
};

describe('runImport', () => {
  let storage: ChatStorage;
  beforeEach(async () => (storage = await openIdbChatStorage({ name: 'import-run' })));
  afterEach(() => storage.destroy());

  const run = async (
    source: ImportSource,
    signal = new AbortController().signal,
    target: { readonly storage?: ChatStorage; readonly fetchMonth?: FetchMonth } = {},
  ) => {
    const inspection = await inspectImport(source);
    if (inspection.kind === 'unsupported') throw new Error(inspection.reason);
    const steps: ImportProgress[] = [];
    const options = { timeZone: 'UTC', name: 'Club', dateOrder: 'day-first' as const };
    const job = {
      source,
      inspection,
      options,
      storage,
      ...target,
      onProgress: (step: ImportProgress) => void steps.push(step),
    };
    return { summary: await runImport(job, signal), steps };
  };

  it('saves the messages, counts the rest and takes all for read', async () => {
    const { summary, steps } = await run(fixture('whatsapp/android-ddmmyy_24hrs.chat-miner.txt'));
    expect(summary).toMatchObject({ added: 6, known: 0, systemEntries: 3, badCount: 0 });
    expect(summary.conversationUrns).toEqual(['urn:chat:whatsapp:Club']);
    expect(summary.senders[0]).toBe('John Doe');
    expect(steps.at(-1)?.bytesRead).toBe(steps.at(-1)?.bytesTotal);
    expect(await storage.conversations()).toMatchObject([{ messageCount: 6, unreadCount: 0 }]);
  });

  it('looks at what the cloud has of a month before it takes a message for new', async () => {
    const source = fixture('whatsapp/android-ddmmyyyy-24h.chatpack-cli.txt');
    await run(source);
    const contents = await exported(storage);
    const second = await openIdbChatStorage({ name: 'import-run-second' });
    const fetched: string[] = [];
    const { signal } = new AbortController();
    const { summary } = await run(source, signal, {
      storage: second,
      fetchMonth: async (month) => {
        fetched.push(month);
        for await (const content of storage.exportAll({ partition: month })) {
          await second.apply(content, { provider: 'cloud' });
        }
      },
    });
    expect(summary).toMatchObject({ added: 0, known: 7 });
    expect(new Set(fetched).size).toBe(fetched.length);
    expect((await exported(second)).flatMap(({ messages }) => messages)).toEqual(
      contents.flatMap(({ messages }) => messages),
    );
    await second.destroy();
  });

  it('changes nothing when a file is imported again, not even what was edited or deleted', async () => {
    const source = fixture('whatsapp/android-ddmmyyyy-24h.chatpack-cli.txt');
    await run(source);
    const { messages } = await storage.history({
      conversationUrn: 'urn:chat:whatsapp:Club',
      limit: 9,
    });
    const [newest, older] = messages;
    if (newest === undefined || older === undefined) throw new Error('nothing was imported');
    await storage.delete(newest);
    await storage.save({ ...older, payloadBytes: new TextEncoder().encode('changed') });
    const before = await exported(storage);
    const { summary } = await run(source);
    expect(summary).toMatchObject({ added: 0, known: 7 });
    expect(await exported(storage)).toEqual(before);
  });

  it('adds only what is new of a longer export', async () => {
    await run(sourceOf('x', line({})));
    const { summary } = await run(sourceOf('x', [line({}), line({ id: 'b' })].join('\n')));
    expect(summary).toMatchObject({ added: 1, known: 1 });
  });

  it('takes a message that is in the file twice once', async () => {
    const { summary } = await run(sourceOf('x', [line({}), line({})].join('\n')));
    expect(summary).toMatchObject({ added: 1, known: 1 });
  });

  it('counts bad lines and keeps the first ones to show', async () => {
    const bad = Array.from({ length: 250 }, () => '{"no": 1}');
    const { summary } = await run(sourceOf('x', [line({}), ...bad].join('\n')));
    expect(summary.badCount).toBe(250);
    expect(summary.badLines).toHaveLength(200);
    expect(summary.badLines[0]).toEqual({ line: 2, reason: '"id" is missing or is not a text.' });
  });

  it('stops when aborted', async () => {
    const abort = new AbortController();
    abort.abort(new DOMException('closed', 'AbortError'));
    await expect(run(sourceOf('x', line({})), abort.signal)).rejects.toThrow('closed');
  });
});
