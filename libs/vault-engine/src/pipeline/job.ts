import { gzipCodec } from '@chat-vault/core';
import { sha256Hex } from '@chat-vault/core/format';
import { meteredCloud } from '../cloud/metered-cloud.js';
import { type EngineOptions } from '../engine-options.js';
import { type ChatVaultEngineParts } from '../engine-parts.js';
import { type Environment } from '../environment.js';
import { type HeldLock } from '../lock/provider-lock.js';
import { type RunOptions } from '../reports/reports.js';
import { ProgressMeter } from '../run/progress-meter.js';
import { type Run } from '../run/run.js';
import { createTally } from '../run/tally.js';
import { noteMissing } from '../state/engine-state.js';

/** One call of the engine, as it was asked for. */
export interface Job {
  readonly parts: ChatVaultEngineParts;
  readonly env: Environment;
  readonly engineOptions: EngineOptions;
  readonly options: RunOptions;
  /** Held by calls that write to the cloud. */
  readonly lock: HeldLock | undefined;
}

/** Does the work with a cloud that counts and with progress that ends in a terminal phase, whatever happens. */
export async function carryOut<Result>(
  job: Job,
  work: (run: Run) => Promise<Result>,
): Promise<Result> {
  const { signal } = job.options;
  const run = await openRun(job);
  try {
    signal?.throwIfAborted();
    const result = await work(run);
    await noteMissing(run);
    run.progress.end('done');
    return result;
  } catch (error) {
    run.progress.end(signal?.aborted ? 'aborted' : 'failed');
    if (signal?.aborted) throw signal.reason;
    throw error;
  }
}

async function openRun({ parts, env, engineOptions, options, lock }: Job): Promise<Run> {
  const { storage, cloud, codec, basePath, logger, accountId } = parts;
  const { signal } = options;
  const tally = createTally();
  const progress = new ProgressMeter(options.onProgress);
  const beforeWrite = async () => lock?.assertHeld();
  return {
    storage,
    cloud: meteredCloud(cloud, { tally, progress, signal, beforeWrite }),
    codec: codec ?? gzipCodec(),
    basePath: basePath ?? 'chat-vault',
    account: accountId === undefined ? undefined : await digestOf(accountId),
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

const digestOf = async (accountId: string): Promise<string> =>
  (await sha256Hex(new TextEncoder().encode(accountId))).slice(0, 16);
