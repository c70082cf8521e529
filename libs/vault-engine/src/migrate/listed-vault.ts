import { type CallOptions, type CloudFile } from '@chat-vault/cloud-storage';
import { parsePath, type VaultPath } from '@chat-vault/core/format';
import { inParallel } from '../run/in-parallel.js';
import { type VaultPlace } from './migration.js';

/** A file of a vault, by its path under the base folder, which is the same in every place. */
export interface VaultFile {
  readonly path: string;
  readonly size: number;
  /** Unix milliseconds, by the clock of the cloud. */
  readonly modifiedMs: number;
  readonly parsed: VaultPath;
}

/** All files of a vault. */
export interface ListedVault {
  readonly files: ReadonlyMap<string, VaultFile>;
  readonly foreign: readonly string[];
}

const FIXED = ['catalogs', 'deltas', 'keyring'];

/** Lists catalogs before the rest: what a listed catalog names was written before it, so the rest has it unless it was removed since. */
export const listWholeVault = async (
  place: Required<VaultPlace>,
  options: CallOptions & { readonly maxInFlight: number },
): Promise<ListedVault> => {
  const { cloud, basePath } = place;
  const { maxInFlight, ...call } = options;
  const list = (name: string) => cloud.list(pathIn(place, name), call);
  const catalogs = await list('catalogs');
  const folders = await cloud.listFolders(basePath, call);
  const data = folders.filter((name) => /^\d{4}$/.test(name)).concat('deltas', 'keyring');
  const lists = await inParallel(data, maxInFlight, list);
  const foreignFolders = folders.filter((name) => !data.includes(name) && !FIXED.includes(name));
  return sortOut(place, [...lists.flat(), ...catalogs], foreignFolders);
};

/** The path of a vault's file in its cloud. */
export const pathIn = ({ basePath }: Required<VaultPlace>, path: string): string =>
  basePath === '' ? path : `${basePath}/${path}`;

function sortOut(
  place: Required<VaultPlace>,
  listed: readonly CloudFile[],
  foreignFolders: readonly string[],
): ListedVault {
  const files = new Map<string, VaultFile>();
  const foreign = foreignFolders.map((name) => pathIn(place, name));
  for (const { path, size, modifiedAt } of listed) {
    const parsed = parsePath(place.basePath, path);
    const name = place.basePath === '' ? path : path.slice(place.basePath.length + 1);
    if (parsed) files.set(name, { path: name, size, modifiedMs: Date.parse(modifiedAt), parsed });
    else foreign.push(path);
  }
  return { files, foreign };
}
