import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { codeThrownBy } from '../testing/thrown-by.js';
import {
  catalogPath,
  catalogsFolder,
  deltaPath,
  deltasFolder,
  keyringFolder,
  keyringPath,
  manifestPath,
  parsePath,
  relativePath,
  vaultPath,
  yearFolder,
} from './paths.js';

const ID = '018d5f3a-0000-7000-8000-000000000001';
const runs = { seed: 41, numRuns: 100 };

const basePath = fc.constantFrom('chat-vault', 'tinywide/messaging', 'a.b/(c)', 'ü 1', '');
const uuid = fc.uuid().map((id) => id.toLowerCase());
const extension = fc.constantFrom('json', 'json.gz', 'json.gz.enc');
const digest = fc
  .integer({ min: 0, max: 2 ** 32 - 1 })
  .map((n) => n.toString(16).padStart(16, '0'));
const partition = fc
  .tuple(fc.integer({ min: 1, max: 9999 }), fc.integer({ min: 1, max: 12 }))
  .map(([year, month]) => `${String(year).padStart(4, '0')}-${String(month).padStart(2, '0')}`);

describe('parsePath', () => {
  it('reads back every path of a delta', () => {
    const at = fc.oneof(fc.integer(), fc.constantFrom(NaN, -1, 1e18, Infinity));
    fc.assert(
      fc.property(basePath, uuid, digest, extension, at, (base, vaultId, hex, ext, ms) => {
        const path = deltaPath(base, { at: ms, vaultId, digest: hex, extension: ext });
        expect(path.startsWith(`${deltasFolder(base)}/`)).toBe(true);
        expect(parsePath(base, path)).toEqual({
          kind: 'delta',
          utc: expect.stringMatching(/^\d{8}T\d{9}Z$/),
          vaultId,
          digest: hex,
          extension: ext,
        });
      }),
      runs,
    );
  });

  it('reads back every path of a vault and its manifest', () => {
    fc.assert(
      fc.property(basePath, uuid, extension, partition, (base, vaultId, ext, month) => {
        const file = { partition: month, vaultId, extension: ext };
        const year = month.slice(0, 4);
        for (const [kind, path] of [
          ['vault', vaultPath(base, file)],
          ['manifest', manifestPath(base, file)],
        ] as const) {
          expect(path.startsWith(`${yearFolder(base, year)}/`)).toBe(true);
          expect(parsePath(base, path)).toEqual({ kind, year, ...file });
        }
      }),
      runs,
    );
  });

  it('reads back every path of a catalog', () => {
    const generation = fc.integer({ min: 0, max: 99_999_999 });
    fc.assert(
      fc.property(basePath, generation, uuid, extension, (base, number, catalogId, ext) => {
        const catalog = { generation: number, catalogId, extension: ext };
        const path = catalogPath(base, catalog);
        expect(path.startsWith(`${catalogsFolder(base)}/`)).toBe(true);
        expect(parsePath(base, path)).toEqual({ kind: 'catalog', ...catalog });
      }),
      runs,
    );
  });

  it('writes the names of the specification', () => {
    const at = Date.UTC(2024, 0, 31, 10, 15, 30, 123);
    const file = { vaultId: ID, extension: 'json.gz' };
    expect(deltaPath('chat-vault', { ...file, at, digest: '0123456789abcdef' })).toBe(
      `chat-vault/deltas/20240131T101530123Z_${ID}_0123456789abcdef.json.gz`,
    );
    expect(vaultPath('b', { ...file, partition: '2024-01' })).toBe(
      `b/2024/chat_vault_2024_01_${ID}.json.gz`,
    );
    expect(manifestPath('b', { ...file, partition: '2024-01' })).toBe(
      `b/2024/chat_manifest_2024_01_${ID}.json.gz`,
    );
    expect(catalogPath('b', { generation: 12, catalogId: ID, extension: 'json' })).toBe(
      `b/catalogs/00000012_${ID}.json`,
    );
  });

  it('reads back where a keyring file is', () => {
    fc.assert(
      fc.property(basePath, uuid, (base, id) => {
        const path = keyringPath(base, id);
        expect(path.startsWith(`${keyringFolder(base)}/`)).toBe(true);
        expect(parsePath(base, path)).toEqual({ kind: 'keyring', id, extension: 'json' });
      }),
      runs,
    );
  });

  it.each([
    `b/deltas/20240131T101530123Z_${ID}_0123456789abcdef (1).json.gz`,
    `b/deltas/20240131T101530123Z_${ID}_0123456789abcdef.json.gz.part`,
    `b/deltas/20240131T101530123Z_${ID}_0123456789ABCDEF.json.gz`,
    `b/deltas/20240131T101530123Z_${ID.toUpperCase()}_0123456789abcdef.json`,
    `b/deltas/20240131T101530Z_${ID}_0123456789abcdef.json`,
    `b/deltas/x/20240131T101530123Z_${ID}_0123456789abcdef.json`,
    `b/deltas/desktop.ini`,
    `b/2024/chat_vault_2023_01_${ID}.json`,
    `b/2024/chat_vault_2024_13_${ID}.json`,
    `b/2024/chat_vault_2024_00_${ID}.json`,
    `b/2024/chat_vault_2024_01_${ID}.txt`,
    `b/2024/chat_vault_2024_01.json`,
    `b/2024/chat_vault_2024_01_${ID}.json\n`,
    `b/catalogs/12_${ID}.json`,
    `b/catalogs/100000000_${ID}.json`,
    `b/keyring/${ID}.json.gz`,
    `bb/keyring/${ID}.json`,
    `keyring/${ID}.json`,
    'b',
    'b/',
    '',
  ])('takes "%s" for foreign', (path) => {
    expect(parsePath('b', path)).toBeNull();
  });

  it('never throws', () => {
    const anyText = fc.array(fc.nat(0xffff)).map((units) => String.fromCharCode(...units));
    fc.assert(
      fc.property(anyText, fc.string(), (path, base) => {
        expect(() => parsePath(base, path)).not.toThrow();
      }),
      runs,
    );
  });
});

describe('catalogPath', () => {
  it('refuses a generation of 9 digits, whose file nobody would read', async () => {
    const catalog = { generation: 100_000_000, catalogId: ID, extension: 'json' };
    expect(await codeThrownBy(() => catalogPath('b', catalog))).toBe('too-large');
  });
});

describe('relativePath', () => {
  it('takes the base folder away, and nothing else', () => {
    expect(relativePath('a/b', 'a/b/c/d')).toBe('c/d');
    expect(relativePath('', 'c/d')).toBe('c/d');
    expect(relativePath('a/b', 'a/bc/d')).toBeNull();
  });
});
