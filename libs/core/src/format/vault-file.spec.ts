import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { gzipCodec } from '../codec/gzip-codec.js';
import { jsonCodec } from '../codec/json-codec.js';
import { formatStamp } from '../clock/stamp.js';
import { EMPTY_CONTENT, mergeContents } from '../merge/merge-contents.js';
import { BASE_PATH, encodeRun, messagesOf, RUN_ID, sampleMessage } from '../testing/sample-run.js';
import { codeThrownBy } from '../testing/thrown-by.js';
import { cutSegments } from './cut-segments.js';
import { parseManifest } from './parse-manifest.js';
import { parsePath } from './paths.js';
import { segmentEntry } from './segment-entry.js';
import { sha256Hex } from './sha256.js';
import { parseVault } from './vault.js';
import { type EncodedVaultFile, encodeVaultFile, type SegmentInput } from './vault-file.js';

const messages = Array.from({ length: 60 }, (_, index) =>
  sampleMessage(index, ['urn:a', 'urn:b', 'urn:c'][index % 3]),
);
const reaction = {
  conversationUrn: 'urn:a',
  sentTimestamp: '2024-01-31T23:59:59.999Z',
  messageId: 'elsewhere',
  senderId: 's',
  emoji: null,
  stamp: formatStamp(1, 0, '00000000000000aa'),
};
const tombstone = {
  conversationUrn: 'urn:b',
  sentTimestamp: '2024-01-01T00:00:00.000Z',
  messageId: 'gone',
  deletedAt: '2024-02-01T00:00:00.000Z',
  stamp: formatStamp(1, 0, '00000000000000aa'),
};
const content = mergeContents([
  { ...EMPTY_CONTENT, messages, reactions: [reaction], tombstones: [tombstone] },
]);

function* segmentsOf(bytes: number): Generator<SegmentInput> {
  for (const segment of cutSegments([content], bytes)) yield { content: segment };
}

async function readBack(file: EncodedVaultFile, codec = jsonCodec()) {
  const context = { kind: 'segment', partition: '2024-01' } as const;
  return mergeContents(
    await Promise.all(
      file.manifest.segments.map(async ({ offset, length, sha256 }) => {
        const bytes = file.bytes.slice(offset, offset + length);
        expect(await sha256Hex(bytes)).toBe(sha256);
        return parseVault(await codec.decode(bytes, context), context);
      }),
    ),
  );
}

describe('encodeVaultFile', () => {
  it.each([jsonCodec(), gzipCodec()])(
    'writes $extension segments that read back',
    async (codec) => {
      const [file, ...others] = await encodeRun(segmentsOf(2000), { codec });
      expect(others).toEqual([]);
      if (file === undefined) throw new Error('no file');
      expect(file.manifest.segments.length).toBeGreaterThan(3);
      expect(await readBack(file, codec)).toEqual(content);
      expect(await sha256Hex(file.bytes)).toBe(file.manifest.sha256);
      expect(await sha256Hex(file.manifestBytes)).toBe(file.manifestSha256);
      const json = await codec.decode(file.manifestBytes, { kind: 'manifest' });
      expect(parseManifest(json, { basePath: BASE_PATH })).toEqual(file.manifest);
      expect(json).toMatchObject({
        path: `2024/chat_vault_2024_01_${file.vaultId}.${codec.extension}`,
      });
      expect(file.path).toBe(`${BASE_PATH}/${(json as { path: string }).path}`);
      expect(parsePath(BASE_PATH, file.manifestPath)).toMatchObject({ vaultId: file.vaultId });
    },
  );

  it('indexes conversations, ranges and counts over records of all kinds', async () => {
    const [file] = await encodeRun(segmentsOf(2000));
    expect(file?.manifest).toMatchObject({
      runId: RUN_ID,
      partition: '2024-01',
      byteLength: file?.bytes.length,
      rangeStart: tombstone.sentTimestamp,
      rangeEnd: reaction.sentTimestamp,
      messageCount: 60,
      tombstoneCount: 1,
      conversations: [
        { urn: 'urn:a', messageCount: 20, first: messages[0]?.sentTimestamp },
        { urn: 'urn:b', messageCount: 20, first: tombstone.sentTimestamp },
        { urn: 'urn:c', messageCount: 20, last: messages[59]?.sentTimestamp },
      ],
      minReader: 1,
      minCompactor: 1,
    });
    expect(file?.manifest.segments.at(0)?.firstKey).toEqual([
      0,
      messages[0]?.sentTimestamp,
      'm0000',
    ]);
    expect(file?.manifest.segments.at(-1)?.lastKey).toEqual([
      2,
      messages[59]?.sentTimestamp,
      'm0059',
    ]);
  });

  it('holds the first and last instant of a conversation over all records of a segment', () => {
    const [message = sampleMessage(0)] = messages;
    const at = (sentTimestamp: string) => ({
      ...tombstone,
      conversationUrn: 'urn:a',
      sentTimestamp,
    });
    const tombstones = [at('2024-01-01T00:00:00.000Z'), at('2024-01-30T00:00:00.000Z')];
    expect(segmentEntry({ ...messagesOf(message), tombstones })).toEqual({
      messageCount: 1,
      tombstoneCount: 2,
      firstKey: ['urn:a', '2024-01-01T00:00:00.000Z', 'gone'],
      lastKey: ['urn:a', '2024-01-30T00:00:00.000Z', 'gone'],
      conversations: [
        {
          urn: 'urn:a',
          messageCount: 1,
          first: '2024-01-01T00:00:00.000Z',
          last: '2024-01-30T00:00:00.000Z',
        },
      ],
    });
  });

  it('is a file that standard tools read: JSON Lines, or gzip of several members', async () => {
    const [plain] = await encodeRun(segmentsOf(2000));
    const [packed] = await encodeRun(segmentsOf(2000), { codec: gzipCodec() });
    const lines = new TextDecoder().decode(plain?.bytes).trimEnd().split('\n');
    expect(lines.length).toBe(plain?.manifest.segments.length);
    expect(lines.every((line) => parseVault(JSON.parse(line)).version === 1)).toBe(true);
    expect(gunzipSync(packed?.bytes ?? '').toString()).toBe(new TextDecoder().decode(plain?.bytes));
  });

  it('begins a new file of the same run before one would exceed the limit', async () => {
    const files = await encodeRun(segmentsOf(1000), { maxVaultBytes: 5000 });
    expect(files.length).toBeGreaterThan(2);
    expect(new Set(files.map((file) => file.vaultId)).size).toBe(files.length);
    for (const file of files) {
      expect(file.bytes.length).toBeLessThanOrEqual(5000);
      expect(file.manifest.runId).toBe(RUN_ID);
      expect(file.manifest.segments[0]?.offset).toBe(0);
    }
    expect(mergeContents(await Promise.all(files.map((file) => readBack(file))))).toEqual(content);
  });

  it('gives a segment above the limit a file of its own', async () => {
    const files = await encodeRun(segmentsOf(2000), { maxVaultBytes: 1 });
    expect(files.every((file) => file.manifest.segments.length === 1)).toBe(true);
    expect(files.length).toBeGreaterThan(3);
  });

  it('copies encoded segments unopened', async () => {
    const [source] = await encodeRun(segmentsOf(2000), { codec: gzipCodec() });
    if (source === undefined) throw new Error('no file');
    const pieces = [...cutSegments([content], 2000)];
    const copies = source.manifest.segments.map(({ offset, length }, index) => ({
      encoded: source.bytes.slice(offset, offset + length),
      entry: segmentEntry(pieces[index] ?? EMPTY_CONTENT),
    }));
    const unreadable = {
      extension: 'json.gz',
      encode: gzipCodec().encode,
      decode: () => Promise.reject(new Error('opened')),
    };
    const [copy] = await encodeRun(copies, { codec: unreadable });
    expect(copy?.bytes).toEqual(source.bytes);
    expect(copy?.manifest).toEqual({
      ...source.manifest,
      vaultId: copy?.vaultId,
      path: copy?.path,
    });
  });

  it('takes the next segment only when it is needed, and asks for none ahead', async () => {
    let taken = 0;
    async function* segments(): AsyncGenerator<SegmentInput> {
      for (const segment of segmentsOf(1000)) {
        taken++;
        yield segment;
      }
    }
    const run = encodeVaultFile({
      partition: '2024-01',
      runId: RUN_ID,
      basePath: '',
      codec: jsonCodec(),
      newId: () => '018d5f3a-0000-7000-8000-000000000001',
      maxVaultBytes: 3000,
      segments: segments(),
    });
    const first = await run.next();
    expect(first.done).toBe(false);
    expect(taken).toBe((first.value as EncodedVaultFile).manifest.segments.length + 1);
    await run.return(undefined);
  });

  it('gives no file for no segments', async () => {
    expect(await encodeRun([])).toEqual([]);
  });

  it('refuses a segment without a record of the month, which no key could name', async () => {
    expect(await codeThrownBy(() => encodeRun([{ content: EMPTY_CONTENT }]))).toBe('malformed');
    const file = encodeRun([{ content: messagesOf(...messages) }]);
    expect(await file).toHaveLength(1);
  });
});
