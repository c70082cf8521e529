import { type Environment } from '../environment.js';
import { EngineError } from '../reports/engine-error.js';

/** The part of `navigator.locks` that is used. */
export interface LockManagerLike {
  request(
    name: string,
    options: { readonly ifAvailable?: boolean; readonly steal?: boolean },
    work: (lock: unknown) => Promise<void>,
  ): Promise<unknown>;
}

/** Who holds the lock and when it last said so; kept where all tabs see it. */
export interface Lease {
  readonly holder: string;
  /** Unix milliseconds. */
  readonly at: number;
}

/** Where the lease is kept. */
export interface LeaseStore {
  read(): Promise<Lease | undefined>;
  write(lease: Lease): Promise<void>;
}

/** What a lock needs. */
export interface ProviderLockParts {
  readonly name: string;
  readonly locks: LockManagerLike | undefined;
  readonly lease: LeaseStore;
  readonly env: Environment;
  readonly timeoutMs: number;
  /** Whether this tab may take over from a frozen one. */
  readonly isVisible: () => boolean;
  /** Ends the waiting. */
  readonly signal?: AbortSignal | undefined;
}

/** Held while a run works. */
export interface HeldLock {
  /** Rejects with `lock-lost` when another tab took over meanwhile: asked before each write. */
  assertHeld(): Promise<void>;
}

const queues = new Map<string, Promise<unknown>>();

/**
 * Runs `work` alone among all tabs and workers of the database (Web Locks), or among this thread where there are none. A holder that gave no heartbeat for `timeoutMs`
 * (a frozen tab) loses the lock to a visible tab. Correctness does not depend on it: two that run anyway are only wasteful.
 */
export async function withProviderLock<Result>(
  parts: ProviderLockParts,
  work: (lock: HeldLock) => Promise<Result>,
): Promise<Result> {
  const hold = () => holdLease(parts, work);
  if (parts.locks === undefined) return inQueue(parts.name, hold);
  for (;;) {
    const outcome = await tryLock(parts, parts.locks, hold);
    if (outcome.isDone) return outcome.result;
    await parts.env.sleep(Math.min(1_000, parts.timeoutMs / 4), parts.signal);
  }
}

type Attempt<Result> =
  { readonly isDone: true; readonly result: Result } | { readonly isDone: false };

async function tryLock<Result>(
  parts: ProviderLockParts,
  locks: LockManagerLike,
  hold: () => Promise<Result>,
): Promise<Attempt<Result>> {
  let attempt: Attempt<Result> = { isDone: false };
  let holding: Promise<Result> | undefined;
  const run = async (lock: unknown) => {
    if (lock === null) return;
    holding = hold();
    attempt = { isDone: true, result: await holding };
  };
  const steal = await isHolderFrozen(parts);
  try {
    await locks.request(parts.name, steal ? { steal: true } : { ifAvailable: true }, run);
  } catch (error) {
    // Robbed: the request ends at once, but the work goes on until it asks before its next write.
    if (holding === undefined) throw error;
    return { isDone: true, result: await holding };
  }
  return attempt;
}

async function isHolderFrozen(parts: ProviderLockParts): Promise<boolean> {
  if (!parts.isVisible()) return false;
  const lease = await parts.lease.read();
  return lease !== undefined && parts.env.now() - lease.at > parts.timeoutMs;
}

async function holdLease<Result>(
  parts: ProviderLockParts,
  work: (lock: HeldLock) => Promise<Result>,
): Promise<Result> {
  const holder = parts.env.uuid();
  const { lease, env } = parts;
  const beat = () => lease.write({ holder, at: env.now() });
  const done = new AbortController();
  await beat();
  const heart = keepBeating(parts, holder, beat, done.signal);
  try {
    return await work({ assertHeld: () => assertHolder(parts, holder) });
  } finally {
    done.abort();
    await heart;
    const last = await lease.read().catch(() => undefined);
    if (last?.holder === holder) await lease.write({ holder: '', at: 0 }).catch(() => undefined);
  }
}

async function keepBeating(
  parts: ProviderLockParts,
  holder: string,
  beat: () => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  try {
    while (!signal.aborted) {
      await parts.env.sleep(parts.timeoutMs / 5, signal);
      const lease = await parts.lease.read();
      if (lease?.holder !== holder) return;
      await beat();
    }
  } catch {
    // Aborted: the work is done. A storage that fails here fails the work itself too.
  }
}

async function assertHolder(parts: ProviderLockParts, holder: string): Promise<void> {
  const lease = await parts.lease.read();
  if (lease?.holder === holder) return;
  throw new EngineError(
    'lock-lost',
    'vault-engine: another tab took over this sync; it goes on there',
  );
}

async function inQueue<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
  const before = queues.get(name) ?? Promise.resolve();
  const mine = before.then(work, work);
  const settled = mine.then(
    () => undefined,
    () => undefined,
  );
  queues.set(name, settled);
  try {
    return await mine;
  } finally {
    if (queues.get(name) === settled) queues.delete(name);
  }
}
