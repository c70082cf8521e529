import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { canonicalJson } from '../json/canonical-json.js';
import { sampleCatalog } from '../testing/sample-catalog.js';
import { BASE_PATH, encodeRun, messagesOf, sampleMessage } from '../testing/sample-run.js';
import { codeThrownBy } from '../testing/thrown-by.js';
import { type Catalog } from './catalog.js';
import { catalogToJson, parseCatalog } from './parse-catalog.js';

type Json = Record<string, unknown>;

let catalog: Catalog;
let json: Json;

beforeAll(async () => {
  const files = await encodeRun(
    [
      { content: messagesOf(sampleMessage(1), sampleMessage(2)) },
      { content: messagesOf(sampleMessage(1, 'urn:b')) },
    ],
    { maxVaultBytes: 1 },
  );
  catalog = sampleCatalog(files);
  json = JSON.parse(canonicalJson(catalogToJson(catalog, { basePath: BASE_PATH }))) as Json;
});

const parse = (change: Json) => parseCatalog({ ...json, ...change }, { basePath: BASE_PATH });
const vaultsWith = (change: Json) => {
  const [vault] = (json['partitions'] as Record<string, Json[]>)['2024-01'] ?? [];
  return { partitions: { '2024-01': [{ ...vault, ...change }] } };
};

describe('parseCatalog', () => {
  it('reads back what catalogToJson writes, with relative or whole paths', () => {
    expect(parse({})).toEqual(catalog);
    expect(parseCatalog(JSON.parse(canonicalJson(catalogToJson(catalog))))).toEqual(catalog);
  });

  it('stores paths relative to the base folder, so that the folder can be moved', () => {
    expect(canonicalJson(json)).not.toContain(BASE_PATH);
    const moved = parseCatalog(json, { basePath: 'moved' });
    expect(moved.partitions['2024-01']?.[0]?.path).toMatch(/^moved\/2024\/chat_vault_/);
    expect(moved.carried[0]?.path).toMatch(/^moved\/deltas\//);
    expect(moved.skipped[0]?.path).toBe('moved/deltas/desktop.ini');
  });

  it('keeps unknown top-level fields, which never shadow known ones', () => {
    expect(parse({ another: [1] }).extra).toEqual({ later: { than: 'us' }, another: [1] });
    const shadowing = { ...catalog, extra: { ...catalog.extra, generation: 99, folded: {} } };
    expect(catalogToJson(shadowing)).toEqual(catalogToJson(catalog));
  });

  it('reads the plain deltas of a sealed vault, and refuses any but whole paths with their digests', () => {
    const digest = 'ab'.repeat(32);
    const name = (extension: string) =>
      `deltas/20240131T101530123Z_018d5f3a-0000-7000-8000-000000000009_${digest.slice(0, 16)}.${extension}`;
    const entry = { path: name('json.gz'), sha256: digest };
    const read = parse({ plain: [entry] });
    expect(read.plain).toEqual([{ ...entry, path: `${BASE_PATH}/${entry.path}` }]);
    const written = catalogToJson(read, { basePath: BASE_PATH });
    expect(JSON.parse(canonicalJson(written))).toMatchObject({ plain: [entry] });
    expect(parse({ plain: [] }).plain).toBeUndefined();
    for (const wrong of [
      'x',
      {},
      { path: entry.path },
      { ...entry, sha256: digest.slice(1) },
      { ...entry, sha256: 'cd'.repeat(32) },
      { ...entry, path: name('json.gz.enc') },
      { ...entry, path: `../${entry.path}` },
      { ...entry, path: 'catalogs/00000001_018d5f3a-0000-7000-8000-000000000009.json.gz' },
    ])
      expect(() => parse({ plain: [wrong] })).toThrow(/plain|path/);
  });

  it('reads a catalog without its optional fields', () => {
    const { account: _account, later: _later, ...rest } = json;
    const none = ['parents', 'ancestors', 'keyringIds', 'carried', 'folded', 'replaced'];
    const short = Object.fromEntries(
      Object.entries(rest).filter(([name]) => ![...none, 'skipped', 'cleared'].includes(name)),
    );
    expect(parseCatalog(short, { basePath: BASE_PATH })).toMatchObject({
      parents: [],
      carried: [],
      folded: {},
      cleared: [],
    });
    const noMonths = { ...short, partitions: undefined, conversations: undefined };
    expect(parseCatalog(noMonths).partitions).toEqual({});
  });

  it('asks for an upgrade, but only reports a newer compactor', async () => {
    expect(await codeThrownBy(() => parse({ version: 2 }))).toBe('upgrade-required');
    expect(await codeThrownBy(() => parse({ minReader: 2, partitions: 1 }))).toBe(
      'upgrade-required',
    );
    expect(parse({ minCompactor: 2 }).minCompactor).toBe(2);
  });

  it.each<[string, unknown]>([
    ['version', undefined],
    ['kind', 'manifest'],
    ['catalogId', 'x'],
    ['generation', -1],
    ['generation', 100_000_000],
    ['generation', 1.5],
    ['parents', 'x'],
    ['parents', ['x']],
    ['ancestors', null],
    ['writtenBy', 'x'],
    ['keyringIds', [1]],
    ['account', 'x'],
    ['conversations', [{ urn: 'u', last: 'x' }]],
    ['conversations', [{ urn: '', last: '' }]],
    ['conversations', []],
    ['partitions', []],
    ['partitions', { '2024-13': [] }],
    ['partitions', { '2024-01': {} }],
    ['carried', [{}]],
    ['carried', [{ vaultId: '018d5f3a-0000-7000-8000-000000000001', path: 'x', from: [] }]],
    ['folded', { x: [] }],
    ['folded', { '018d5f3a-0000-7000-8000-000000000001': ['2024'] }],
    ['folded', []],
    ['replaced', { '018d5f3a-0000-7000-8000-000000000001': 'x' }],
    ['skipped', [{ path: '', reason: '' }]],
    ['skipped', [{ path: 'x', reason: 1 }]],
    ['cleared', [{}]],
    ['minCompactor', 'x'],
    ['later', JSON.parse('1e999')],
  ])('refuses %s %j', async (field, value) => {
    expect(await codeThrownBy(() => parse({ [field]: value }))).toBe('malformed');
  });

  it.each<Json>([
    { vaultId: '018d5f3a-0000-7000-8000-00000000ffff' },
    { runId: '' },
    { path: 'deltas/x' },
    { manifestPath: undefined },
    { sha256: 'x' },
    { manifestSha256: null },
    { byteLength: 1.5 },
    { messageCount: -1 },
    { rangeStart: '2023-12-31T00:00:00.000Z' },
    { rangeEnd: '2024-02-01T00:00:00.000Z' },
    { conversations: [2] },
    { conversations: [-1] },
    { conversations: undefined },
    { from: 'x' },
    { from: ['x'] },
  ])('refuses a vault with %j', async (change) => {
    expect(await codeThrownBy(() => parse(vaultsWith(change)))).toBe('malformed');
  });

  it('refuses a vault under a month that is not its own, and twins that are swapped', async () => {
    const [vault] = (json['partitions'] as Record<string, Json[]>)['2024-01'] ?? [];
    const [rangeStart, rangeEnd] = ['2024-02-01T00:00:00.000Z', '2024-02-02T00:00:00.000Z'];
    const other = { partitions: { '2024-02': [{ ...vault, rangeStart, rangeEnd }] } };
    const swapped = vaultsWith({ path: vault?.['manifestPath'], manifestPath: vault?.['path'] });
    for (const change of [other, swapped])
      expect(await codeThrownBy(() => parse(change))).toBe('malformed');
  });

  it('refuses more entries than the format allows', async () => {
    const many = (count: number) => new Array(count).fill(null);
    expect(await codeThrownBy(() => parse({ parents: many(200_001) }))).toBe('too-large');
    const folded = Object.fromEntries(many(200_001).map((_, index) => [index, []]));
    expect(await codeThrownBy(() => parse({ folded }))).toBe('malformed');
  });

  it('throws nothing but FormatError for any JSON in place of any field', async () => {
    const value = fc.jsonValue({ maxDepth: 3 });
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...Object.keys(json)), value, async (field, item) => {
        const code = await codeThrownBy(() => parse({ [field]: item }));
        expect(['none', 'malformed', 'upgrade-required']).toContain(code);
        expect(await codeThrownBy(() => parseCatalog(item))).toBe('malformed');
      }),
      { seed: 81, numRuns: 400 },
    );
  });
});

describe('catalogToJson', () => {
  it('refuses a path outside the base folder', async () => {
    const call = () => catalogToJson(catalog, { basePath: 'elsewhere' });
    expect(await codeThrownBy(call)).toBe('malformed');
  });
});
