import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../json/canonical-json.js';
import { deviceOptions, jsonOf, passphrase, recovery } from '../testing/keyring-samples.js';
import { codeThrownBy } from '../testing/thrown-by.js';
import { type KeyringFile, MAX_KEYRING_BYTES, parseKeyringFile } from './keyring-file.js';
import { createRecoveryCode } from './secret.js';
import { createKeyring } from './write-keyring.js';

const utf8 = (text: string) => new TextEncoder().encode(text);
const ID = '018d5f3a-0000-7000-8000-000000000001';

const sampleFiles = async () =>
  (await createKeyring([passphrase('a'), recovery(createRecoveryCode())], deviceOptions(1))).files;

/** A file with these fields changed and a digest that fits, as whoever writes to the folder can make it. */
function forged(file: KeyringFile, change: Readonly<Record<string, unknown>>): KeyringFile {
  const { digest: _, ...json } = { ...jsonOf(file), ...change };
  return withDigest(file.id, json);
}

function withDigest(id: string, json: object): KeyringFile {
  const text = canonicalJson(json);
  const digest = createHash('sha256').update(text).digest('hex');
  return { id, bytes: utf8(`${canonicalJson({ ...json, digest })}\n`) };
}

const codeOf = (file: KeyringFile) => codeThrownBy(() => parseKeyringFile(file));

describe('parseKeyringFile', () => {
  it('reads what is written', async () => {
    for (const file of await sampleFiles()) {
      const parsed = await parseKeyringFile(file);
      expect(parsed).toMatchObject({ id: file.id, replaces: [] });
      expect(parsed.keyIds).toHaveLength(1);
      expect(await codeOf(forged(file, {}))).toBe('none');
    }
  });

  it.each([
    ['memoryKiB', 19 * 1024, 'none'],
    ['memoryKiB', 19 * 1024 - 1, 'malformed'],
    ['memoryKiB', 1024 * 1024, 'none'],
    ['memoryKiB', 1024 * 1024 + 1, 'malformed'],
    ['memoryKiB', 8 * 1024 * 1024, 'malformed'],
    ['memoryKiB', 65536.5, 'malformed'],
    ['memoryKiB', '65536', 'malformed'],
    ['memoryKiB', 1e308, 'malformed'],
    ['passes', 0, 'malformed'],
    ['passes', 10, 'none'],
    ['passes', 11, 'malformed'],
    ['passes', 4_000_000_000, 'malformed'],
    ['passes', -1, 'malformed'],
    ['passes', null, 'malformed'],
    ['lanes', 4, 'none'],
    ['lanes', 5, 'malformed'],
    ['lanes', 0, 'malformed'],
  ])(
    'holds %s = %s against the bounds before anything is derived: %s',
    async (field, value, code) => {
      const [file] = await sampleFiles();
      if (!file) throw new Error('no file');
      const kdf = { ...(jsonOf(file)['kdf'] as object), [field]: value };
      expect(await codeOf(forged(file, { kdf }))).toBe(code);
    },
  );

  it.each([
    ['version', 0],
    ['version', '1'],
    ['kind', 'catalog'],
    ['id', '018d5f3a-0000-7000-8000-00000000ffff'],
    ['secret', 'recovery'],
    ['secret', 'none'],
    ['kdf', { name: 'hkdf-sha-256' }],
    ['kdf', { name: 'pbkdf2', iterations: 1 }],
    ['kdf', { name: 'argon2id' }],
    ['kdf', { name: 'argon2id', memoryKiB: 65536, passes: 3, lanes: 1, more: 1 }],
    ['kdf', null],
    ['salt', ''],
    ['salt', 'ab'],
    ['salt', 'AB'.repeat(32)],
    ['salt', 'ab'.repeat(33)],
    ['commitment', 7],
    ['wrapped', ''],
    ['wrapped', 'AB=='],
    ['wrapped', []],
    ['keyIds', []],
    ['keyIds', ['short']],
    ['keyIds', ['ab'.repeat(16), 'ab'.repeat(16)]],
    ['keyIds', ['ff'.repeat(16), 'ab'.repeat(16)]],
    ['keyIds', { 0: 'ab'.repeat(16), length: 1 }],
    ['replaces', ['x']],
    ['replaces', null],
    ['minReader', 1],
    ['extra', 1],
    ['constructor', 1],
  ])('refuses %s = %j', async (field, value) => {
    const [file] = await sampleFiles();
    if (!file) throw new Error('no file');
    expect(await codeOf(forged(file, { [field]: value }))).toBe('malformed');
  });

  it('refuses lists above their limits', async () => {
    const [file] = await sampleFiles();
    if (!file) throw new Error('no file');
    const hex = (at: number) => at.toString(16).padStart(32, '0');
    const keyIds = Array.from({ length: 65 }, (_, at) => hex(at));
    expect(await codeOf(forged(file, { keyIds }))).toBe('too-large');
    expect(await codeOf(forged(file, { keyIds: keyIds.slice(1) }))).toBe('none');
    const replaces = Array.from(
      { length: 257 },
      (_, at) => `${ID.slice(0, -4)}${hex(at).slice(-4)}`,
    );
    expect(await codeOf(forged(file, { replaces }))).toBe('too-large');
    expect(await codeOf(forged(file, { replaces: replaces.slice(1) }))).toBe('none');
    const bytes = new Uint8Array(MAX_KEYRING_BYTES + 1).fill(0x20);
    expect(await codeOf({ id: ID, bytes })).toBe('too-large');
  });

  it('says that a newer version wrote it, whatever else it says', async () => {
    const [file] = await sampleFiles();
    if (!file) throw new Error('no file');
    for (const change of [{ version: 2 }, { minReader: 2 }, { version: 3, kdf: 'new' }])
      expect(await codeOf(forged(file, change))).toBe('upgrade-required');
  });

  it('refuses any other form of the same JSON, names from a prototype, and what is no JSON', async () => {
    const [file] = await sampleFiles();
    if (!file) throw new Error('no file');
    const text = new TextDecoder().decode(file.bytes);
    const json = jsonOf(file);
    for (const other of [
      text.slice(0, -1),
      `${text} `,
      `\ufeff${text}`,
      JSON.stringify(json, null, 1),
      text.replace('{', '{"id":"x",'),
      text.replace('{', '{"__proto__":{"kind":"keyring"},'),
      text.replace('"version":1', '"version":1.0'),
      text.replace('"kind"', '"k\\u0069nd"'),
      '',
      'null',
      '[]',
      '{}',
      '{"__proto__":null}',
      '1e999',
      '['.repeat(30_000),
    ])
      expect(await codeOf({ id: file.id, bytes: utf8(other) }), other.slice(0, 40)).toBe(
        'malformed',
      );
    expect(await codeOf({ id: file.id, bytes: Uint8Array.of(0x22, 0xff, 0x22) })).toBe('malformed');
    expect(({} as Record<string, unknown>)['kind']).toBeUndefined();
  });

  it('finds each changed byte before anything is derived', async () => {
    for (const file of await sampleFiles())
      for (let at = 0; at < file.bytes.length; at++) {
        const bytes = file.bytes.map((byte, index) => (index === at ? byte ^ 1 : byte));
        expect(['malformed', 'digest-mismatch', 'upgrade-required']).toContain(
          await codeOf({ ...file, bytes }),
        );
      }
  });

  it('throws nothing but FormatError for any JSON', async () => {
    const [file] = await sampleFiles();
    if (!file) throw new Error('no file');
    const anyValue = fc.oneof(
      fc.jsonValue(),
      fc.constantFrom('__proto__', Number.MAX_VALUE, -0, 2 ** 53, 1e-300),
    );
    const fields = fc.constantFrom(...Object.keys(jsonOf(file)), '__proto__', 'toString', 'extra');
    await fc.assert(
      fc.asyncProperty(fc.dictionary(fields, anyValue, { maxKeys: 4 }), async (change) => {
        const code = await codeOf(forged(file, change));
        expect(['none', 'malformed', 'too-large', 'upgrade-required']).toContain(code);
        if (code === 'none') expect(await parseKeyringFile(forged(file, change))).toBeDefined();
      }),
      { seed: 71, numRuns: 500 },
    );
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), async (json) => {
        const id = ID;
        expect(await codeOf({ id, bytes: utf8(`${canonicalJson(json)}\n`) })).toBe('malformed');
      }),
      { seed: 72, numRuns: 200 },
    );
  });
});
