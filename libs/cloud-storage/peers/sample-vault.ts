import { type MemoryCloud } from '../src/memory/index.js';

/** A UUID with that number in it. */
export const uuid = (number: number): string =>
  `018d5f3a-0000-7000-8000-${number.toString(16).padStart(12, '0')}`;

/** Names of each kind that the format knows, under the vault's folder. */
export const VAULT_NAMES = {
  delta: (number: number) =>
    `deltas/20240131T101530123Z_${uuid(number)}_${number.toString(16).padStart(16, '0')}.json.gz`,
  vault: (number: number) => `2024/chat_vault_2024_01_${uuid(number)}.json.gz`,
  manifest: (number: number) => `2023/chat_manifest_2023_12_${uuid(number)}.json`,
  catalog: (number: number) =>
    `catalogs/${`${number}`.padStart(8, '0')}_${uuid(number)}.json.gz.enc`,
  keyring: (number: number) => `keyring/${uuid(number)}.json`,
} as const;

/** Puts a file of each kind there, one thousand bytes and more; gives their paths, sorted. */
export const pokeVault = (cloud: MemoryCloud, basePath = 'chat-vault'): readonly string[] => {
  const paths = Object.values(VAULT_NAMES)
    .flatMap((name) => [name(1), name(2)])
    .map((name) => (basePath === '' ? name : `${basePath}/${name}`));
  for (const [index, path] of paths.entries()) {
    cloud.poke(path, new Uint8Array(1000 + index).fill(index + 1));
  }
  return [...paths].sort();
};
