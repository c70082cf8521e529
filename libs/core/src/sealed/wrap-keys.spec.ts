import { describe, expect, it } from 'vitest';
import { concatBytes } from '../codec/concat-bytes.js';
import { wrappedFile } from '../testing/keyring-samples.js';
import { cheapEnvironment, sampleKey } from '../testing/sealed-samples.js';
import { parseKeyringFile } from './keyring-file.js';
import { unwrapKeys, wrapKeys } from './wrap-keys.js';
import { formatRecoveryCode } from './recovery-code.js';

const ID = '018d5f3a-0000-7000-8000-000000000001';
const SECRET = new Uint8Array(32).fill(3);
const ACCOUNT = '0123456789abcdef';

const entry = (byte: number, generation = 0) =>
  Uint8Array.from([0, 0, 0, generation, ...new Uint8Array(32).fill(byte)]);
const head = (flag: number) => Uint8Array.from([flag, ...new Uint8Array(8)]);

describe('unwrapKeys', () => {
  it('gives the keys in the order of their ids, with generations, and the account', async () => {
    const keys = [5, 6, 7].map((byte) => ({
      generation: byte * 0x1000000,
      bytes: new Uint8Array(32).fill(byte),
    }));
    const secret = { kind: 'recovery', code: formatRecoveryCode(SECRET) } as const;
    for (const account of [ACCOUNT, null]) {
      const place = { id: ID, replaces: [], environment: cheapEnvironment() };
      const file = await parseKeyringFile(await wrapKeys({ keys, account }, secret, place));
      const outcome = await unwrapKeys(file, SECRET);
      if (outcome.kind !== 'opened') throw new Error(outcome.kind);
      expect(outcome.content.account).toBe(account);
      expect([...outcome.content.keys].sort((a, b) => a.generation - b.generation)).toEqual(keys);
      expect(file.keyIds).toEqual([...file.keyIds].sort());
    }
  });

  it('takes what a holder of the secret wrapped only when it is of the format', async () => {
    const [five, six] = [(await sampleKey(5)).id, (await sampleKey(6)).id];
    const kindOf = async (content: Uint8Array, keyIds: readonly string[]) =>
      (await unwrapKeys(await wrappedFile(SECRET, content, keyIds), SECRET)).kind;
    const good = concatBytes([head(0), entry(5)]);
    expect(await kindOf(good, [five])).toBe('opened');
    expect(await kindOf(good, [six])).toBe('damaged');
    expect(await kindOf(good, [five, six].sort())).toBe('damaged');
    expect(await kindOf(concatBytes([good, entry(6)]), [five])).toBe('damaged');
    expect(await kindOf(concatBytes([good, entry(5, 1)]), [five])).toBe('damaged');
    for (const content of [
      new Uint8Array(),
      head(0),
      good.slice(0, -1),
      concatBytes([good, new Uint8Array(1)]),
      concatBytes([head(2), entry(5)]),
    ])
      expect(await kindOf(content, [five])).toBe('damaged');
  });

  it('takes no other secret', async () => {
    const file = await wrappedFile(SECRET, concatBytes([head(0), entry(5)]), [
      (await sampleKey(5)).id,
    ]);
    expect((await unwrapKeys(file, new Uint8Array(32))).kind).toBe('wrong-secret');
  });
});
