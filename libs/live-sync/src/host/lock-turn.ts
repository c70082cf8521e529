import { type HostLocks } from './host-environment.js';

/** `released`: by us; `lost`: another has stolen it; `refused`: the page may not lock, as in a sandbox. */
export type TurnEnd = 'released' | 'lost' | 'refused';

/** One turn at a lock: waiting for it, then holding it, then over. */
export interface LockTurn {
  /** Never rejects. */
  readonly ended: Promise<TurnEnd>;
  /** Stops waiting, or gives the lock to the next. */
  release(): void;
}

/** Waits for the lock, or takes it from whoever holds it. `onHeld` is called when it is ours, never after `release`. */
export function takeTurn(options: {
  readonly locks: HostLocks;
  readonly name: string;
  readonly mode: 'wait' | 'steal';
  readonly onHeld: () => void;
}): LockTurn {
  const { locks, name, mode, onHeld } = options;
  const waiting = new AbortController();
  const { promise: released, resolve: letGo } = openPromise();
  let isHeld = false;
  let isOver = false;
  const hold = (): Promise<void> => {
    if (isOver) return Promise.resolve();
    isHeld = true;
    onHeld();
    return released;
  };
  const run = async (): Promise<TurnEnd> => {
    try {
      const how = mode === 'steal' ? { steal: true } : { signal: waiting.signal };
      await locks.request(name, how, hold);
      return 'released';
    } catch {
      // Stolen, or not allowed: which of both is known from whether it was ever held.
      if (isOver) return 'released';
      return isHeld ? 'lost' : 'refused';
    }
  };
  return {
    ended: run(),
    release: () => {
      isOver = true;
      letGo();
      waiting.abort();
    },
  };
}

function openPromise(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((then) => (resolve = then));
  return { promise, resolve };
}
