import { catalogsFolder, deltasFolder, parsePath, yearFolder } from '@chat-vault/core/format';
import { joinPath } from '../path/cloud-path.js';
import { type CallOptions, type CloudFile, type CloudStorage } from '../port/cloud-storage.js';

/**
 * The files of the vault, each path once, data before catalogs. Catalogs are listed first: what a listed catalog names was there before
 * it. What does not fit the format's names is left out.
 */
export const listVaultFiles = async (
  cloud: CloudStorage,
  basePath: string,
  options: CallOptions,
): Promise<readonly CloudFile[]> => {
  const catalogs = await cloud.list(catalogsFolder(basePath), options);
  const years = (await cloud.listFolders(basePath, options)).filter((name) => /^\d{4}$/.test(name));
  const folders = [
    joinPath(basePath, 'keyring'),
    deltasFolder(basePath),
    ...years.sort().map((year) => yearFolder(basePath, year)),
  ];
  const found: CloudFile[] = [];
  for (const folder of folders) found.push(...(await cloud.list(folder, options)));
  const files = [...found, ...catalogs].filter(({ path }) => parsePath(basePath, path));
  return [...new Map(files.map((file) => [file.path, file])).values()];
};
