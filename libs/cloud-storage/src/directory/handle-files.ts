import { CloudError, type CloudErrorCode } from '../port/cloud-error.js';
import { type ByteRange } from '../port/cloud-storage.js';
import {
  type DirectoryEntry,
  type DirectoryFiles,
  type FileStat,
  type PathParts,
} from './directory-files.js';

/** Permission calls of folders that a person picked; not in all browsers and not yet in TypeScript's library. */
interface AskingHandle {
  queryPermission?(mode: { readonly mode: 'readwrite' }): Promise<PermissionState>;
  requestPermission?(mode: { readonly mode: 'readwrite' }): Promise<PermissionState>;
}

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
        entries.push({ name, isFolder: entry.kind === 'directory' });
      }
      return entries;
    });
  }

  async stat(file: PathParts): Promise<FileStat | undefined> {
    const found = await this.#file(file);
    return found && { size: found.size, modifiedMs: found.lastModified };
  }

  async read(file: PathParts, range: ByteRange | undefined): Promise<Uint8Array | undefined> {
    const found = await this.#file(file);
    const part = range ? found?.slice(range.offset, range.offset + range.length) : found;
    return part && this.#orAbsent(file, async () => new Uint8Array(await part.arrayBuffer()));
  }

  async write(file: PathParts, bytes: Uint8Array): Promise<number | undefined> {
    const present = await this.#file(file);
    // A handle exists before its first byte: an empty file is one whose writing never ended, and none of ours is empty.
    if (present && (present.size > 0 || bytes.length === 0)) return present.size;
    try {
      const folder = await this.#folder(file.slice(0, -1), { create: true });
      const handle = await folder.getFileHandle(file.at(-1) ?? '', { create: true });
      const stream = await handle.createWritable();
      try {
        await stream.write(bytes as Uint8Array<ArrayBuffer>);
        await stream.close();
      } catch (error) {
        await stream.abort(error).catch(() => undefined); // it may be closed or broken already
        throw error;
      }
    } catch (error) {
      throw toCloudError(error, file);
    }
    return undefined;
  }

  async remove(file: PathParts): Promise<void> {
    await this.#orAbsent(file, async () => {
      const folder = await this.#folder(file.slice(0, -1));
      await folder.removeEntry(file.at(-1) ?? '');
    });
  }

  async askPermission(isInteractive: boolean): Promise<boolean> {
    const handle: AskingHandle = this.#root as AskingHandle;
    const readWrite = { mode: 'readwrite' } as const;
    let state = (await handle.queryPermission?.(readWrite)) ?? 'granted';
    if (state === 'prompt' && isInteractive) {
      state = (await handle.requestPermission?.(readWrite)) ?? state;
    }
    return state === 'granted';
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
        throw toCloudError(error, parts);
      }
    }
    try {
      await this.#root.keys().next();
      return undefined;
    } catch (cause) {
      if (!isNamed(cause, 'NotFoundError')) throw toCloudError(cause, []);
      throw new CloudError(
        'offline',
        `cloud-storage/directory: the folder "${this.#root.name}" is gone; plug its disk in, or choose the folder again`,
        { cause },
      );
    }
  }
}

const isNamed = (error: unknown, name: string): boolean =>
  error instanceof Error && error.name === name;

const CODES: Readonly<Record<string, CloudErrorCode>> = {
  NotAllowedError: 'unauthorized',
  SecurityError: 'forbidden',
  QuotaExceededError: 'quota-exceeded',
  // The path names a folder where a file is wanted or the other way round, or a name that this file system cannot keep.
  TypeMismatchError: 'invalid',
  TypeError: 'invalid',
};

const ADVICE: Partial<Record<CloudErrorCode, string>> = {
  unauthorized: 'allow access to the folder again',
  forbidden: 'this page may not use the folder',
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
