import { FormatError } from '../errors/format-error.js';
import { type Brand } from '../model/brand.js';

/**
 * Hybrid logical clock stamp: Unix milliseconds (12 hex digits) `-` counter (4 hex digits) `-` device id (16 hex digits).
 * If `a` happened before `b`, then `a < b` as plain strings, so no comparator is needed.
 * Source: Kulkarni et al., "Logical Physical Clocks" (2014).
 */
export type Stamp = Brand<string, 'Stamp'>;

const STAMP = /^[0-9a-f]{12}-[0-9a-f]{4}-[0-9a-f]{16}$/;
const DEVICE_ID = /^[0-9a-f]{16}$/;

/** The greatest counter of a stamp: 4 hex digits. */
export const MAX_COUNTER = 0xffff;

/** First instant of the year 2100: clocks follow stamps before it. Unix milliseconds. */
export const FOLLOW_BEFORE_MS = Date.UTC(2100, 0, 1);
/** First instant of the year 2201: a stamp from there on is malformed. Unix milliseconds. */
export const MALFORMED_FROM_MS = Date.UTC(2201, 0, 1);

/** Checks the form of a stamp, and that it is not after the year 2200. @throws FormatError `malformed` */
export function parseStamp(value: unknown): Stamp {
  if (
    typeof value !== 'string' ||
    !STAMP.test(value) ||
    parseInt(value.slice(0, 12), 16) >= MALFORMED_FROM_MS
  )
    throw new FormatError(
      'malformed',
      'core: a stamp is not of the form ms-counter-device, or lies after the year 2200',
      { details: { field: 'stamp' } },
    );
  return value as Stamp;
}

/** Builds a stamp from its parts, which the caller keeps within their digits. */
export function formatStamp(ms: number, counter: number, deviceId: string): Stamp {
  const time = ms.toString(16).padStart(12, '0');
  return `${time}-${counter.toString(16).padStart(4, '0')}-${deviceId}` as Stamp;
}

/** The wall-clock part, Unix milliseconds. */
export const stampMs = (stamp: Stamp): number => parseInt(stamp.slice(0, 12), 16);

/** How many stamps were made in the same millisecond before it. */
export const stampCounter = (stamp: Stamp): number => parseInt(stamp.slice(13, 17), 16);

/** The id of the device that made it. */
export const stampDeviceId = (stamp: Stamp): string => stamp.slice(18);

/** Whether the text is a device id: 64 bits as 16 lower-case hex digits. */
export const isDeviceId = (text: string): boolean => DEVICE_ID.test(text);
