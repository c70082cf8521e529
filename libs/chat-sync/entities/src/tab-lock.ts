import { type ɵSEAM } from '@chat-vault/chat-sync';
import { type InjectionToken } from '@angular/core';

type ValueOf<Token> = Token extends InjectionToken<infer Value> ? Value : never;

/** Time and chance of the facade. */
export type Clock = ValueOf<(typeof ɵSEAM)['CHAT_SYNC_CLOCK']>;

/** The part of `navigator.locks` that is used. */
export interface TabLocks {
  request(
    name: string,
    options: { readonly signal: AbortSignal },
    work: () => Promise<void>,
  ): Promise<unknown>;
}

/** A tab that holds the lock for longer is frozen, or its cloud is. */
const MAX_WAIT_MS = 30_000;

/**
 * Runs `work` while no other tab does; without locks, or when another tab does not come to an end, all the same: two that sync at once are only
 * wasteful.
 */
export async function aloneAmongTabs(
  {
    name,
    locks,
    clock,
  }: { readonly name: string; readonly locks: TabLocks | undefined; readonly clock: Clock },
  work: () => Promise<void>,
): Promise<void> {
  if (!locks) return work();
  const waiting = new AbortController();
  const stopWaiting = clock.after(MAX_WAIT_MS, () => waiting.abort());
  let hasBegun = false;
  try {
    await locks.request(name, { signal: waiting.signal }, () => {
      hasBegun = true;
      stopWaiting();
      return work();
    });
  } catch (error) {
    // A page that may not lock (as in a sandbox) refuses at once.
    if (hasBegun) throw error;
    await work();
  } finally {
    stopWaiting();
  }
}
