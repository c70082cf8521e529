import { importHkdfKey } from '../sealed/hkdf.js';
import { type SealedEnvironment } from '../sealed/environment.js';
import { toVaultKey, type VaultKey } from '../sealed/vault-key.js';

/** Bytes that count on from a seed: the same in every test, and never twice the same in one. */
export function countingRandom(seed = 1): (length: number) => Uint8Array {
  let state = seed >>> 0;
  return (length) =>
    Uint8Array.from({ length }, () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state >>> 24;
    });
}

/** Repeatable, and with the cheapest passphrases that the format allows. */
export const cheapEnvironment = (seed = 1): SealedEnvironment => ({
  random: countingRandom(seed),
  passphraseCost: { memoryKiB: 19 * 1024, passes: 1, lanes: 1 },
});

/** The vault key whose bytes are all this one. */
export const sampleKey = (byte: number, generation = 0): Promise<VaultKey> =>
  toVaultKey({ generation, bytes: new Uint8Array(32).fill(byte) });

/** Another key that says it has the id of the first. */
export async function impostorOf(key: VaultKey, byte: number): Promise<VaultKey> {
  return { ...key, key: await importHkdfKey(new Uint8Array(32).fill(byte)) };
}
