import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { BASE_PATH, encodeRun, messagesOf, sampleMessage } from '../testing/sample-run.js';
import { codeThrownBy, fieldRefusedBy } from '../testing/thrown-by.js';
import { type Manifest } from './manifest.js';
import { manifestToJson, parseManifest } from './parse-manifest.js';

type Json = Record<string, unknown>;

let manifest: Manifest;
let json: Json;

beforeAll(async () => {
  const [file] = await encodeRun([
    { content: messagesOf(sampleMessage(1), sampleMessage(2)) },
    { content: messagesOf(sampleMessage(3), sampleMessage(1, 'urn:b')) },
  ]);
  if (file === undefined) throw new Error('no file');
  manifest = file.manifest;
  json = JSON.parse(JSON.stringify(manifestToJson(manifest, { basePath: BASE_PATH }))) as Json;
});

const parse = (change: (copy: Json) => Json) =>
  parseManifest(change(structuredClone(json)), { basePath: BASE_PATH });
const segmentsWith = (at: number, change: Json) => (copy: Json) => ({
  ...copy,
  segments: (copy['segments'] as Json[]).map((segment, index) =>
    index === at ? { ...segment, ...change } : segment,
  ),
});
const conversationsWith = (change: Json) => (copy: Json) => ({
  ...copy,
  conversations: (copy['conversations'] as Json[]).map((one, index) =>
    index === 0 ? { ...one, ...change } : one,
  ),
});

describe('parseManifest', () => {
  it('reads back what manifestToJson writes, with a relative or a whole path', () => {
    expect(parse((copy) => copy)).toEqual(manifest);
    expect(json['path']).toMatch(/^2024\/chat_vault_2024_01_/);
    expect(parseManifest(manifestToJson(manifest))).toEqual(manifest);
  });

  it('takes the version rules for 1 when they are absent', () => {
    const { minReader: _reader, minCompactor: _compactor, ...rest } = json;
    expect(parse(() => rest)).toEqual(manifest);
    expect(parse((copy) => ({ ...copy, minCompactor: 7 })).minCompactor).toBe(7);
  });

  it('asks for an upgrade', async () => {
    for (const change of [{ version: 2 }, { minReader: 2, segments: 'other' }])
      expect(await codeThrownBy(() => parse((copy) => ({ ...copy, ...change })))).toBe(
        'upgrade-required',
      );
  });

  it.each([
    ['kind', 'catalog'],
    ['vaultId', '018d5f3a-0000-7000-8000-00000000ffff'],
    ['runId', 'x'],
    ['partition', '2024-02'],
    ['path', `${BASE_PATH}/2024/chat_vault_2024_01_018d5f3a-0000-7000-8000-000000000003.json`],
    ['path', '../2024/chat_vault_2024_01_018d5f3a-0000-7000-8000-000000000003.json'],
    ['path', 7],
    ['byteLength', -1],
    ['byteLength', 2 ** 53],
    ['byteLength', 1],
    ['sha256', 'ab'],
    ['rangeStart', '2024-01-01T00:00:00.000Z'],
    ['rangeEnd', ''],
    ['messageCount', 3],
    ['tombstoneCount', 1.5],
    ['segments', []],
    ['segments', {}],
    ['conversations', []],
    ['conversations', [1]],
    ['minReader', '1'],
    ['minCompactor', null],
  ])('refuses %s %j', async (field, value) => {
    expect(await codeThrownBy(() => parse((copy) => ({ ...copy, [field]: value })))).toBe(
      'malformed',
    );
  });

  it.each([
    [0, { offset: 1 }],
    [1, { offset: 0 }],
    [0, { length: 0 }],
    [0, { messageCount: 3 }],
    [0, { firstKey: [0, '2024-01-01T12:03:00.000Z', 'm9999'] }],
    [0, { firstKey: [0, '2024-02-30T12:03:00.000Z', 'm'] }],
    [0, { firstKey: [0, '2023-12-31T12:03:00.000Z', 'm'] }],
    [0, { firstKey: [2, '2024-01-01T12:03:00.000Z', 'm'] }],
    [0, { firstKey: [0, '2024-01-01T12:03:00.000Z'] }],
    [0, { firstKey: 'x' }],
    [0, { lastKey: [-1, '2024-01-01T12:03:00.000Z', 'm'] }],
    [0, { conversations: [2] }],
    [1, { conversations: [1, 0] }],
    [1, { conversations: [0, 0] }],
    [0, { sha256: 'A'.repeat(64) }],
  ])('refuses segment %i with %j', async (at, change) => {
    expect(await codeThrownBy(() => parse(segmentsWith(at, change)))).toBe('malformed');
  });

  it.each([
    { urn: 'urn:c' },
    { urn: '' },
    { messageCount: 4 },
    { first: '2024-01-31T00:00:00.000Z' },
    { last: '2024-02-01T00:00:00.000Z' },
  ])('refuses a conversation with %j', async (change) => {
    expect(await codeThrownBy(() => parse(conversationsWith(change)))).toBe('malformed');
  });

  it('refuses more entries than the format allows', async () => {
    const segments = new Array(200_001).fill(null);
    expect(await codeThrownBy(() => parse((copy) => ({ ...copy, segments })))).toBe('too-large');
  });

  it('throws nothing but FormatError for any JSON in place of any field', async () => {
    const value = fc.jsonValue({ maxDepth: 3 });
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...Object.keys(json)), value, async (field, item) => {
        const code = await codeThrownBy(() => parse((copy) => ({ ...copy, [field]: item })));
        expect(['none', 'malformed', 'upgrade-required']).toContain(code);
        expect(await codeThrownBy(() => parseManifest(item))).toBe('malformed');
      }),
      { seed: 71, numRuns: 400 },
    );
  });
});

describe('manifestToJson', () => {
  it('refuses a path outside the base folder', () => {
    expect(fieldRefusedBy(() => manifestToJson(manifest, { basePath: 'elsewhere' }))).toBe('path');
  });
});
