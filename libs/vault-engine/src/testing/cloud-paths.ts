import { type MemoryCloud } from '@chat-vault/cloud-storage/memory';

/** The vault files of months, ascending by path. */
export const monthVaults = (cloud: MemoryCloud): readonly string[] =>
  pathsLike(cloud, '/chat_vault_');

/** The manifests of months, ascending by path. */
export const manifests = (cloud: MemoryCloud): readonly string[] =>
  pathsLike(cloud, '/chat_manifest_');

/** The catalogs, ascending by generation. */
export const catalogs = (cloud: MemoryCloud): readonly string[] => pathsLike(cloud, '/catalogs/');

/** The deltas, from the oldest. */
export const deltas = (cloud: MemoryCloud): readonly string[] => pathsLike(cloud, '/deltas/');

const pathsLike = (cloud: MemoryCloud, part: string): readonly string[] =>
  cloud.files().flatMap(({ path }) => (path.includes(part) ? [path] : []));
