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
 * A folder on this device, which another program may carry to other devices. Files appear whole or not at all. The folder itself must
 * exist; when it is gone every call says `offline`. In a browser the right to a picked folder may end with the last tab: calls then say
 * `unauthorized`, and `connect({ interactive: true })` from a click asks for it again.
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
    this.#isConnected = (await this.#files.askPermission?.(interactive)) ?? true;
    if (!this.#isConnected) {
      throw new CloudError(
        'unauthorized',
        `cloud-storage/directory: access to "${this.displayName}" is not allowed; connect it again`,
      );
    }
    await this.list('');
  }

  isConnected(): boolean {
    return this.#isConnected;
  }

  async list(folder: string, options?: CallOptions): Promise<readonly CloudFile[]> {
    const entries = await this.#entries(folder, options);
    const files = entries.filter(({ isFolder }) => !isFolder);
    const listed = await Promise.all(files.map(({ name }) => this.#stat(joinPath(folder, name))));
    return listed.filter((file) => file !== undefined);
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
    throwIfAborted(options?.signal, `read "${path}"`);
    const bytes = await this.#watch(this.#files.read(parts, range));
    if (bytes) return bytes;
    throw new CloudError('not-found', `cloud-storage/directory: there is no "${path}"`, {
      details: { path },
    });
  }

  async create(path: string, bytes: Uint8Array, options?: CallOptions): Promise<void> {
    const parts = parseFilePath(path);
    throwIfAborted(options?.signal, `create "${path}"`);
    const present = await this.#watch(this.#files.write(parts, bytes, options?.signal));
    if (present === undefined || present === bytes.length) return;
    throw new CloudError(
      'conflict',
      `cloud-storage/directory: "${path}" exists with ${present} bytes instead of ${bytes.length}; write under another name`,
      { details: { path, size: present } },
    );
  }

  async remove(path: string, options?: CallOptions): Promise<void> {
    const parts = parseFilePath(path);
    throwIfAborted(options?.signal, `remove "${path}"`);
    await this.#watch(this.#files.remove(parts));
  }

  async #entries(folder: string, options?: CallOptions): Promise<readonly DirectoryEntry[]> {
    const parts = parseFolderPath(folder);
    throwIfAborted(options?.signal, `list "${folder}"`);
    const entries = (await this.#watch(this.#files.entries(parts))) ?? [];
    return entries.filter(({ name }) => isPathPart(name));
  }

  /** The file as a listing shows it; `undefined` when it went while the folder was read. */
  async #stat(path: string): Promise<CloudFile | undefined> {
    const stat = await this.#files.stat(path.split('/'));
    return stat && { path, size: stat.size, modifiedAt: new Date(stat.modifiedMs).toISOString() };
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
