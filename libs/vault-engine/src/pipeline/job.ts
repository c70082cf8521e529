import { gzipCodec } from '@chat-vault/core';
import { accountDigest } from '../account-digest.js';
import { meteredCloud } from '../cloud/metered-cloud.js';
import { type EngineOptions } from '../engine-options.js';
import { type ChatVaultEngineParts } from '../engine-parts.js';
import { type Environment } from '../environment.js';
import { type HeldLock } from '../lock/provider-lock.js';
import { type RunOptions } from '../reports/reports.js';
import { ProgressMeter } from '../run/progress-meter.js';
import { type Run } from '../run/run.js';
import { createTally } from '../run/tally.js';
import { gateOf, isLockedError, locked, noteKey, refuseLocked } from '../sealing/encryption.js';
import { Gate } from '../sealing/gate.js';
import { type EngineState, loadState, noteMissing } from '../state/engine-state.js';

/** One call of the engine, as it was asked for. */
export interface Job {
  readonly parts: ChatVaultEngineParts;
  readonly env: Environment;
  readonly engineOptions: EngineOptions;
  readonly options: RunOptions;
  /** Held by calls that write to the cloud. */
  readonly lock: HeldLock | undefined;
  /** Whether it is the call that turns encryption on or off: what the vault is changes by it alone. */
  readonly turnsEncryption?: 'on' | 'off';
}

/** Does the work with a cloud that counts and with progress that ends in a terminal phase, whatever happens. */
export async function carryOut<Result>(
  job: Job,
  work: (run: Run) => Promise<Result>,
): Promise<Result> {
  const { signal } = job.options;
  const { storage, cloud } = job.parts;
  const state = job.lock ? await loadState(storage, cloud.providerId) : null;
  const run = await openRun(job, state);
  try {
    signal?.throwIfAborted();
    if (state && job.turnsEncryption !== 'off') refuseLocked(run, state);
    if (state && job.turnsEncryption === undefined) await noteKey(run, state);
    const result = await work(run);
    await noteMissing(run);
    run.progress.end('done');
    return result;
  } catch (error) {
    run.progress.end(signal?.aborted ? 'aborted' : 'failed');
    if (signal?.aborted) throw signal.reason;
    if (isLockedError(error)) throw locked({ cause: error });
    throw error;
  }
}

async function openRun(
  { parts, env, engineOptions, options, lock }: Job,
  state: EngineState | null,
): Promise<Run> {
  const { storage, cloud, codec = gzipCodec(), opens = [], basePath, logger, accountId } = parts;
  const { signal } = options;
  const tally = createTally();
  const progress = new ProgressMeter(options.onProgress);
  const beforeWrite = async () => lock?.assertHeld();
  // Calls beside a sync read only what known catalogs name, by its digest.
  const gate = state ? gateOf(codec, state) : new Gate(false);
  return {
    storage,
    gate,
    cloud: meteredCloud(cloud, { tally, progress, signal, beforeWrite }),
    codec,
    opens,
    basePath: basePath ?? 'chat-vault',
    account: accountId === undefined ? undefined : await accountDigest(accountId),
    logger,
    options: engineOptions,
    env,
    provider: cloud.providerId,
    signal,
    tally,
    progress,
    startedAt: env.monotonic(),
  };
}
