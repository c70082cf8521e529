import { FormatError } from '../errors/format-error.js';
import {
  FOLLOW_BEFORE_MS,
  formatStamp,
  isDeviceId,
  type Stamp,
  stampCounter,
  stampMs,
} from './stamp.js';

const MAX_COUNTER = 0xffff;

/**
 * Makes stamps that are greater than every stamp made or observed before, whatever the wall clock does
 * (docs/vault-format.md, "Stamp"). Source: Kulkarni et al., "Logical Physical Clocks" (2014).
 */
export class HybridClock {
  readonly #deviceId: string;
  readonly #now: () => number;
  #ms = 0;
  #counter = -1;
  #last: Stamp | undefined;

  /** `now` gives Unix milliseconds; `last` is where an earlier clock of this device stopped. @throws FormatError for a bad device id */
  constructor(options: {
    readonly deviceId: string;
    readonly now?: () => number;
    readonly last?: Stamp;
  }) {
    if (!isDeviceId(options.deviceId))
      throw new FormatError('malformed', 'core: a device id is 16 lower-case hex digits');
    this.#deviceId = options.deviceId;
    this.#now = options.now ?? Date.now;
    if (options.last !== undefined) this.observe(options.last);
  }

  /** The greatest stamp made or followed. */
  get last(): Stamp | undefined {
    return this.#last;
  }

  /** A new stamp. A counter that is full carries into the milliseconds. */
  now(): Stamp {
    const wall = Math.max(0, Math.floor(this.#now()));
    if (wall > this.#ms) {
      this.#ms = wall;
      this.#counter = 0;
    } else if (this.#counter >= MAX_COUNTER) {
      this.#ms += 1;
      this.#counter = 0;
    } else this.#counter += 1;
    this.#last = formatStamp(this.#ms, this.#counter, this.#deviceId);
    return this.#last;
  }

  /** Follows a stamp of another device, so that what happens here from now on is later. Stamps from the year 2100 on are not followed. */
  observe(stamp: Stamp): void {
    const ms = stampMs(stamp);
    if (ms >= FOLLOW_BEFORE_MS) return;
    const counter = stampCounter(stamp);
    if (ms < this.#ms || (ms === this.#ms && counter <= this.#counter)) return;
    this.#ms = ms;
    this.#counter = counter;
    this.#last = stamp;
  }
}
