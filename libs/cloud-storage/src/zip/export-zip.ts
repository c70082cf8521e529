import { throwIfAborted } from '../port/abort.js';
import { CloudError } from '../port/cloud-error.js';
import { type CallOptions, type CloudFile, type CloudStorage } from '../port/cloud-storage.js';
import { listVaultFiles } from './vault-files.js';
import { ZipWriter } from './zip-writer.js';

/** How far an export is. Totals grow when files appear meanwhile. */
export interface ZipProgress {
  readonly filesDone: number;
  readonly filesTotal: number;
  readonly bytesDone: number;
  readonly bytesTotal: number;
}

/** What an export takes besides the cloud. */
export interface ExportZipOptions extends CallOptions {
  /** Folder of the account in the cloud, default `chat-vault`; it is the folder in the ZIP file too. */
  readonly basePath?: string;
  readonly onProgress?: (progress: ZipProgress) => void;
}

/**
 * All files of a vault as one ZIP file, under the paths that they have in the cloud: unpacked, it is a folder for `directoryCloud`.
 * Files are read one at a time and only as fast as the stream is; what appears in the cloud meanwhile is added at the end. Whatever is
 * not of the format is left out. Cancelling the stream ends the export.
 *
 * The stream fails with `CloudError`: that of the call that failed, `not-found` when there is no vault, `unavailable` for a file that
 * came in another length than listed, `aborted`.
 */
export const exportZip = (
  cloud: CloudStorage,
  options: ExportZipOptions = {},
): ReadableStream<Uint8Array<ArrayBuffer>> => {
  const cancelled = new AbortController();
  const { signal: wanted } = options;
  const signal = wanted ? AbortSignal.any([wanted, cancelled.signal]) : cancelled.signal;
  const chunks = zipChunks(cloud, { ...options, signal });
  const source: UnderlyingDefaultSource<Uint8Array<ArrayBuffer>> = {
    pull: async (controller) => {
      const { done, value } = await chunks.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel: (reason) => cancelled.abort(reason),
  };
  return new ReadableStream(source, { highWaterMark: 0 });
};

async function* zipChunks(
  cloud: CloudStorage,
  { basePath = 'chat-vault', signal, onProgress }: ExportZipOptions,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const call: CallOptions = signal ? { signal } : {};
  const writer = new ZipWriter();
  const known = new Set<string>();
  const progress = { filesDone: 0, filesTotal: 0, bytesDone: 0, bytesTotal: 0 };
  for (;;) {
    throwIfAborted(signal, 'export');
    const files = await listVaultFiles(cloud, basePath, call);
    const added = files.filter(({ path }) => !known.has(path));
    if (added.length === 0) break;
    progress.filesTotal += added.length;
    progress.bytesTotal += added.reduce((bytes, { size }) => bytes + size, 0);
    for (const file of added) {
      throwIfAborted(signal, 'export');
      onProgress?.({ ...progress });
      known.add(file.path);
      const bytes = await readListed(cloud, file, call);
      const modifiedMs = Date.parse(file.modifiedAt);
      if (bytes) yield* await writer.add({ name: file.path, bytes, modifiedMs });
      progress.filesDone += 1;
      progress.bytesDone += file.size;
    }
  }
  if (known.size === 0) throw noVault(basePath);
  yield* await writer.end();
  onProgress?.({ ...progress });
}

/** The file; `undefined` when it was removed meanwhile, after others took its place, which the next listing shows. */
const readListed = async (
  cloud: CloudStorage,
  { path, size }: CloudFile,
  call: CallOptions,
): Promise<Uint8Array | undefined> => {
  let bytes: Uint8Array;
  try {
    bytes = await cloud.read(path, call);
  } catch (error) {
    if (error instanceof CloudError && error.code === 'not-found') return undefined;
    throw error;
  }
  if (bytes.length === size) return bytes;
  throw new CloudError(
    'unavailable',
    `cloud-storage/zip: "${path}" came with ${bytes.length} bytes instead of ${size}; try again`,
    { details: { path, size: bytes.length } },
  );
};

const noVault = (basePath: string): CloudError =>
  new CloudError(
    'not-found',
    `cloud-storage/zip: there are no files of a vault under "${basePath}"; nothing was exported`,
    { details: { basePath } },
  );
