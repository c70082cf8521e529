import { type InjectionToken } from '@angular/core';
import { type ɵSEAM } from '@chat-vault/chat-sync';

type Clock = (typeof ɵSEAM)['CHAT_SYNC_CLOCK'] extends InjectionToken<infer Value> ? Value : never;

interface Timer {
  readonly at: number;
  readonly callback: () => void;
}

/** A clock that stands still until told otherwise, with chance that a seed decides. Waits between tries take no time: they move the clock. */
export class TestClock implements Clock {
  #now: number;
  #state: number;
  #timers: readonly Timer[] = [];

  constructor(options: { readonly now: number; readonly seed: number }) {
    this.#now = options.now;
    this.#state = options.seed >>> 0;
  }

  now(): number {
    return this.#now;
  }

  monotonic(): number {
    return this.#now;
  }

  /** Mulberry32 (Tommy Ettinger, public domain). */
  random(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  after(ms: number, callback: () => void): () => void {
    const timer = { at: this.#now + ms, callback };
    this.#timers = [...this.#timers, timer];
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    this.#now += ms;
  }

  /** Moves to the next timer that is due by then and calls it back; `false` when there is none, with the clock at `until`. */
  callNext(until: number): boolean {
    const [next] = [...this.#timers].sort((a, b) => a.at - b.at);
    if (!next || next.at > until) {
      this.#now = Math.max(this.#now, until);
      return false;
    }
    this.#timers = this.#timers.filter((other) => other !== next);
    this.#now = Math.max(this.#now, next.at);
    next.callback();
    return true;
  }
}
