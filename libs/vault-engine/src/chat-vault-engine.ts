import { type ChatStorage, type MessagePosition } from '@chat-vault/chat-storage';
import { type CloudStorage } from '@chat-vault/cloud-storage';
import { gzipCodec, type Logger, type VaultCodec } from '@chat-vault/core';
import { sha256Hex } from '@chat-vault/core/format';
import { backUpPending, joinProvider } from './backup/backup.js';
import { meteredCloud } from './cloud/metered-cloud.js';
import { defaultEnvironment } from './default-environment.js';
import { DEFAULT_ENGINE_OPTIONS, type EngineOptions } from './engine-options.js';
import { type Environment } from './environment.js';
import { type HeldLock, type LockManagerLike, withProviderLock } from './lock/provider-lock.js';
import { storedLease } from './lock/stored-lease.js';
import { loadMaintenance, loadReader } from './run/load-chunk.js';
import { backUpWithin, maintain, recommitForgotten } from './maintain/maintain.js';
import {
  type BackupReport,
  type CompactionReport,
  type GarbageReport,
  type HistoryPage,
  type RestoreReport,
  type RunOptions,
  type SyncReport,
  type VaultInventory,
  type VerifyReport,
} from './reports/reports.js';
import { isHydrationDue, restoreFromCloud } from './restore/restore.js';
import { ProgressMeter } from './run/progress-meter.js';
import { type Run, type Workshop } from './run/run.js';
import { createTally, runReport } from './run/tally.js';
import { type EngineState, loadState, noteMissing } from './state/engine-state.js';

/** What an engine is made of. */
export interface ChatVaultEngineParts {
  readonly storage: ChatStorage;
  readonly cloud: CloudStorage;
  /** Default: `gzipCodec()`. */
  readonly codec?: VaultCodec;
  /** Folder of the account in the cloud, default `chat-vault`. */
  readonly basePath?: string;
  /** Identity of the account in the app; a vault of another one is refused as `foreign-vault`. */
  readonly accountId?: string;
  readonly logger?: Logger;
  readonly options?: Partial<EngineOptions>;
  /** For tests and simulations. */
  readonly environment?: Partial<Environment>;
  /** Default: `navigator.locks` where there is one; `null` for a queue within this thread. */
  readonly locks?: LockManagerLike | null;
}

/**
 * Turns a `ChatStorage` and a `CloudStorage` into one history on all devices: restore, merge, back up, maintain (docs/sync-engine.md). It holds no state of its
 * own: all of it is in the storage, so a crash or a closed tab at any step costs work, never data.
 *
 * Every call may reject with `CloudError`, `StorageError`, `EngineError`, or the reason of an aborted signal; nothing is lost then, and the next call starts over.
 */
export class ChatVaultEngine {
  readonly #parts: ChatVaultEngineParts;
  readonly #env: Environment;
  readonly #options: EngineOptions;
  #account: Promise<string | undefined> | undefined;
  #running: Promise<SyncReport> | undefined;

  constructor(parts: ChatVaultEngineParts) {
    this.#parts = parts;
    this.#env = { ...defaultEnvironment(), ...parts.environment };
    this.#options = { ...DEFAULT_ENGINE_OPTIONS, ...parts.options };
  }

  /** Restore, back up, maintain. With nothing new it costs two requests. A second call joins the running one. */
  sync(options: RunOptions = {}): Promise<SyncReport> {
    this.#running ??= this.#locked(options, (run) => this.#syncOnce(run)).finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  /** Merges what the cloud has and this device lacks; writes nothing to the cloud. */
  restore(options: RunOptions = {}): Promise<RestoreReport> {
    return this.#locked(options, async (run) => {
      await joinProvider(run);
      const restored = await restoreFromCloud(run);
      if (!restored.isEmptied) await hydrate(run, restored.state);
      return this.#restoreReport(run);
    });
  }

  /** Uploads what the cloud lacks, without looking at it first. */
  backup(options: RunOptions = {}): Promise<BackupReport> {
    return this.#locked(options, async (run) => {
      await joinProvider(run);
      await backUpPending(run);
      return this.#backupReport(run);
    });
  }

  /** Brings everything of a UTC month here (`2024-01`), of one conversation when given. Nothing to fetch: no request. */
  restoreMonth(
    target: { readonly month: string; readonly conversationUrn?: string },
    options: RunOptions = {},
  ): Promise<RestoreReport> {
    return this.#unlocked(options, async (run) => {
      run.progress.enter('restoring');
      const { restoreMonthHere } = await loadReader();
      await restoreMonthHere(run, viewOf(await loadState(run.storage, run.provider)), target);
      return this.#restoreReport(run);
    });
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
    return this.#unlocked(options, async (run) => {
      run.progress.enter('restoring');
      const { loadOlderPage } = await loadReader();
      return loadOlderPage(run, viewOf(await loadState(run.storage, run.provider)), query);
    });
  }

  /** Folds deltas and merges runs now, whatever the threshold says. */
  compact(options: RunOptions = {}): Promise<CompactionReport> {
    return this.#locked(options, async (run) => {
      const { listing, isEmptied } = await restoreFromCloud(run);
      const outcome = isEmptied
        ? NOTHING
        : await (await loadMaintenance()).compactVault(run, listing);
      return { ...this.#report(run), ...outcome };
    });
  }

  /** Removes superseded files whose grace is over. */
  collectGarbage(options: RunOptions = {}): Promise<GarbageReport> {
    return this.#locked(options, async (run) => {
      const { listing } = await restoreFromCloud(run);
      const outcome = await (await loadMaintenance()).collectGarbageFiles(run, listing);
      return { ...this.#report(run), ...outcome };
    });
  }

  /** Reads everything in the cloud, or one month, and compares it with what is here. Changes nothing there. */
  verify(options: RunOptions & { readonly month?: string } = {}): Promise<VerifyReport> {
    return this.#locked(options, async (run) => {
      await restoreFromCloud(run);
      const outcome = await (await loadMaintenance()).verifyVault(run, options.month);
      const isOk =
        outcome.damaged.length +
          outcome.missing.length +
          outcome.unnamed.length +
          outcome.unsealed.length +
          outcome.missingRecords +
          outcome.missingLocally ===
        0;
      return { ...this.#report(run), ...outcome, ok: isOk };
    });
  }

  /** Heals the vault with what is present in the cloud and on this device. Removes nothing. */
  repair(options: RunOptions = {}): Promise<BackupReport> {
    return this.#locked(options, async (run) => {
      await restoreFromCloud(run);
      await (await loadMaintenance()).repairVault(run);
      return this.#backupReport(run);
    });
  }

  /** Forgets what was known of the provider and uploads the whole local store: for a cloud that was emptied. */
  reseed(options: RunOptions = {}): Promise<BackupReport> {
    return this.#locked(options, async (run, lock) => {
      await run.storage.forgetProvider(run.provider);
      await lock.renew();
      await joinProvider(run);
      await restoreFromCloud(run);
      await backUpPending(run);
      return this.#backupReport(run);
    });
  }

  /** What the cloud holds by the last sync, month by month; no request. */
  inventory(options: RunOptions = {}): Promise<VaultInventory> {
    return this.#unlocked(options, async (run) => (await loadMaintenance()).takeInventory(run));
  }

  async #syncOnce(run: Run): Promise<SyncReport> {
    await joinProvider(run);
    const restored = await restoreFromCloud(run);
    const { state, isEmptied } = restored;
    if (isEmptied) return { ...(await this.#syncReport(run)), compaction: null, garbage: null };
    await recommitForgotten(run, restored);
    await backUpWithin(run, restored);
    await hydrate(run, state);
    const { compaction, garbage } = await maintain(run, restored);
    const report = this.#report(run);
    return {
      ...(await this.#syncReport(run)),
      compaction: compaction && { ...report, ...compaction },
      garbage: garbage && { ...report, ...garbage },
    };
  }

  async #syncReport(run: Run) {
    return { ...(await this.#backupReport(run)), ...this.#restoreReport(run) };
  }

  #restoreReport(run: Run): RestoreReport {
    const { messagesNew, messagesUpdated, messagesDeleted, isIncomplete } = run.tally;
    const incomplete = isIncomplete;
    return { ...this.#report(run), messagesNew, messagesUpdated, messagesDeleted, incomplete };
  }

  async #backupReport(run: Run): Promise<BackupReport> {
    const { records } = await run.storage.pendingSummary(run.provider);
    const { recordsUploaded } = run.tally;
    return { ...this.#report(run), recordsUploaded, recordsPending: records };
  }

  #report(run: Run) {
    const durationMs = Math.round(run.env.monotonic() - run.startedAt);
    return runReport(run.tally, { providerId: run.provider, durationMs });
  }

  #locked<Result>(
    options: RunOptions,
    work: (run: Run, lock: HeldLock) => Promise<Result>,
  ): Promise<Result> {
    const { storage, cloud } = this.#parts;
    const locks = this.#parts.locks === undefined ? navigatorLocks() : this.#parts.locks;
    return withProviderLock(
      {
        name: `chat-vault:${cloud.providerId}:${storage.deviceId}`,
        locks: locks ?? undefined,
        lease: storedLease(storage, cloud.providerId),
        env: this.#env,
        timeoutMs: this.#options.lockTimeoutMs,
        isVisible: () => globalThis.document?.visibilityState !== 'hidden',
      },
      (lock) =>
        this.#run(
          options,
          () => lock.assertHeld(),
          (run) => work(run, lock),
        ),
    );
  }

  #unlocked<Result>(options: RunOptions, work: (run: Run) => Promise<Result>): Promise<Result> {
    return this.#run(options, () => Promise.resolve(), work);
  }

  async #run<Result>(
    options: RunOptions,
    beforeWrite: () => Promise<void>,
    work: (run: Run) => Promise<Result>,
  ): Promise<Result> {
    const { signal } = options;
    signal?.throwIfAborted();
    const tally = createTally();
    const progress = new ProgressMeter(options.onProgress);
    const workshop = await this.#workshop();
    const run: Run = {
      ...workshop,
      cloud: meteredCloud(workshop.cloud, { tally, progress, signal, beforeWrite }),
      provider: workshop.cloud.providerId,
      signal,
      tally,
      progress,
      startedAt: this.#env.monotonic(),
    };
    try {
      const result = await work(run);
      await noteMissing(run);
      progress.end('done');
      return result;
    } catch (error) {
      progress.end(signal?.aborted ? 'aborted' : 'failed');
      if (signal?.aborted) throw signal.reason;
      throw error;
    }
  }

  async #workshop(): Promise<Workshop> {
    const { storage, cloud, codec, basePath, logger, accountId } = this.#parts;
    this.#account ??= accountId === undefined ? Promise.resolve(undefined) : digestOf(accountId);
    return {
      storage,
      cloud,
      codec: codec ?? gzipCodec(),
      basePath: basePath ?? 'chat-vault',
      account: await this.#account,
      logger,
      options: this.#options,
      env: this.#env,
    };
  }
}

const NOTHING = { committed: false, deltasFolded: 0, vaultsReplaced: 0, vaultsWritten: 0 };

const viewOf = (state: EngineState) => ({ join: state.vault.join, applied: state.applied });

/** Gives a new device something to show. */
async function hydrate(run: Run, state: EngineState): Promise<void> {
  if (await isHydrationDue(run, state))
    await (await loadReader()).hydrateNewest(run, viewOf(state));
}

const digestOf = async (accountId: string): Promise<string> =>
  (await sha256Hex(new TextEncoder().encode(accountId))).slice(0, 16);

function navigatorLocks(): LockManagerLike | undefined {
  const { locks } = (globalThis.navigator ?? {}) as { locks?: LockManagerLike };
  return locks;
}
