import { type MessagePosition } from '@chat-vault/chat-storage';
import { type CloudStorage } from '@chat-vault/cloud-storage';
import { askingCloud } from './cloud/asking-cloud.js';
import { defaultEnvironment } from './default-environment.js';
import { DEFAULT_ENGINE_OPTIONS } from './engine-options.js';
import { type ChatVaultEngineParts } from './engine-parts.js';
import { type HeldLock, type LockManagerLike, withProviderLock } from './lock/provider-lock.js';
import { storedLease } from './lock/stored-lease.js';
import { type Job } from './pipeline/job.js';
import {
  type BackupReport,
  type CompactionReport,
  type GarbageReport,
  type HistoryPage,
  type RestoreReport,
  type RewriteReport,
  type RunOptions,
  type SyncReport,
  type VaultInventory,
  type VerifyReport,
} from './reports/reports.js';
import { loadPipeline } from './run/load-chunk.js';
import { type Run } from './run/run.js';

type Pipeline = Awaited<ReturnType<typeof loadPipeline>>;
type Work<Result> = (pipeline: Pipeline, run: Run) => Promise<Result>;

/**
 * Turns a `ChatStorage` and a `CloudStorage` into one history on all devices: restore, merge, back up, maintain
 * (docs/sync-engine.md). It holds no state of its own: all of it is in the storage, so a crash or a closed tab at any step
 * costs work, never data. What it does is loaded when it is first asked for.
 *
 * Every call may reject with `CloudError`, `StorageError`, `EngineError`, or the reason of an aborted signal; nothing is lost
 * then, and the next call starts over.
 */
export class ChatVaultEngine {
  readonly #parts: ChatVaultEngineParts;
  readonly #job: Pick<Job, 'parts' | 'env' | 'engineOptions'>;
  #running: Promise<SyncReport> | undefined;

  constructor(parts: ChatVaultEngineParts) {
    this.#parts = parts;
    this.#job = {
      parts,
      env: { ...defaultEnvironment(), ...parts.environment },
      engineOptions: { ...DEFAULT_ENGINE_OPTIONS, ...parts.options },
    };
  }

  /** The cloud that this engine was given. */
  get cloud(): CloudStorage {
    return this.#parts.cloud;
  }

  /** Restore, back up, maintain. With nothing new it costs two requests. A second call joins the running one. */
  sync(options: RunOptions = {}): Promise<SyncReport> {
    this.#running ??= this.#alone(options, (pipeline, run) => pipeline.sync(run)).finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  /** Merges what the cloud has and this device lacks; writes nothing to the cloud. */
  restore(options: RunOptions = {}): Promise<RestoreReport> {
    return this.#alone(options, (pipeline, run) => pipeline.restore(run));
  }

  /** Uploads what the cloud lacks, without looking at it first, save at the first contact: another account's vault is refused then. */
  backup(options: RunOptions = {}): Promise<BackupReport> {
    return this.#alone(options, (pipeline, run) => pipeline.backup(run));
  }

  /** Brings everything of a UTC month here (`2024-01`), of one conversation when given. Nothing to fetch: no request. */
  restoreMonth(
    target: { readonly month: string; readonly conversationUrn?: string },
    options: RunOptions = {},
  ): Promise<RestoreReport> {
    return this.#beside(options, (pipeline, run) => pipeline.restoreMonth(run, target));
  }

  /**
   * Brings everything here that the cloud has by the last sync, the newest months first: for reading without a network, for a copy of all of
   * it. Cut off, the next call goes on. Nothing to fetch: no request.
   */
  restoreAll(options: RunOptions = {}): Promise<RestoreReport> {
    return this.#beside(options, (pipeline, run) => pipeline.restoreAll(run));
  }

  /** The newest `limit` messages older than `before`, without gaps: fetches what is missing first. */
  loadOlder(
    query: {
      readonly conversationUrn: string;
      readonly before?: MessagePosition;
      readonly limit: number;
    },
    options: RunOptions = {},
  ): Promise<HistoryPage> {
    return this.#beside(options, (pipeline, run) => pipeline.loadOlder(run, query));
  }

  /** Folds deltas and merges runs now, whatever the threshold says. */
  compact(options: RunOptions = {}): Promise<CompactionReport> {
    return this.#alone(options, (pipeline, run) => pipeline.compact(run));
  }

  /** Removes superseded files whose grace is over. */
  collectGarbage(options: RunOptions = {}): Promise<GarbageReport> {
    return this.#alone(options, (pipeline, run) => pipeline.collectGarbage(run));
  }

  /** Reads everything in the cloud, or one month, and compares it with what is here. Changes nothing there. */
  verify(options: RunOptions & { readonly month?: string } = {}): Promise<VerifyReport> {
    return this.#alone(options, (pipeline, run) => pipeline.verify(run, options.month));
  }

  /** Heals the vault with what is present in the cloud and on this device. Removes nothing. */
  repair(options: RunOptions = {}): Promise<BackupReport> {
    return this.#alone(options, (pipeline, run) => pipeline.repair(run));
  }

  /**
   * Forgets what was known of the provider and uploads the whole local store: for a cloud that was emptied. Documents of the provider that
   * are not the engine's and are to stay are named by `keep`. Cut off, it is completed by the next sync.
   */
  reseed(options: RunOptions & { readonly keep?: readonly string[] } = {}): Promise<BackupReport> {
    const { keep = [] } = options;
    return this.#alone(options, (pipeline, run) => pipeline.reseed(run, keep));
  }

  /**
   * Turns encryption on, with a codec that seals: what is there now counts on, and of what comes later only what is sealed. Nothing is rewritten yet. Call it before the
   * first sync with that codec; a vault that is encrypted already is joined instead. Cut off, it is completed by the next sync.
   */
  seal(options: RunOptions = {}): Promise<BackupReport> {
    return this.#alone(options, (pipeline, run) => pipeline.seal(run), 'on');
  }

  /**
   * Turns encryption off, on this device: with a codec that does not seal, and the one that does in `opens`. Other devices with the key go on sealing until they are told
   * too; nothing that a cloud shows tells them. Cut off, it is completed by the next sync.
   */
  unseal(options: RunOptions = {}): Promise<BackupReport> {
    return this.#alone(options, (pipeline, run) => pipeline.unseal(run), 'off');
  }

  /**
   * Writes what is not sealed yet anew, sealed, and what was sealed with an older key; after encryption was turned off, the other way round. Readable at every moment; aborted or cut off, the next call goes
   * on. About `maxVaults` month vaults a call, all by default. What was replaced is removed as garbage.
   */
  rewrite(options: RunOptions & { readonly maxVaults?: number } = {}): Promise<RewriteReport> {
    const { maxVaults = Number.POSITIVE_INFINITY } = options;
    return this.#alone(options, (pipeline, run) => pipeline.rewrite(run, maxVaults));
  }

  /** What the cloud holds by the last sync, month by month; no request. */
  inventory(options: RunOptions = {}): Promise<VaultInventory> {
    return this.#beside(options, (pipeline, run) => pipeline.inventory(run));
  }

  /**
   * Does other work with the cloud, for example moving a vault into it, as the only one among all tabs: nothing else is written there by
   * this device meanwhile. Writes to the cloud that `work` is given reject with `lock-lost` once another tab took over. No call of this
   * engine that writes may be made inside: it would wait for itself.
   */
  exclusively<Result>(
    work: (cloud: CloudStorage) => Promise<Result>,
    options: Pick<RunOptions, 'signal'> = {},
  ): Promise<Result> {
    return this.#locked(options, (lock) => work(askingCloud(this.cloud, () => lock.assertHeld())));
  }

  /** Runs as the only one among all tabs. */
  async #alone<Result>(
    options: RunOptions,
    work: Work<Result>,
    turnsEncryption?: Job['turnsEncryption'],
  ): Promise<Result> {
    let hasStarted = false;
    const waiting = this.#locked(options, async (lock) => {
      const pipeline = await loadPipeline();
      hasStarted = true;
      const job: Job = {
        ...this.#job,
        options,
        lock,
        ...(turnsEncryption && { turnsEncryption }),
      };
      return pipeline.carryOut(job, (run) => work(pipeline, run));
    });
    try {
      return await waiting;
    } catch (error) {
      if (!hasStarted) tellNeverStarted(options);
      throw error;
    }
  }

  #locked<Result>(
    { signal }: Pick<RunOptions, 'signal'>,
    work: (lock: HeldLock) => Promise<Result>,
  ): Promise<Result> {
    const { storage, cloud, locks } = this.#parts;
    const { env, engineOptions } = this.#job;
    return withProviderLock(
      {
        name: `chat-vault:${cloud.providerId}:${storage.deviceId}`,
        locks: (locks === undefined ? navigatorLocks() : locks) ?? undefined,
        lease: storedLease(storage, cloud.providerId),
        env,
        timeoutMs: engineOptions.lockTimeoutMs,
        isVisible: () => globalThis.document?.visibilityState !== 'hidden',
        ...(signal && { signal }),
      },
      work,
    );
  }

  /** Runs beside a sync: scrolling does not wait for one. */
  async #beside<Result>(
    options: RunOptions,
    work: (pipeline: Pipeline, run: Run) => Promise<Result>,
  ): Promise<Result> {
    const pipeline = await loadPipeline();
    const job: Job = { ...this.#job, options, lock: undefined };
    return pipeline.carryOut(job, (run) => work(pipeline, run));
  }
}

/** A call that ends before its turn came has a terminal progress too. */
function tellNeverStarted({ signal, onProgress }: RunOptions): void {
  const phase = signal?.aborted ? 'aborted' : 'failed';
  onProgress?.({ phase, filesDone: 0, filesTotal: 0, bytesDone: 0, bytesTotal: 0 });
}

function navigatorLocks(): LockManagerLike | undefined {
  // eslint-disable-next-line no-restricted-globals -- a default, which callers and tests replace
  const { locks } = (globalThis.navigator ?? {}) as { locks?: LockManagerLike };
  return locks;
}
