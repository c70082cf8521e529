import { parsePath } from '@chat-vault/core/format';
import { type ZipEntry } from './zip-directory.js';
import { zipRefused } from './zip-refused.js';

/** What a vault in a ZIP file is looked for with. */
export interface VaultSearch {
  /** The folder in the ZIP file, when there are several vaults. */
  readonly root: string | undefined;
  /** Bytes that one file may have. */
  readonly maxFileBytes: number;
}

/** Compression method of a file that is kept as it is. */
export const STORED = 0;
const DEFLATED = 8;

/** How many times larger a ZIP file may become; JSON of chats is packed to a tenth, seldom to a fiftieth. */
const MAX_RATIO = 200;
/** A byte that is packed by RFC 1951 cannot become more. */
const MAX_FILE_RATIO = 1032;
const SMALL_BYTES = 256 * 1024 * 1024;

/**
 * The vault's files by their paths under its folder, whatever folders a person put around it. What does not fit the format's names is
 * left out.
 *
 * @throws CloudError `invalid` with a `ZipRefusal`, when the whole ZIP file must not be used
 */
export const findVault = (
  entries: readonly ZipEntry[],
  search: VaultSearch,
): ReadonlyMap<string, ZipEntry> => {
  const vaults = new Map<string, Map<string, ZipEntry>>();
  for (const entry of entries) {
    const parts = entry.file.filename.replaceAll('\\', '/').split('/');
    const path = parts.slice(-2).join('/');
    if (parsePath('', path) === null) continue;
    const root = parts.slice(0, -2).join('/');
    const files = vaults.get(root) ?? new Map<string, ZipEntry>();
    vaults.set(root, files);
    if (files.has(path)) throw zipRefused('damaged', `"${entry.file.filename}" is in it twice`);
    files.set(path, entry);
  }
  const files = chooseVault(vaults, search.root);
  checkFiles([...files.values()], search.maxFileBytes);
  return files;
};

function chooseVault(
  vaults: ReadonlyMap<string, ReadonlyMap<string, ZipEntry>>,
  root: string | undefined,
): ReadonlyMap<string, ZipEntry> {
  const roots = [...vaults.keys()];
  if (root === undefined && roots.length > 1)
    throw zipRefused('several-vaults', 'there are several vaults in it; say which', {
      details: { roots },
    });
  const files = vaults.get(root ?? roots[0] ?? '');
  if (!files) throw zipRefused('no-vault', 'there is no vault in it', { details: { roots } });
  return files;
}

function checkFiles(files: readonly ZipEntry[], maxFileBytes: number): void {
  let size = 0;
  let compressedSize = 0;
  for (const { file } of files) {
    const { filename, compressionMethod: method } = file;
    const details = { entry: filename };
    if (file.encrypted)
      throw zipRefused(
        'encrypted',
        `"${filename}" is encrypted; unpack it and pack it without a password`,
        { details },
      );
    if (method !== STORED && method !== DEFLATED)
      throw zipRefused('unsupported', `"${filename}" is packed by method ${method}`, { details });
    if (method === STORED && file.uncompressedSize !== file.compressedSize)
      throw zipRefused('damaged', `"${filename}" has two sizes`, { details });
    const mostBytes = Math.min(maxFileBytes, MAX_FILE_RATIO * (file.compressedSize + 1));
    if (file.uncompressedSize > mostBytes)
      throw zipRefused('too-large', `"${filename}" would have ${file.uncompressedSize} bytes`, {
        details,
      });
    size += file.uncompressedSize;
    compressedSize += file.compressedSize;
  }
  if (size > SMALL_BYTES && size > MAX_RATIO * compressedSize)
    throw zipRefused('too-large', `its ${compressedSize} bytes would become ${size}`);
}
