import { seededRandom } from '@chat-vault/cloud-storage/testing';
import { type Environment } from '../environment.js';

interface Sleeper {
  readonly until: number;
  readonly wake: () => void;
}

/** Clocks and timers that move only when told; several tabs may share them. */
export class ManualTime {
  now = Date.UTC(2024, 0, 1);
  #sleepers: readonly Sleeper[] = [];
  #ids = 0;

  /** The environment of one tab; while it is frozen its timers do not fire. */
  environment(isFrozen: () => boolean = () => false): Environment {
    const random = seededRandom(1);
    return {
      now: () => this.now,
      monotonic: () => this.now,
      random,
      uuid: () => `00000000-0000-7000-8000-${(++this.#ids).toString(16).padStart(12, '0')}`,
      yield: () => Promise.resolve(),
      sleep: (ms, signal) => this.#sleep(ms, isFrozen, signal),
    };
  }

  /** Lets time pass in steps of a second, and what it wakes run. */
  async pass(ms: number): Promise<void> {
    for (const end = this.now + ms; this.now < end;) {
      this.now = Math.min(end, this.now + 1_000);
      for (const sleeper of this.#sleepers) if (sleeper.until <= this.now) sleeper.wake();
      for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
    }
  }

  #sleep(ms: number, isFrozen: () => boolean, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const abort = () => {
        this.#forget(sleeper);
        reject(signal?.reason);
      };
      const sleeper: Sleeper = {
        until: this.now + ms,
        wake: () => {
          if (isFrozen()) return;
          this.#forget(sleeper);
          signal?.removeEventListener('abort', abort);
          resolve();
        },
      };
      if (signal?.aborted) return reject(signal.reason);
      signal?.addEventListener('abort', abort, { once: true });
      this.#sleepers = [...this.#sleepers, sleeper];
    });
  }

  #forget(sleeper: Sleeper): void {
    this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
  }
}
