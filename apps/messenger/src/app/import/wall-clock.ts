/** A date and time as it is written, without a zone. */
export interface WallClock {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  /** `null` when the export has only minutes. */
  readonly second: number | null;
}

const QUARTER_MS = 15 * 60 * 1000;
const DAY_MS = 24 * 60 * 60 * 1000;

/** Whether there is such a day and time. */
export function isWallClock(wall: WallClock): boolean {
  const { year, month, day, hour, minute } = wall;
  return (
    year >= 1970 &&
    year <= 9999 &&
    month >= 1 &&
    month <= 12 &&
    day >= 1 &&
    day <= new Date(Date.UTC(year, month, 0)).getUTCDate() &&
    hour <= 23 &&
    minute <= 59 &&
    (wall.second ?? 0) <= 59
  );
}

/** `2019-11-02T14:18` or `2019-11-02T14:18:33`. */
export function wallClockText(wall: WallClock): string {
  return new Date(asUtc(wall)).toISOString().slice(0, wall.second === null ? 16 : 19);
}

/**
 * Converts wall-clock times of one zone to Unix milliseconds. A time that a change to summer time skips is read with the offset
 * before the change, one that occurs twice as the first of the two.
 *
 * @param timeZone IANA name, for example `Europe/Berlin`
 * @throws RangeError for an unknown zone
 */
export function wallClockConverter(timeZone: string): (wall: WallClock) => number {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  const offsetAt = (instant: number) => zoneTimeAsUtc(format, instant) - instant;
  /** Offsets change on quarter hours only, and formatting is slow. */
  const offsetByQuarter = new Map<number, number>();
  return (wall) => {
    const utc = asUtc(wall);
    const quarter = Math.floor(utc / QUARTER_MS);
    let offset = offsetByQuarter.get(quarter);
    if (offset === undefined) {
      const start = quarter * QUARTER_MS;
      const before = offsetAt(start - DAY_MS);
      const after = offsetAt(start + DAY_MS);
      const isAfterChange =
        offsetAt(start - before) !== before && offsetAt(start - after) === after;
      offset = isAfterChange ? after : before;
      offsetByQuarter.set(quarter, offset);
    }
    return utc - offset;
  };
}

/** The wall-clock time as if it were UTC, in Unix milliseconds. */
function asUtc(wall: WallClock): number {
  return Date.UTC(wall.year, wall.month - 1, wall.day, wall.hour, wall.minute, wall.second ?? 0);
}

function zoneTimeAsUtc(format: Intl.DateTimeFormat, instant: number): number {
  const part = new Map(format.formatToParts(instant).map(({ type, value }) => [type, +value]));
  const at = (type: Intl.DateTimeFormatPartTypes) => part.get(type) ?? 0;
  return Date.UTC(at('year'), at('month') - 1, at('day'), at('hour'), at('minute'), at('second'));
}
