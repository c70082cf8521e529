import { type ByteRange, type CallOptions, type CloudStorage } from '@chat-vault/cloud-storage';
import { type ProgressMeter } from '../run/progress-meter.js';
import { type Tally } from '../run/tally.js';

/** What a metered cloud reports to, and asks before it writes. */
export interface MeterOptions {
  readonly tally: Tally;
  readonly progress: ProgressMeter;
  readonly signal: AbortSignal | undefined;
  /** Rejects when this run may no longer write (another tab took over). */
  readonly beforeWrite: () => Promise<void>;
}

/** The same cloud, counting requests and bytes, passing the run's signal on, and asking before each write. */
export function meteredCloud(cloud: CloudStorage, options: MeterOptions): CloudStorage {
  const { tally, progress, signal } = options;
  const call = (): CallOptions => {
    signal?.throwIfAborted();
    tally.requests += 1;
    return signal ? { signal } : {};
  };
  return {
    providerId: cloud.providerId,
    displayName: cloud.displayName,
    ...(cloud.listingLagMs === undefined ? {} : { listingLagMs: cloud.listingLagMs }),
    // Async, so that an abort rejects and never throws between two calls that were to start together.
    list: async (folder) => cloud.list(folder, call()),
    listFolders: async (folder) => cloud.listFolders(folder, call()),
    read: async (path: string, how?: { readonly range?: ByteRange }) => {
      const bytes = await cloud.read(path, {
        ...call(),
        ...(how?.range ? { range: how.range } : {}),
      });
      tally.filesRead += 1;
      tally.bytesDown += bytes.length;
      progress.done(1, bytes.length);
      return bytes;
    },
    create: async (path: string, bytes: Uint8Array) => {
      await options.beforeWrite();
      await cloud.create(path, bytes, call());
      tally.filesWritten += 1;
      tally.bytesUp += bytes.length;
      progress.done(1, bytes.length);
    },
    remove: async (path: string) => {
      await options.beforeWrite();
      await cloud.remove(path, call());
      tally.filesRemoved += 1;
    },
  };
}
