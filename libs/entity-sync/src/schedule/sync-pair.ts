import { type EntitySyncEnvironment } from '../environment.js';
import { EntitySyncError } from '../errors/entity-sync-error.js';
import { type SyncResult } from '../sync/sync-handler.js';
import { type TelemetryEvent } from './telemetry.js';
import { type TierState } from './tier-state.js';

/** What a pair works with. */
export interface SyncPairParts {
  /** The ids of the two tiers. */
  readonly from: string;
  readonly to: string;
  readonly sync: () => Promise<SyncResult>;
  readonly environment: Pick<EntitySyncEnvironment, 'now'>;
  readonly onState: () => void;
  readonly onTelemetry: (event: TelemetryEvent) => void;
  readonly onResult: (result: SyncResult) => void;
}

/** Two tiers that are kept equal: one sync at a time, and at most one more waiting. */
export class SyncPair {
  readonly #parts: SyncPairParts;
  #running: Promise<void> | undefined;
  #waiting: Promise<void> | undefined;
  #changes = 1;
  #syncedChanges = 0;
  #error: unknown = null;
  #syncedAt: number | null = null;
  #isComplete = false;
  #isDueAgain = false;

  constructor(parts: SyncPairParts) {
    this.#parts = parts;
  }

  /** Whether a first sync has brought all that the second tier held. */
  get hasSynced(): boolean {
    return this.#isComplete;
  }

  /** Whether the last sync skipped keys that changed meanwhile. */
  get isDueAgain(): boolean {
    return this.#isDueAgain;
  }

  get state(): TierState {
    return {
      tierId: this.#parts.to,
      isSyncing: this.#running !== undefined,
      isDirty: this.isDirty,
      error: this.#error,
      syncedAt: this.#syncedAt,
    };
  }

  /** Whether the last attempt failed. */
  get hasFailed(): boolean {
    return this.#error !== null;
  }

  get isDirty(): boolean {
    return this.#changes !== this.#syncedChanges;
  }

  /** Notes that the first tier changed. */
  markDirty(): void {
    this.#changes += 1;
    this.#parts.onState();
  }

  /** Notes what asking the second tier failed with outside of a sync. */
  noteError(error: unknown): void {
    this.#error = error;
    this.#parts.onState();
  }

  /** A sync that begins after this call; calls meanwhile share it. Rejects with what it failed with. */
  run(): Promise<void> {
    if (!this.#running) return this.#start();
    this.#waiting ??= this.#running
      .catch(() => undefined)
      .then(() => {
        this.#waiting = undefined;
        return this.#start();
      });
    return this.#waiting;
  }

  #start(): Promise<void> {
    const run = this.#sync().finally(() => {
      this.#running = undefined;
      this.#parts.onState();
    });
    this.#running = run;
    this.#parts.onState();
    return run;
  }

  async #sync(): Promise<void> {
    const { environment } = this.#parts;
    const startedAt = environment.now();
    const changes = this.#changes;
    let result: SyncResult | undefined;
    try {
      result = await this.#parts.sync();
      this.#parts.onResult(result);
      throwFailure(result);
      this.#error = null;
      this.#syncedAt = environment.now();
      this.#isDueAgain = result.skipped.length > 0;
      if (this.#isDueAgain) return;
      this.#syncedChanges = changes;
      this.#isComplete = true;
    } catch (error) {
      this.#error = error;
      throw error;
    } finally {
      this.#tell(startedAt, result);
    }
  }

  #tell(startedAt: number, result: SyncResult | undefined): void {
    const { environment, from, to, onTelemetry } = this.#parts;
    onTelemetry({
      kind: 'sync',
      from,
      to,
      startedAt,
      durationMs: environment.now() - startedAt,
      outcome: this.hasFailed ? 'failed' : 'done',
      ...(this.hasFailed ? { error: this.#error } : {}),
      keysCompared: result?.compared ?? 0,
      keysWritten: (result?.keysToA.length ?? 0) + (result?.keysToB.length ?? 0),
      keysSkipped: result?.skipped.length ?? 0,
      conflicts: result?.conflicts ?? 0,
      bytes: result?.bytes ?? 0,
    });
  }
}

/** A side that refused what it lacks is a failure, and keys that were left alone are one, after all others were synced. */
function throwFailure({ failure, problems }: SyncResult): void {
  if (failure !== undefined) throw failure;
  const [[key, cause] = []] = problems;
  if (key === undefined) return;
  throw new EntitySyncError(
    'malformed',
    `entity-sync: ${problems.size} keys were left alone, the first is "${key}": ${String(cause)}`,
    { details: { keys: [...problems.keys()] }, cause },
  );
}
