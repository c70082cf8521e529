import { abortedError } from '../port/abort.js';
import { CloudError, type CloudErrorCode } from '../port/cloud-error.js';
import { type ByteRange } from '../port/cloud-storage.js';
import {
  type DirectoryEntry,
  type DirectoryFiles,
  type FileStat,
  type PathParts,
} from './directory-files.js';
import { permissionError, queryPermission, requestPermission } from './folder-permission.js';
import { notWhole } from './not-whole.js';

/** A folder behind a browser's handle: one that a person picked, or the origin-private one (whatwg/fs). */
export class HandleFiles implements DirectoryFiles {
  readonly #root: FileSystemDirectoryHandle;

  constructor(root: FileSystemDirectoryHandle) {
    this.#root = root;
  }

  async entries(folder: PathParts): Promise<readonly DirectoryEntry[] | undefined> {
    return this.#orAbsent(folder, async () => {
      const handle = await this.#folder(folder);
      const entries: DirectoryEntry[] = [];
      for await (const [name, entry] of handle.entries()) {
        const isFolder = entry.kind === 'directory';
        entries.push({ name, isFolder, stat: () => this.#stat(folder, entry) });
      }
      return entries;
    });
  }

  async read(file: PathParts, range: ByteRange | undefined): Promise<Uint8Array | undefined> {
    const found = await this.#file(file);
    if (!found || found.size === 0) return undefined;
    const part = range ? found.slice(range.offset, range.offset + range.length) : found;
    return this.#orAbsent(file, async () => new Uint8Array(await part.arrayBuffer()));
  }

  async write(
    file: PathParts,
    bytes: Uint8Array,
    signal?: AbortSignal,
  ): Promise<number | undefined> {
    const present = await this.#file(file);
    // A handle exists before its first byte: an empty file is one whose writing never ended, and none of ours is empty.
    if (present && (present.size > 0 || bytes.length === 0)) return present.size;
    try {
      const folder = await this.#folder(file.slice(0, -1), { create: true });
      const handle = await folder.getFileHandle(file.at(-1) ?? '', { create: true });
      await writeAll(handle, bytes, signal);
      const { size } = await handle.getFile();
      if (size === bytes.length) return undefined;
      await folder.removeEntry(handle.name); // it must not stand for the file, nor keep it from being written again
      throw notWhole(file, { expected: bytes.length, size });
    } catch (error) {
      if (signal?.aborted) throw abortedError(signal, `create "${file.join('/')}"`);
      throw await this.#failure(error, file);
    }
  }

  async remove(file: PathParts): Promise<void> {
    await this.#orAbsent(file, async () => {
      const folder = await this.#folder(file.slice(0, -1));
      await folder.removeEntry(file.at(-1) ?? '');
    });
  }

  async askPermission(isInteractive: boolean): Promise<PermissionState> {
    try {
      return await (isInteractive ? requestPermission : queryPermission)(this.#root);
    } catch (error) {
      throw await this.#failure(error, []);
    }
  }

  async #stat(folder: PathParts, entry: FileSystemHandle): Promise<FileStat | undefined> {
    try {
      const file = await (entry as FileSystemFileHandle).getFile();
      return { size: file.size, modifiedMs: file.lastModified };
    } catch (error) {
      // It went, became a folder, or has a name that this API keeps pages away from: never a file of ours.
      if (UNREACHABLE.some((name) => isNamed(error, name))) return undefined;
      const failure = await this.#failure(error, [...folder, entry.name]);
      if (failure.code === 'forbidden') return undefined; // somebody else's, in a folder that is open to us
      throw failure;
    }
  }

  async #folder(parts: PathParts, options?: FileSystemGetDirectoryOptions) {
    let folder = this.#root;
    for (const part of parts) folder = await folder.getDirectoryHandle(part, options);
    return folder;
  }

  async #file(parts: PathParts): Promise<File | undefined> {
    return this.#orAbsent(parts, async () => {
      const folder = await this.#folder(parts.slice(0, -1));
      const handle = await folder.getFileHandle(parts.at(-1) ?? '');
      return handle.getFile();
    });
  }

  /** What the task gives, or `undefined` when what it looks for is not there although the root is. */
  async #orAbsent<Result>(
    parts: PathParts,
    task: () => Promise<Result>,
  ): Promise<Result | undefined> {
    try {
      return await task();
    } catch (error) {
      if (!isNamed(error, 'NotFoundError') && !isNamed(error, 'TypeMismatchError')) {
        throw await this.#failure(error, parts);
      }
    }
    try {
      await this.#root.keys().next();
      return undefined;
    } catch (cause) {
      if (!isNamed(cause, 'NotFoundError')) throw await this.#failure(cause, []);
      throw new CloudError(
        'offline',
        `cloud-storage/directory: the folder "${this.#root.name}" is gone; plug its disk in, or choose the folder again`,
        { cause },
      );
    }
  }

  async #failure(cause: unknown, parts: PathParts): Promise<CloudError> {
    if (cause instanceof CloudError) return cause;
    if (!isNamed(cause, 'NotAllowedError')) return toCloudError(cause, parts);
    const state = await queryPermission(this.#root).catch(() => 'prompt' as const);
    // The folder is open to us and this file is not: nobody can sign in to that.
    if (state === 'granted') return toCloudError(cause, parts);
    return permissionError(this.#root.name, state, { cause });
  }
}

/** Brings the bytes to another file, which takes the name when it is closed. */
const writeAll = async (
  handle: FileSystemFileHandle,
  bytes: Uint8Array,
  signal: AbortSignal | undefined,
): Promise<void> => {
  const stream = await handle.createWritable();
  const abort = () => void stream.abort(signal?.reason).catch(() => undefined); // it may be closed already
  signal?.addEventListener('abort', abort, { once: true });
  try {
    signal?.throwIfAborted();
    await stream.write(bytes as Uint8Array<ArrayBuffer>);
    await stream.close();
  } catch (error) {
    await stream.abort(error).catch(() => undefined); // it may be closed or broken already
    throw error;
  } finally {
    signal?.removeEventListener('abort', abort);
  }
};

const isNamed = (error: unknown, name: string): boolean =>
  error instanceof Error && error.name === name;

const UNREACHABLE = ['NotFoundError', 'TypeMismatchError', 'TypeError'];

const CODES: Readonly<Record<string, CloudErrorCode>> = {
  NotAllowedError: 'forbidden',
  SecurityError: 'forbidden',
  QuotaExceededError: 'quota-exceeded',
  // The path names a folder where a file is wanted or the other way round, or a name that this file system cannot keep.
  TypeMismatchError: 'invalid',
  TypeError: 'invalid',
};

const ADVICE: Partial<Record<CloudErrorCode, string>> = {
  forbidden: 'this page may not use it',
  'quota-exceeded': 'there is no room left; make room',
  invalid: 'the file system refuses this name',
};

/** All else (a lock, a malware scan, a state that changed) may pass. */
const toCloudError = (error: unknown, parts: PathParts): CloudError => {
  const code = (error instanceof Error && CODES[error.name]) || 'unavailable';
  const path = parts.join('/');
  return new CloudError(
    code,
    `cloud-storage/directory: "${path}" cannot be used: ${ADVICE[code] ?? 'try again later'}`,
    { cause: error, details: { path } },
  );
};
