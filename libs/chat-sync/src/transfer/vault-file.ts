import { type RecoverySecret } from '@chat-vault/chat-sync/encryption';
import { CloudError, type CloudStorage, type CallOptions } from '@chat-vault/cloud-storage';
import { memoryCloud } from '@chat-vault/cloud-storage/memory';
import { exportZip, zipCloud } from '@chat-vault/cloud-storage/zip';
import { type RestoreReport, type RunOptions } from '@chat-vault/vault-engine';
import { errorOfWarnings } from '../status/error-of-warning';
import { ChatSyncError } from '../sync/chat-sync-error';
import { type Engine } from '../sync/engine-factory';
import { type ProviderConnection } from '../sync/provider-connection';
import { addReports } from '../sync/results';
import { type PassingParts, withPassingProvider } from './passing-provider';
import { reportOf, syncWhole } from './sync-whole';

/** A vault as one file, not yet saved anywhere. */
export interface VaultFile {
  /** For example `chat-vault-2026-11-21.zip`, by the date in UTC. */
  readonly fileName: string;
  /** The bytes; read from the cloud as fast as they are taken. Fails with `CloudError`; cancelling it ends the export. */
  readonly stream: ReadableStream<Uint8Array<ArrayBuffer>>;
}

/** What a vault file needs of the facade. */
export interface VaultFileParts extends PassingParts {
  /** Folder of the account. */
  readonly basePath: string | undefined;
  /** `secret` opens a sealed vault that this device has no key of. */
  createEngine(cloud: CloudStorage, secret?: RecoverySecret): Engine | Promise<Engine>;
}

/** How a file is read. */
export interface ImportOptions extends RunOptions {
  /** Opens the keys in a file that is encrypted; they are used for this file only. */
  readonly secret?: RecoverySecret;
}

/**
 * The files of a connected cloud, after what is pending was saved there; without one, what this device holds, laid out as a vault.
 *
 * @throws ChatVaultError
 */
export async function exportVault(
  connection: ProviderConnection | null,
  parts: VaultFileParts,
  { signal }: CallOptions,
): Promise<VaultFile> {
  const run = signal ? { signal } : {};
  const { cloud, ended } = connection
    ? await cloudOf(connection, signal)
    : { cloud: await cloudOfDevice(parts, run), ended: undefined };
  const ends = [ended, signal].filter((each) => each !== undefined);
  const { basePath, clock } = parts;
  const day = new Date(clock.now()).toISOString().slice(0, 10);
  const zip = exportZip(cloud, {
    ...(basePath !== undefined && { basePath }),
    signal: AbortSignal.any(ends),
  });
  return { fileName: `chat-vault-${day}.zip`, stream: await begun(zip) };
}

/**
 * Merges the vault in a file into this device.
 *
 * @throws ChatVaultError
 */
export function importVault(
  file: Blob,
  parts: VaultFileParts,
  { signal, onProgress, secret }: ImportOptions,
): Promise<RestoreReport> {
  const { basePath } = parts;
  const call = signal ? { signal } : {};
  return withPassingProvider(parts, async (providerId) => {
    const place = { providerId, ...(basePath !== undefined && { basePath }) };
    const cloud = await zipCloud(file, { ...place, ...call });
    const engine = await parts.createEngine(cloud, secret);
    const looked = await engine.restore({
      ...call,
      // The first of two parts: it is not done yet.
      onProgress: (progress) => progress.phase !== 'done' && onProgress?.(progress),
    });
    const problem = errorOfWarnings(looked.warnings);
    if (problem) throw problem;
    const fetched = await engine.restoreAll({ ...call, ...(onProgress && { onProgress }) });
    return { ...addReports([looked, fetched]), providerId: 'zip' };
  });
}

/** What an export reads, and when it has to end. */
interface ExportSource {
  readonly cloud: CloudStorage;
  readonly ended: AbortSignal;
}

async function cloudOf(
  connection: ProviderConnection,
  signal: AbortSignal | undefined,
): Promise<ExportSource> {
  await syncWhole(connection, signal);
  const look = async ({ cloud }: Engine) => ({ cloud, ended: connection.ended });
  return reportOf(await connection.run('look', look, signal));
}

/** The files are kept in memory, compressed as they are in a cloud, until they were taken. */
async function cloudOfDevice(parts: VaultFileParts, run: RunOptions): Promise<CloudStorage> {
  if ((await parts.storage.recordCount()) === 0) throw nothingToExport();
  return withPassingProvider(parts, async (providerId) => {
    const cloud = memoryCloud({ providerId, now: () => parts.clock.now() });
    const engine = await parts.createEngine(cloud);
    await engine.backup(run);
    return cloud;
  });
}

/** The same stream, its first bytes taken: what fails at once fails here. */
async function begun<Chunk>(stream: ReadableStream<Chunk>): Promise<ReadableStream<Chunk>> {
  const reader = stream.getReader();
  let next: Promise<ReadableStreamReadResult<Chunk>> | undefined = Promise.resolve(
    await reader.read().catch((error: unknown) => {
      throw isNotFound(error) ? nothingToExport(error) : error;
    }),
  );
  const source: UnderlyingDefaultSource<Chunk> = {
    pull: async (controller) => {
      const { done, value } = await (next ?? reader.read());
      next = undefined;
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel: (reason) => reader.cancel(reason),
  };
  return new ReadableStream(source, { highWaterMark: 0 });
}

const isNotFound = (error: unknown): boolean =>
  error instanceof CloudError && error.code === 'not-found';

const nothingToExport = (cause?: unknown): ChatSyncError =>
  new ChatSyncError('nothing-to-export', 'chat-sync: there are no messages to export', { cause });
