import { abortedError } from '../port/abort.js';
import { CloudError, type CloudErrorCode } from '../port/cloud-error.js';
import { type ByteRange } from '../port/cloud-storage.js';
import {
  type DirectoryEntry,
  type DirectoryFiles,
  type FileStat,
  type PathParts,
} from './directory-files.js';
import {
  type NodeEntry,
  type NodeFile,
  type NodeFileSystem,
  type NodeStat,
} from './node-file-system.js';
import { notWhole } from './not-whole.js';
import { TEMPORARY } from './unfinished-names.js';

/**
 * A folder of Node's file system, which must exist: a disk that is not plugged in must not look like an empty cloud. A file is written
 * under another name, brought to the disk and then linked to its own, so a file that can be seen is whole.
 */
export class NodeFiles implements DirectoryFiles {
  readonly #root: string;
  readonly #fs: NodeFileSystem;

  constructor(root: string, fs: NodeFileSystem) {
    this.#root = root;
    this.#fs = fs;
  }

  async entries(folder: PathParts): Promise<readonly DirectoryEntry[] | undefined> {
    const names = await this.#orAbsent(folder, (path) =>
      this.#fs.readdir(path, { withFileTypes: true }),
    );
    const entries = names?.map((entry) => this.#entry(folder, entry));
    return entries && (await Promise.all(entries)).filter((entry) => entry !== undefined);
  }

  async read(file: PathParts, range: ByteRange | undefined): Promise<Uint8Array | undefined> {
    return this.#orAbsent(file, async (path) => {
      const open = await this.#fs.open(path, 'r');
      try {
        const { size } = await open.stat();
        return size === 0 ? undefined : await readPart(open, size, range);
      } finally {
        await open.close();
      }
    });
  }

  async write(
    file: PathParts,
    bytes: Uint8Array,
    signal?: AbortSignal,
  ): Promise<number | undefined> {
    const folder = file.slice(0, -1);
    const { prefix, suffix } = TEMPORARY;
    const temporary = this.#pathOf([...folder, `${prefix}${crypto.randomUUID()}${suffix}`]);
    try {
      const open = await this.#openNew(temporary, folder);
      try {
        const size = await writeAll(open, bytes, signal);
        if (size !== bytes.length) throw notWhole(file, { expected: bytes.length, size });
        return await this.#publish(temporary, file, size);
      } finally {
        await this.#fs.unlink(temporary).catch(ignoreAbsent);
      }
    } catch (error) {
      if (signal?.aborted) throw abortedError(signal, `create "${file.join('/')}"`);
      throw toCloudError(error, file);
    }
  }

  async remove(file: PathParts): Promise<void> {
    await this.#orAbsent(file, (path) => this.#fs.unlink(path));
  }

  async #openNew(path: string, folder: PathParts): Promise<NodeFile> {
    try {
      return await this.#fs.open(path, 'wx');
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw error;
    }
    await this.#checkRoot();
    await this.#fs.mkdir(this.#pathOf(folder), { recursive: true });
    return this.#fs.open(path, 'wx');
  }

  /** Gives the written file its name, unless there is a file of that name that is not empty: then its size. */
  async #publish(temporary: string, file: PathParts, size: number): Promise<number | undefined> {
    const path = this.#pathOf(file);
    try {
      await this.#fs.link(temporary, path);
    } catch (error) {
      const isPresent = codeOf(error) === 'EEXIST';
      if (!isPresent && !WITHOUT_LINKS.has(codeOf(error))) throw error;
      const present = await this.#stat(file);
      if (present && (present.size > 0 || size === 0)) return present.size;
      // A file system without links (FAT, some network drives) can only rename, which is as whole.
      await this.#fs.rename(temporary, path);
    }
    await this.#syncFolder(file.slice(0, -1));
    return undefined;
  }

  /** Brings the new name itself to the disk, where the system can. */
  async #syncFolder(folder: PathParts): Promise<void> {
    try {
      const open = await this.#fs.open(this.#pathOf(folder), 'r');
      await open.sync().finally(() => open.close());
    } catch (error) {
      // Windows opens no folders, some network drives cannot sync them; the file's bytes are safe.
      if (!['EISDIR', 'EPERM', 'EACCES', 'EINVAL', 'ENOTSUP'].includes(codeOf(error))) throw error;
    }
  }

  async #entry(folder: PathParts, entry: NodeEntry): Promise<DirectoryEntry | undefined> {
    const { name } = entry;
    const stat = () => this.#stat([...folder, name]);
    if (entry.isDirectory() || entry.isFile()) return { name, isFolder: entry.isDirectory(), stat };
    const target = entry.isSymbolicLink() && (await this.#target([...folder, name]));
    return target ? { name, isFolder: target.isDirectory(), stat } : undefined;
  }

  /** Where a link leads; `undefined` for one that leads nowhere, in a circle, or where we may not look: nothing of ours. */
  async #target(link: PathParts): Promise<NodeStat | undefined> {
    try {
      return await this.#fs.stat(this.#pathOf(link));
    } catch (error) {
      if (ABSENT.has(codeOf(error)) || CLOSED.has(codeOf(error))) return undefined;
      throw toCloudError(error, link);
    }
  }

  async #stat(file: PathParts): Promise<FileStat | undefined> {
    const stat = await this.#orAbsent(file, (path) => this.#fs.stat(path));
    return stat?.isFile() ? { size: stat.size, modifiedMs: stat.mtimeMs } : undefined;
  }

  async #orAbsent<Result>(
    parts: PathParts,
    task: (path: string) => Promise<Result>,
  ): Promise<Result | undefined> {
    try {
      return await task(this.#pathOf(parts));
    } catch (error) {
      if (!ABSENT.has(codeOf(error))) throw toCloudError(error, parts);
    }
    await this.#checkRoot();
    return undefined;
  }

  async #checkRoot(): Promise<void> {
    const root = await this.#fs.stat(this.#root).catch((error: unknown) => {
      if (ABSENT.has(codeOf(error))) return undefined;
      throw toCloudError(error, []);
    });
    if (root?.isDirectory()) return;
    throw new CloudError(
      'offline',
      `cloud-storage/directory: there is no folder ${this.#root}; plug its disk in, or create it`,
      { details: { root: this.#root } },
    );
  }

  #pathOf(parts: PathParts): string {
    return [this.#root, ...parts].join('/');
  }
}

const ABSENT: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR', 'EISDIR']);
const CLOSED: ReadonlySet<string> = new Set(['ELOOP', 'EACCES', 'EPERM']);
const WITHOUT_LINKS: ReadonlySet<string> = new Set([
  ...['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EXDEV', 'EACCES', 'EINVAL'],
]);

const readPart = async (
  open: NodeFile,
  size: number,
  range: ByteRange | undefined,
): Promise<Uint8Array> => {
  const start = Math.min(range?.offset ?? 0, size);
  const bytes = new Uint8Array(Math.min(range?.length ?? size, size - start));
  let done = 0;
  while (done < bytes.length) {
    const { bytesRead } = await open.read(bytes, done, bytes.length - done, start + done);
    if (bytesRead === 0) return bytes.slice(0, done);
    done += bytesRead;
  }
  return bytes;
};

/** Gives the size of the file on the disk. */
const writeAll = async (
  open: NodeFile,
  bytes: Uint8Array,
  signal?: AbortSignal,
): Promise<number> => {
  try {
    await open.writeFile(bytes, { ...(signal && { signal }) });
    await open.sync();
    return (await open.stat()).size;
  } finally {
    await open.close();
  }
};

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : '';

const ignoreAbsent = (error: unknown): void => {
  if (codeOf(error) !== 'ENOENT') throw error;
};

const CODES: Readonly<Record<string, readonly [CloudErrorCode, advice: string]>> = {
  EACCES: ['forbidden', 'this user may not use it'],
  EPERM: ['forbidden', 'this user may not use it'],
  EROFS: ['forbidden', 'the disk can only be read'],
  ENOSPC: ['quota-exceeded', 'the disk is full; make room'],
  EDQUOT: ['quota-exceeded', 'the quota of this user is used up; make room'],
  ENAMETOOLONG: ['invalid', 'the file system refuses names of this length'],
  EINVAL: ['invalid', 'the file system refuses this name'],
  ENOTDIR: ['invalid', 'a part of the path is a file'],
  EEXIST: ['invalid', 'a part of the path is a file'],
  EISDIR: ['invalid', 'it is a folder'],
};

const toCloudError = (error: unknown, parts: PathParts): CloudError => {
  if (error instanceof CloudError) return error;
  const path = parts.join('/');
  const [code, advice] = CODES[codeOf(error)] ?? ['unavailable', 'try again later'];
  return new CloudError(
    code,
    `cloud-storage/directory: "${path}" cannot be used: ${advice} (${codeOf(error)})`,
    { cause: error, details: { path } },
  );
};
