import { joinPath, isPathPart, parseFilePath, parseFolderPath } from '../path/cloud-path.js';
import { parseRange } from '../path/byte-range.js';
import { throwIfAborted } from '../port/abort.js';
import { CloudError } from '../port/cloud-error.js';
import {
  type ByteRange,
  type CallOptions,
  type CloudFile,
  type CloudStorage,
} from '../port/cloud-storage.js';
import { type DirectoryEntry, type DirectoryFiles } from './directory-files.js';
import { HandleFiles } from './handle-files.js';
import { nodeFileSystem } from './node-file-system.js';
import { NodeFiles } from './node-files.js';
import { permissionError } from './folder-permission.js';
import { isUnfinishedName } from './unfinished-names.js';
import { untilAborted } from '../port/until-aborted.js';

/** A folder in a browser (picked by a person, or `navigator.storage.getDirectory()`) or in Node, by absolute path. */
export type DirectoryCloudOptions = (
  { readonly handle: FileSystemDirectoryHandle } | { readonly path: string }
) & {
  /** Default `directory`. */
  readonly providerId?: string;
  /** Default the name of the folder. */
  readonly displayName?: string;
};

/**
 * A folder on this device, which another program may carry to other devices. Files appear whole or not at all; an empty file is one
 * that is not there yet. The folder itself must exist; when it is gone every call says `offline`. In a browser the right to a picked
 * folder may end with the last tab: calls then say `unauthorized`, with `details.permission` `prompt` when `connect({ interactive: true
 * })` from a click can bring it back, and `denied` when only the browser's settings or picking again can.
 *
 * @throws CloudError `invalid` for a path outside of Node
 */
export const directoryCloud = (options: DirectoryCloudOptions): CloudStorage => {
  const isHandle = 'handle' in options;
  const name = isHandle
    ? options.handle.name
    : (options.path.split(/[\\/]/).findLast(Boolean) ?? '');
  return new Directory(
    isHandle ? new HandleFiles(options.handle) : new NodeFiles(options.path, nodeFileSystem()),
    options.providerId ?? 'directory',
    options.displayName ?? (name || 'This device'),
  );
};

/** The driver on any of the file systems. */
export class Directory implements CloudStorage {
  readonly providerId: string;
  readonly displayName: string;
  readonly listingLagMs = 0;
  readonly #files: DirectoryFiles;
  #isConnected = true;

  constructor(files: DirectoryFiles, providerId: string, displayName: string) {
    this.#files = files;
    this.providerId = providerId;
    this.displayName = displayName;
  }

  async connect({ interactive }: { readonly interactive: boolean }): Promise<void> {
    const permission = (await this.#files.askPermission?.(interactive)) ?? 'granted';
    this.#isConnected = permission === 'granted';
    if (!this.#isConnected) throw permissionError(this.displayName, permission);
    await this.listFolders('');
  }

  isConnected(): boolean {
    return this.#isConnected;
  }

  async list(folder: string, options?: CallOptions): Promise<readonly CloudFile[]> {
    const entries = await this.#entries(folder, options);
    const files = entries.filter(({ isFolder }) => !isFolder);
    const listed: CloudFile[] = [];
    for (let at = 0; at < files.length; at += STATS_AT_ONCE) {
      throwIfAborted(options?.signal, `list "${folder}"`);
      const some = files.slice(at, at + STATS_AT_ONCE);
      const stats = await this.#watch(Promise.all(some.map((file) => toCloudFile(folder, file))));
      listed.push(...stats.filter((file) => file !== undefined));
    }
    return listed;
  }

  async listFolders(folder: string, options?: CallOptions): Promise<readonly string[]> {
    const entries = await this.#entries(folder, options);
    return entries.filter(({ isFolder }) => isFolder).map(({ name }) => name);
  }

  async read(
    path: string,
    options?: CallOptions & { readonly range?: ByteRange },
  ): Promise<Uint8Array> {
    const parts = parseFilePath(path);
    const range = options?.range && parseRange(options.range);
    const bytes = await this.#run(`read "${path}"`, options, () => this.#files.read(parts, range));
    if (bytes) return bytes;
    throw new CloudError(
      'not-found',
      `cloud-storage/directory: there is no "${path}", or it is empty and not brought here yet`,
      { details: { path } },
    );
  }

  async create(path: string, bytes: Uint8Array, options?: CallOptions): Promise<void> {
    const parts = parseFilePath(path);
    const present = await this.#run(`create "${path}"`, options, () =>
      this.#files.write(parts, bytes, options?.signal),
    );
    if (present === undefined || present === bytes.length) return;
    throw new CloudError(
      'conflict',
      `cloud-storage/directory: "${path}" exists with ${present} bytes instead of ${bytes.length}; write under another name`,
      { details: { path, size: present } },
    );
  }

  async remove(path: string, options?: CallOptions): Promise<void> {
    const parts = parseFilePath(path);
    await this.#run(`remove "${path}"`, options, () => this.#files.remove(parts));
  }

  async #entries(folder: string, options?: CallOptions): Promise<readonly DirectoryEntry[]> {
    const parts = parseFolderPath(folder);
    const entries = await this.#run(`list "${folder}"`, options, () => this.#files.entries(parts));
    return (entries ?? []).filter(({ name }) => isPathPart(name) && !isUnfinishedName(name));
  }

  async #run<Result>(
    task: string,
    options: CallOptions | undefined,
    call: () => Promise<Result>,
  ): Promise<Result> {
    throwIfAborted(options?.signal, task);
    return untilAborted(this.#watch(call()), options?.signal, task);
  }

  /** Remembers from what calls say whether the person lets us in. */
  async #watch<Result>(call: Promise<Result>): Promise<Result> {
    try {
      const result = await call;
      this.#isConnected = true;
      return result;
    } catch (error) {
      if (error instanceof CloudError && error.code === 'unauthorized') this.#isConnected = false;
      throw error;
    }
  }
}

const STATS_AT_ONCE = 256;

/** The file as a listing shows it; `undefined` when it went while the folder was read, or is not here yet. */
const toCloudFile = async (
  folder: string,
  { name, stat }: DirectoryEntry,
): Promise<CloudFile | undefined> => {
  const found = await stat();
  if (!found || found.size === 0) return undefined;
  const modifiedAt = new Date(found.modifiedMs).toISOString();
  return { path: joinPath(folder, name), size: found.size, modifiedAt };
};
