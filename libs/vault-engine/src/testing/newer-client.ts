import { type MemoryCloud } from '@chat-vault/cloud-storage/memory';
import { gzipCodec } from '@chat-vault/core';
import { catalogPath, sha256Hex } from '@chat-vault/core/format';
import { catalogs, manifests } from './cloud-paths.js';

type Json = Record<string, unknown>;

/** Another client commits: the newest catalog with these fields changed. Gives the path of the new one. */
export async function commitAs(
  cloud: MemoryCloud,
  change: (catalog: Json) => Json,
): Promise<string> {
  const catalog = await readCatalogJson(cloud);
  const generation = Number(catalog['generation']) + 1;
  const catalogId = `ffffffff-ffff-7fff-8fff-${String(generation).padStart(12, '0')}`;
  const ancestors = [...(catalog['ancestors'] as string[]), ...(catalog['parents'] as string[])];
  const parents = [catalog['catalogId']];
  const path = catalogPath('chat-vault', { generation, catalogId, extension: 'json.gz' });
  await writeJson(cloud, path, change({ ...catalog, generation, catalogId, parents, ancestors }));
  return path;
}

/** Another client commits a vault whose manifest has these fields. */
export async function commitManifestAs(cloud: MemoryCloud, fields: Json): Promise<void> {
  const [path = ''] = manifests(cloud);
  await writeJson(cloud, path, { ...(await readJson(cloud, path)), ...fields });
  const manifestSha256 = await sha256Hex(cloud.peek(path) ?? new Uint8Array());
  await commitAs(cloud, (catalog) => ({
    ...catalog,
    partitions: Object.fromEntries(
      Object.entries(catalog['partitions'] as Record<string, readonly Json[]>).map(
        ([month, vaults]) => [
          month,
          vaults.map((vault) =>
            path.endsWith(String(vault['manifestPath'])) ? { ...vault, manifestSha256 } : vault,
          ),
        ],
      ),
    ),
  }));
}

/** The newest catalog. */
export const readCatalogJson = (cloud: MemoryCloud): Promise<Json> =>
  readJson(cloud, catalogs(cloud).at(-1) ?? '');

async function readJson(cloud: MemoryCloud, path: string): Promise<Json> {
  const bytes = cloud.peek(path) ?? new Uint8Array();
  return (await gzipCodec().decode(bytes, { kind: 'catalog' })) as Json;
}

async function writeJson(cloud: MemoryCloud, path: string, json: Json): Promise<void> {
  cloud.poke(path, await gzipCodec().encode(json, { kind: 'catalog' }));
}
