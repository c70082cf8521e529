import { CloudError } from '../port/cloud-error.js';
import { throwIfAborted } from '../port/abort.js';
import { type CloudOperation } from '../port/cloud-operation.js';
import {
  type ByteRange,
  type CallOptions,
  type CloudFile,
  type CloudStorage,
} from '../port/cloud-storage.js';
import { cutRange, parseRange } from '../path/byte-range.js';
import { joinPath, parseFilePath, parseFolderPath } from '../path/cloud-path.js';

/** One call that a memory cloud answered. */
export interface CloudRequest {
  readonly kind: CloudOperation;
  /** The file or folder. */
  readonly path: string;
  /** Bytes of files sent or received; 0 for a listing. */
  readonly bytes: number;
  readonly range?: ByteRange;
}

/** All files at one moment; made and taken back by `MemoryCloud`. */
export interface MemorySnapshot {
  readonly folders: ReadonlyMap<string, ReadonlyMap<string, StoredFile>>;
}

/** The bytes of a file, never changed after, and the server's clock when they came. */
export interface StoredFile {
  readonly bytes: Uint8Array;
  readonly modifiedAt: string;
}

/** A cloud in memory, with what a test wants to see and to break. What it adds to the port is no request and is not logged. */
export interface MemoryCloud extends CloudStorage {
  /** Every call so far that was answered or refused, in order. */
  readonly requests: readonly CloudRequest[];
  clearRequests(): void;
  /** All files, or those of the folder and below it, sorted by path. */
  files(folder?: string): readonly CloudFile[];
  /** The stored bytes (not a copy), `undefined` when absent. */
  peek(path: string): Uint8Array | undefined;
  /** Writes over whatever is there, as a damaged disk or another program would. */
  poke(path: string, bytes: Uint8Array): void;
  /** Removes a file by hand; absent is fine. */
  drop(path: string): void;
  /** The files as they are now. Bytes are shared, so it costs one map entry a file. */
  snapshot(): MemorySnapshot;
  /** Goes back (or forth) to a snapshot, also one of another memory cloud; the log of requests stays. */
  restore(snapshot: MemorySnapshot): void;
}

/** What a memory cloud may be told. */
export interface MemoryCloudOptions {
  /** Default `memory`. */
  readonly providerId?: string;
  /** Default `Memory`. */
  readonly displayName?: string;
  /** The server's clock, Unix ms. */
  readonly now?: () => number;
}

/** A cloud that keeps all guarantees of the port, consistently and at once, until the page is closed: for tests and demonstrations. */
export const memoryCloud = (options: MemoryCloudOptions = {}): MemoryCloud =>
  new InMemoryCloud(options);

class InMemoryCloud implements MemoryCloud {
  readonly providerId: string;
  readonly displayName: string;
  readonly listingLagMs = 0;
  readonly #now: () => number;
  readonly #requests: CloudRequest[] = [];
  #folders = new Map<string, Map<string, StoredFile>>();

  constructor(options: MemoryCloudOptions) {
    this.providerId = options.providerId ?? 'memory';
    this.displayName = options.displayName ?? 'Memory';
    this.#now = options.now ?? (() => Date.now());
  }

  get requests(): readonly CloudRequest[] {
    return this.#requests;
  }

  clearRequests(): void {
    this.#requests.length = 0;
  }

  async list(folder: string, options?: CallOptions): Promise<readonly CloudFile[]> {
    parseFolderPath(folder);
    throwIfAborted(options?.signal, `list "${folder}"`);
    this.#requests.push({ kind: 'list', path: folder, bytes: 0 });
    return listed(folder, this.#folders.get(folder));
  }

  async listFolders(folder: string, options?: CallOptions): Promise<readonly string[]> {
    const { length } = parseFolderPath(folder);
    throwIfAborted(options?.signal, `list the folders of "${folder}"`);
    this.#requests.push({ kind: 'listFolders', path: folder, bytes: 0 });
    const names = [...this.#folders.keys()]
      .filter((other) => isBelow(folder, other))
      .map((other) => other.split('/')[length] ?? '');
    return [...new Set(names)].sort();
  }

  async read(
    path: string,
    options?: CallOptions & { readonly range?: ByteRange },
  ): Promise<Uint8Array> {
    parseFilePath(path);
    const range = options?.range && parseRange(options.range);
    throwIfAborted(options?.signal, `read "${path}"`);
    const stored = this.peek(path);
    const bytes = stored && cutRange(stored, range);
    this.#requests.push({ kind: 'read', path, bytes: bytes?.length ?? 0, ...(range && { range }) });
    if (!bytes) {
      throw new CloudError('not-found', `cloud-storage/memory: there is no "${path}"`, {
        details: { path },
      });
    }
    return bytes;
  }

  async create(path: string, bytes: Uint8Array, options?: CallOptions): Promise<void> {
    parseFilePath(path);
    throwIfAborted(options?.signal, `create "${path}"`);
    this.#requests.push({ kind: 'create', path, bytes: bytes.length });
    const present = this.peek(path);
    if (present && present.length !== bytes.length) {
      throw new CloudError(
        'conflict',
        `cloud-storage/memory: "${path}" exists with ${present.length} bytes instead of ${bytes.length}; write under another name`,
        { details: { path, size: present.length } },
      );
    }
    if (!present) this.poke(path, bytes);
  }

  async remove(path: string, options?: CallOptions): Promise<void> {
    parseFilePath(path);
    throwIfAborted(options?.signal, `remove "${path}"`);
    this.#requests.push({ kind: 'remove', path, bytes: 0 });
    this.drop(path);
  }

  files(folder = ''): readonly CloudFile[] {
    return [...this.#folders]
      .filter(([other]) => other === folder || isBelow(folder, other))
      .flatMap(([other, files]) => listed(other, files))
      .sort((a, b) => (a.path < b.path ? -1 : 1));
  }

  peek(path: string): Uint8Array | undefined {
    const [folder, name] = splitPath(path);
    return this.#folders.get(folder)?.get(name)?.bytes;
  }

  poke(path: string, bytes: Uint8Array): void {
    const [folder, name] = splitPath(path);
    const files = this.#folders.get(folder) ?? new Map<string, StoredFile>();
    this.#folders.set(folder, files);
    files.set(name, { bytes: bytes.slice(), modifiedAt: new Date(this.#now()).toISOString() });
  }

  drop(path: string): void {
    const [folder, name] = splitPath(path);
    this.#folders.get(folder)?.delete(name);
  }

  snapshot(): MemorySnapshot {
    return { folders: copyFolders(this.#folders) };
  }

  restore(snapshot: MemorySnapshot): void {
    this.#folders = copyFolders(snapshot.folders);
  }
}

const listed = (folder: string, files?: ReadonlyMap<string, StoredFile>): readonly CloudFile[] =>
  [...(files ?? [])].map(([name, { bytes, modifiedAt }]) => ({
    path: joinPath(folder, name),
    size: bytes.length,
    modifiedAt,
  }));

const isBelow = (folder: string, other: string): boolean =>
  folder === '' ? other !== '' : other.startsWith(`${folder}/`);

const splitPath = (path: string): readonly [folder: string, name: string] => {
  const slash = path.lastIndexOf('/');
  return slash < 0 ? ['', path] : [path.slice(0, slash), path.slice(slash + 1)];
};

const copyFolders = (
  folders: ReadonlyMap<string, ReadonlyMap<string, StoredFile>>,
): Map<string, Map<string, StoredFile>> =>
  new Map([...folders].map(([folder, files]) => [folder, new Map(files)]));
