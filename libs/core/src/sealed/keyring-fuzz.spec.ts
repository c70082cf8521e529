import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { concatBytes } from '../codec/concat-bytes.js';
import { FormatError } from '../errors/format-error.js';
import { canonicalJson } from '../json/canonical-json.js';
import { fromBase64, toBase64 } from '../model/base64.js';
import { HOSTILE_JSON, hostileJson } from '../testing/hostile-json.js';
import {
  deviceOptions,
  jsonOf,
  passphrase,
  recovery,
  wrappedFile,
} from '../testing/keyring-samples.js';
import { byteChanges, changeBytes } from '../testing/mutated-bytes.js';
import { countingRandom, sampleKey } from '../testing/sealed-samples.js';
import { codeThrownBy } from '../testing/thrown-by.js';
import { formsOf, wordsOf } from '../testing/words-of.js';
import * as argon2 from './argon2id.js';
import { equalBytes } from './equal-bytes.js';
import { fromHex, toHex } from './hex.js';
import { type KeyringFile, MAX_KEYRING_BYTES, parseKeyringFile } from './keyring-file.js';
import { KeyringError } from './keyring-error.js';
import { inspectKeyring, MAX_TRIED_FILES, openKeyring } from './open-keyring.js';
import { parseRecoveryCode } from './recovery-code.js';
import { createRecoveryCode } from './secret.js';
import { createKeyring } from './write-keyring.js';
import { unwrapKeys } from './wrap-keys.js';

const REFUSED = ['malformed', 'digest-mismatch', 'too-large', 'upgrade-required'];
const CODE = createRecoveryCode({ random: countingRandom(31) });
const WORD = 'correct zqxj horse';
const SECRETS = [passphrase(WORD), recovery(CODE)];
const SEED = 3;
/** What `createKeyring` takes from the randomness of that seed first: the key. */
const RAW_KEY = countingRandom(SEED)(32);
const SECRET_TEXTS = [...formsOf(RAW_KEY), ...formsOf(parseRecoveryCode(CODE)), WORD, 'zqxj', CODE];
const utf8 = (text: string) => new TextEncoder().encode(text);

vi.setConfig({ testTimeout: 60_000 });

/** Stands for Argon2id, which would take a second for each try: as fast as a hash, and another key for each password, salt and cost. */
beforeEach(() => {
  vi.spyOn(argon2, 'argon2id').mockImplementation(async (password, salt, cost) =>
    fromHex(
      createHash('sha256').update(password).update(salt).update(JSON.stringify(cost)).digest('hex'),
    ),
  );
});
afterEach(() => void vi.restoreAllMocks());

/** One key, wrapped for a passphrase and for a recovery code. */
async function sampleKeyring(): Promise<readonly KeyringFile[]> {
  const made = await createKeyring(SECRETS, deviceOptions(SEED, '0123456789abcdef'));
  vi.mocked(argon2.argon2id).mockClear();
  return made.files;
}

/** A file of these fields with a digest that fits, as whoever writes to the folder can make it. */
function withDigest(id: string, fields: Readonly<Record<string, unknown>>): KeyringFile {
  const { digest: _, ...json } = fields;
  const digest = createHash('sha256').update(canonicalJson(json)).digest('hex');
  return { id, bytes: utf8(`${canonicalJson({ ...json, digest })}\n`) };
}

/** Opens with both secrets; what both say is checked, and given. */
async function tryToOpen(files: readonly KeyringFile[]): Promise<readonly string[]> {
  const outcomes: string[] = [];
  for (const secret of SECRETS) {
    const error: unknown = await openKeyring(files, secret).catch((caught: unknown) => caught);
    if (error instanceof Error) expectToSayNothing(error, KeyringError);
    outcomes.push(error instanceof KeyringError ? error.code : 'opened');
  }
  return outcomes;
}

function expectToSayNothing(error: unknown, kind: typeof KeyringError | typeof FormatError): void {
  expect(error).toBeInstanceOf(kind);
  const words = wordsOf(error);
  for (const secret of SECRET_TEXTS) expect(words).not.toContain(secret);
}

/** Values for at most two of these fields. */
const someOf = (
  fields: Readonly<Record<string, fc.Arbitrary<unknown>>>,
): fc.Arbitrary<Readonly<Record<string, unknown>>> =>
  fc
    .subarray(Object.keys(fields), { maxLength: 2 })
    .chain((names) =>
      fc.record(Object.fromEntries(names.map((name) => [name, fields[name] ?? fc.anything()]))),
    );

describe('a mutated keyring file', () => {
  it('is refused before anything is derived, opens nothing, and nothing secret is told', async () => {
    const files = await sampleKeyring();
    expect(await tryToOpen(files)).toEqual(['opened', 'opened']);
    vi.mocked(argon2.argon2id).mockClear();
    for (const [index, file] of files.entries()) {
      const other = files[1 - index]?.bytes ?? new Uint8Array();
      await fc.assert(
        fc.asyncProperty(byteChanges(file.bytes.length), async (changes) => {
          const mutant = { ...file, bytes: changeBytes(file.bytes, changes, other) };
          // The other file as it was is whole, and not the one of this name.
          fc.pre(!equalBytes(mutant.bytes, file.bytes));
          expect(REFUSED).toContain(await codeThrownBy(() => parseKeyringFile(mutant)));
          const outcomes = await tryToOpen([mutant]);
          for (const outcome of outcomes)
            expect(['damaged-keyring', 'upgrade-required']).toContain(outcome);
        }),
        { seed: 201 + index, numRuns: 400 },
      );
    }
    expect(argon2.argon2id).not.toHaveBeenCalled();
  });

  it('keeps no whole one beside it from opening', async () => {
    const [byPassphrase, byCode] = (await sampleKeyring()) as [KeyringFile, KeyringFile];
    const id = '018d0000-0000-7000-8000-000000000001';
    await fc.assert(
      fc.asyncProperty(byteChanges(byPassphrase.bytes.length), async (changes) => {
        const bytes = changeBytes(byPassphrase.bytes, changes, byCode.bytes);
        expect(await tryToOpen([{ id, bytes }, byPassphrase, byCode])).toEqual([
          'opened',
          'opened',
        ]);
      }),
      { seed: 203, numRuns: 100 },
    );
  });
});

describe('a forged keyring file whose digest fits', () => {
  /** Values that stand for themselves in canonical JSON, at the edges and beyond them. */
  const numbers = fc.constantFrom<unknown>(
    0,
    -0,
    -1,
    0.5,
    1,
    4,
    5,
    10,
    11,
    64,
    19 * 1024 - 1,
    19 * 1024,
    1024 * 1024,
    1024 * 1024 + 1,
    2 ** 31,
    2 ** 32 - 1,
    2 ** 53,
    1e21,
    1e308,
    5e-324,
    '3',
    null,
    true,
    [],
    {},
  );
  const hex = fc.integer({ min: 0, max: 260 }).map((length) => 'a'.repeat(length));
  const lists = fc.array(fc.oneof(hex, fc.uuid(), fc.jsonValue()), { maxLength: 70 });
  const costs = someOf({ memoryKiB: numbers, passes: numbers, lanes: numbers, extra: numbers });
  const fields = someOf({
    version: numbers,
    kind: fc.constantFrom('keyring', 'catalog', '', null),
    id: fc.oneof(fc.uuid(), hex),
    secret: fc.constantFrom('passphrase', 'recovery', 'none', '__proto__', 1),
    salt: fc.oneof(hex, fc.constant('ab'.repeat(32))),
    keyIds: fc.oneof(lists, fc.constant(['0'.repeat(32)])),
    replaces: fc.oneof(lists, fc.constant(['018d0000-0000-7000-8000-000000000001'])),
    commitment: fc.oneof(hex, fc.constant('ab'.repeat(32))),
    wrapped: fc.oneof(fc.base64String({ maxLength: 400 }), hex, numbers),
    minReader: numbers,
    extra: fc.jsonValue(),
  });

  it('opens nothing whatever was changed, and derives only at costs within the bounds', async () => {
    const derive = vi.mocked(argon2.argon2id);
    let derivations = 0;
    for (const [index, file] of (await sampleKeyring()).entries()) {
      const json = jsonOf(file);
      await fc.assert(
        fc.asyncProperty(fields, costs, async (changed, cost) => {
          const kdf = { ...(json['kdf'] as object), ...cost };
          const forged = withDigest(file.id, { ...json, ...changed, kdf });
          fc.pre(!equalBytes(forged.bytes, file.bytes));
          derive.mockClear();
          const code = await codeThrownBy(() => parseKeyringFile(forged));
          expect(['none', ...REFUSED]).toContain(code);
          expect(code).not.toBe('digest-mismatch');
          const outcomes = await tryToOpen([forged]);
          expect(outcomes).not.toContain('opened');
          expect(derive.mock.calls.length).toBeLessThanOrEqual(code === 'none' ? 1 : 0);
          derivations += derive.mock.calls.length;
          for (const [, , { memoryKiB, passes, lanes }] of derive.mock.calls) {
            expect(memoryKiB).toBeGreaterThanOrEqual(19 * 1024);
            expect(memoryKiB).toBeLessThanOrEqual(1024 * 1024);
            expect([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]).toContain(passes);
            expect([1, 2, 3, 4]).toContain(lanes);
          }
        }),
        { seed: 211 + index, numRuns: 300 },
      );
    }
    expect(derivations).toBeGreaterThan(0);
  });

  it('opens nothing when a bit of salt, commitment or wrapping differs', async () => {
    for (const [index, file] of (await sampleKeyring()).entries()) {
      const json = jsonOf(file);
      const wrapped = fromBase64(String(json['wrapped'])) ?? new Uint8Array();
      const place = fc.tuple(fc.nat(wrapped.length - 1), fc.nat(7));
      await fc.assert(
        fc.asyncProperty(
          fc.constantFrom('salt', 'commitment', 'wrapped'),
          place,
          async (field, [at, bit]) => {
            const bytes = field === 'wrapped' ? wrapped : fromHex(String(json[field]));
            const changed = bytes.map((byte, here) =>
              here === at % bytes.length ? byte ^ (1 << bit) : byte,
            );
            const text = field === 'wrapped' ? toBase64(changed) : toHex(changed);
            const outcomes = await tryToOpen([withDigest(file.id, { ...json, [field]: text })]);
            expect(outcomes[index]).toBe(field === 'wrapped' ? 'damaged-keyring' : 'wrong-secret');
          },
        ),
        { seed: 213 + index, numRuns: 200 },
      );
    }
  });

  it('is tried at most so often, however many there are', async () => {
    const [file] = (await sampleKeyring()) as [KeyringFile];
    const json = jsonOf(file);
    const planted = fc.array(
      fc.record({ passes: fc.integer({ min: 0, max: 12 }), id: fc.uuid() }),
      {
        minLength: 20,
        maxLength: 60,
      },
    );
    const derive = vi.mocked(argon2.argon2id);
    await fc.assert(
      fc.asyncProperty(planted, async (list) => {
        derive.mockClear();
        const files = list.map(({ id, passes }) =>
          withDigest(id, { ...json, id, kdf: { ...(json['kdf'] as object), passes } }),
        );
        expect((await tryToOpen(files))[0]).not.toBe('opened');
        expect(derive.mock.calls.length).toBeLessThanOrEqual(MAX_TRIED_FILES.passphrase);
      }),
      { seed: 215, numRuns: 25 },
    );
  });
});

describe('a keyring file of hostile JSON or random bytes', () => {
  const id = '018d5f3a-0000-7000-8000-000000000001';
  const refusalOf = async (bytes: Uint8Array) => {
    const error: unknown = await parseKeyringFile({ id, bytes }).catch((caught: unknown) => caught);
    expectToSayNothing(error, FormatError);
    expect(await inspectKeyring([{ id, bytes }])).toMatchObject({ entries: [] });
    return (error as FormatError).code;
  };

  it('is refused, quotes nothing, and pollutes no prototype', async () => {
    for (const text of HOSTILE_JSON) {
      expect(REFUSED).toContain(await refusalOf(utf8(text)));
      expect(REFUSED).toContain(await refusalOf(utf8(`{"kind":"keyring","zqxj":${text}}\n`)));
    }
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(hostileJson().map(utf8), fc.uint8Array({ maxLength: 400 })),
        async (bytes) => {
          expect(REFUSED).toContain(await refusalOf(bytes));
          expect('polluted' in {}).toBe(false);
        },
      ),
      { seed: 221, numRuns: 300 },
    );
  });

  it('of more than 64 KiB is not even parsed', async () => {
    const parse = vi.spyOn(JSON, 'parse');
    const bytes = utf8('['.repeat(MAX_KEYRING_BYTES + 1));
    expect(await codeThrownBy(() => parseKeyringFile({ id, bytes }))).toBe('too-large');
    expect(parse).not.toHaveBeenCalled();
  });
});

describe('what a faulty writer with the secret wrapped', () => {
  it('is opened only as keys of the named ids', async () => {
    const secret = parseRecoveryCode(CODE);
    const key = await sampleKey(5);
    const right = concatBytes([new Uint8Array(9), new Uint8Array(4), new Uint8Array(32).fill(5)]);
    expect(await unwrapKeys(await wrappedFile(secret, right, [key.id]), secret)).toMatchObject({
      kind: 'opened',
    });
    const contents = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      byteChanges(right.length, [0, 9]).map((changes) => changeBytes(right, changes, right)),
    );
    await fc.assert(
      fc.asyncProperty(contents, async (content) => {
        const outcome = await unwrapKeys(await wrappedFile(secret, content, [key.id]), secret);
        // Account and generation are the writer's to say; the key is not.
        const keys =
          outcome.kind === 'opened' ? outcome.content.keys.map(({ bytes }) => [...bytes]) : outcome;
        expect([[Array(32).fill(5)], { kind: 'damaged' }]).toContainEqual(keys);
      }),
      { seed: 231, numRuns: 300 },
    );
  });
});
