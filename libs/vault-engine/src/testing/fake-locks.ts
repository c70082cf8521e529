import { type LockManagerLike } from '../lock/provider-lock.js';

interface Held {
  /** Rejects the holder's request; its work goes on, as in a browser. */
  readonly robbed: (reason: unknown) => void;
}

/** A `LockManager` that grants, refuses (`ifAvailable`) and robs (`steal`) as the Web Locks specification says. */
export class FakeLocks implements LockManagerLike {
  readonly #held = new Map<string, Held>();

  async request(
    name: string,
    options: { readonly ifAvailable?: boolean; readonly steal?: boolean },
    work: (lock: unknown) => Promise<void>,
  ): Promise<unknown> {
    const holder = this.#held.get(name);
    if (holder && !options.steal) return work(null);
    holder?.robbed(new DOMException('the lock was stolen', 'AbortError'));
    let held: Held | undefined;
    const robbery = new Promise<never>((_, reject) => {
      held = { robbed: reject };
    });
    if (held) this.#held.set(name, held);
    const done = work({ name }).finally(() => {
      if (this.#held.get(name) === held) this.#held.delete(name);
    });
    return Promise.race([done, robbery]);
  }
}
