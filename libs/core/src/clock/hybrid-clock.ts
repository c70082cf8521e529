import { FormatError } from '../errors/format-error.js';
import { systemClock } from './default-environment.js';
import {
  FOLLOW_BEFORE_MS,
  formatStamp,
  isDeviceId,
  MAX_COUNTER,
  type Stamp,
  stampCounter,
  stampMs,
} from './stamp.js';

/** A wall clock that shows more is wrong, and is read as this: others follow only stamps before the year 2100. */
const LATEST_WALL_MS = FOLLOW_BEFORE_MS - 24 * 60 * 60 * 1000;

/**
 * Makes stamps that are greater than every stamp made or followed before, whatever the wall clock does
 * (docs/vault-format.md, "Stamp"). Source: Kulkarni et al., "Logical Physical Clocks" (2014).
 */
export class HybridClock {
  readonly #deviceId: string;
  readonly #now: () => number;
  #ms = 0;
  #counter = -1;
  #last: Stamp | undefined;

  /**
   * `now` gives Unix milliseconds (default: the machine's clock); `last` is where an earlier clock of this device stopped, and
   * is taken as it is. @throws FormatError `malformed` for a device id that is not 16 lower-case hex digits
   */
  constructor(options: {
    readonly deviceId: string;
    readonly now?: () => number;
    readonly last?: Stamp;
  }) {
    if (!isDeviceId(options.deviceId))
      throw new FormatError('malformed', 'core: a device id is 16 lower-case hex digits', {
        details: { field: 'deviceId' },
      });
    this.#deviceId = options.deviceId;
    this.#now = options.now ?? systemClock;
    if (options.last !== undefined) this.#advance(options.last);
  }

  /** The greatest stamp made or followed. */
  get last(): Stamp | undefined {
    return this.#last;
  }

  /** A new stamp, greater than all before. A counter that is full carries into the milliseconds. */
  now(): Stamp {
    const wall = Math.min(Math.max(0, Math.floor(this.#now())), LATEST_WALL_MS);
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
    if (this.#last !== undefined && stamp <= this.#last) return;
    if (stampMs(stamp) < FOLLOW_BEFORE_MS) this.#advance(stamp);
  }

  #advance(stamp: Stamp): void {
    this.#ms = stampMs(stamp);
    this.#counter = stampCounter(stamp);
    this.#last = stamp;
  }
}
