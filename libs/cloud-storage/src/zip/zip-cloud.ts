import { parseRange } from '../path/byte-range.js';
import { joinPath, parseFilePath, parseFolderPath } from '../path/cloud-path.js';
import { throwIfAborted } from '../port/abort.js';
import { CloudError } from '../port/cloud-error.js';
import {
  type ByteRange,
  type CallOptions,
  type CloudFile,
  type CloudStorage,
} from '../port/cloud-storage.js';
import { findVault } from './find-vault.js';
import { readZipEntry } from './read-entry.js';
import { ZipBytes } from './zip-bytes.js';
import { readZipDirectory, type ZipEntry } from './zip-directory.js';

/** How a vault in a ZIP file is shown. */
export interface ZipCloudOptions extends CallOptions {
  /** Where the cloud shows the vault, whatever folder it is in within the ZIP file; default `chat-vault`. */
  readonly basePath?: string;
  /** The vault's folder within the ZIP file, when there are several (`details.roots` of the refusal names them). */
  readonly root?: string;
  /** Bytes that one file may unpack to; default 256 MiB. */
  readonly maxFileBytes?: number;
  /** Default `zip`. */
  readonly providerId?: string;
  /** Default the name of the file. */
  readonly displayName?: string;
}

/**
 * The vault in a ZIP file as a cloud that can only be read: `exportZip` made it, or any program from the vault's folder. Only files of
 * the format are shown. The whole file is checked before anything of it is used; a single damaged file fails when it is read.
 *
 * @throws CloudError `invalid` with `details.reason`, a `ZipRefusal`; `offline` when the file can no longer be read; `aborted`
 */
export const zipCloud = async (zip: Blob, options: ZipCloudOptions = {}): Promise<CloudStorage> => {
  const { basePath = 'chat-vault', signal } = options;
  parseFolderPath(basePath);
  throwIfAborted(signal, 'open a ZIP file');
  const bytes = new ZipBytes(zip);
  const entries = await readZipDirectory(bytes);
  throwIfAborted(signal, 'open a ZIP file');
  const vault = findVault(entries, {
    root: options.root,
    maxFileBytes: options.maxFileBytes ?? 256 * 1024 * 1024,
  });
  const files = new Map([...vault].map(([path, entry]) => [joinPath(basePath, path), entry]));
  const name = 'name' in zip ? String(zip.name) : '';
  return new ZipCloud(bytes, files, {
    providerId: options.providerId ?? 'zip',
    displayName: options.displayName ?? (name || 'ZIP file'),
  });
};

class ZipCloud implements CloudStorage {
  readonly providerId: string;
  readonly displayName: string;
  readonly listingLagMs = 0;
  readonly #bytes: ZipBytes;
  readonly #files: ReadonlyMap<string, ZipEntry>;

  constructor(
    bytes: ZipBytes,
    files: ReadonlyMap<string, ZipEntry>,
    names: Pick<CloudStorage, 'providerId' | 'displayName'>,
  ) {
    this.#bytes = bytes;
    this.#files = files;
    this.providerId = names.providerId;
    this.displayName = names.displayName;
  }

  async list(folder: string, options?: CallOptions): Promise<readonly CloudFile[]> {
    parseFolderPath(folder);
    throwIfAborted(options?.signal, `list "${folder}"`);
    return [...this.#files]
      .filter(([path]) => path.slice(0, Math.max(0, path.lastIndexOf('/'))) === folder)
      .map(([path, { file }]) => ({
        path,
        size: file.uncompressedSize,
        modifiedAt: file.lastModDate.toISOString(),
      }));
  }

  async listFolders(folder: string, options?: CallOptions): Promise<readonly string[]> {
    const { length } = parseFolderPath(folder);
    throwIfAborted(options?.signal, `list the folders of "${folder}"`);
    const start = folder === '' ? '' : `${folder}/`;
    const below = [...this.#files.keys()]
      .filter((path) => path.startsWith(start))
      .map((path) => path.split('/').slice(length, -1)[0]);
    return [...new Set(below.filter((name) => name !== undefined))].sort();
  }

  async read(
    path: string,
    options?: CallOptions & { readonly range?: ByteRange },
  ): Promise<Uint8Array> {
    parseFilePath(path);
    const range = options?.range && parseRange(options.range);
    const signal = options?.signal;
    throwIfAborted(signal, `read "${path}"`);
    const entry = this.#files.get(path);
    if (!entry)
      throw new CloudError('not-found', `cloud-storage/zip: there is no "${path}"`, {
        details: { path },
      });
    return readZipEntry(this.#bytes, entry, { range, signal }).finally(() =>
      throwIfAborted(signal, `read "${path}"`),
    );
  }

  async create(path: string, _bytes: Uint8Array, options?: CallOptions): Promise<void> {
    throw readOnly(`create "${path}"`, path, options);
  }

  async remove(path: string, options?: CallOptions): Promise<void> {
    throw readOnly(`remove "${path}"`, path, options);
  }
}

const readOnly = (task: string, path: string, options: CallOptions | undefined): CloudError => {
  parseFilePath(path);
  throwIfAborted(options?.signal, task);
  return new CloudError(
    'forbidden',
    `cloud-storage/zip: a ZIP file can only be read, so ${task} is refused`,
    { details: { path } },
  );
};
