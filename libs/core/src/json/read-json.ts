import { FormatError } from '../errors/format-error.js';
import { MAX_ID_LENGTH, MAX_LIST_ENTRIES } from '../format/limits.js';

/** A JSON object whose own fields may be read. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** The error for a field that is not what the format says. */
export function malformed(field: string, expected: string): FormatError {
  return new FormatError('malformed', `core: "${field}" is not ${expected}`, {
    details: { field },
  });
}

/** An object that is not an array. @throws FormatError */
export function readObject(value: unknown, field: string): JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw malformed(field, 'an object');
  return value as JsonObject;
}

/** A field that the object itself has, never one of its prototype. */
export const ownField = (object: JsonObject, field: string): unknown =>
  Object.hasOwn(object, field) ? object[field] : undefined;

/** A list of bounded length, each item parsed. @throws FormatError */
export function readList<Item>(
  value: unknown,
  field: string,
  parse: (item: unknown, field: string) => Item,
  max: number = MAX_LIST_ENTRIES,
): readonly Item[] {
  if (!Array.isArray(value)) throw malformed(field, 'a list');
  if (value.length > max)
    throw new FormatError(
      'too-large',
      `core: "${field}" has ${value.length} entries, at most ${max} are allowed`,
      {
        details: { field },
      },
    );
  return value.map((item) => parse(item, field));
}

/** A string without U+0000 and lone surrogates, within a length; empty only when allowed. @throws FormatError */
export function readText(
  value: unknown,
  field: string,
  options?: { readonly mayBeEmpty?: boolean; readonly max?: number },
): string {
  const max = options?.max ?? MAX_ID_LENGTH;
  if (typeof value !== 'string') throw malformed(field, 'a text');
  if (value === '' && options?.mayBeEmpty !== true)
    throw malformed(field, 'a text that is not empty');
  if (value.length > max) throw malformed(field, `a text of at most ${max} units`);
  if (value.includes('\u0000') || !isWellFormed(value))
    throw malformed(field, 'a well-formed text');
  return value;
}

/** A whole number that is not negative and exact. @throws FormatError */
export function readCount(value: unknown, field: string): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0)
    throw malformed(field, 'a whole number');
  return value;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** A lower-case UUID. @throws FormatError */
export function readUuid(value: unknown, field: string): string {
  if (typeof value !== 'string' || !UUID.test(value)) throw malformed(field, 'a lower-case UUID');
  return value;
}

/** Lower-case hex digits of a given number. @throws FormatError */
export function readHex(value: unknown, field: string, digits: number): string {
  if (typeof value !== 'string' || value.length !== digits || !/^[0-9a-f]+$/.test(value))
    throw malformed(field, `${digits} lower-case hex digits`);
  return value;
}

const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;
const validDays = new Map<string, boolean>();

/** An ISO-8601 UTC instant with milliseconds that exists. @throws FormatError */
export function readInstant(value: unknown, field: string): string {
  if (
    typeof value !== 'string' ||
    !INSTANT.test(value) ||
    !isTimeOfDay(value) ||
    !isDay(value.slice(0, 10))
  )
    throw malformed(field, 'an instant like 2024-01-31T10:15:30.123Z');
  return value;
}

/** A UTC month, `2024-01`. @throws FormatError */
export function readMonth(value: unknown, field: string): string {
  if (typeof value !== 'string' || !/^\d{4}-(0[1-9]|1[0-2])$/.test(value))
    throw malformed(field, 'a month like 2024-01');
  return value;
}

/** Fields of an object that are not among the known ones; `undefined` when there are none. Values that could shadow a prototype are left out. */
export function readExtra(
  object: JsonObject,
  known: ReadonlySet<string>,
): Readonly<Record<string, unknown>> | undefined {
  let extra: Record<string, unknown> | undefined;
  for (const key of Object.keys(object)) {
    if (known.has(key) || key === '__proto__') continue;
    extra ??= {};
    extra[key] = object[key];
  }
  return extra;
}

const isTimeOfDay = (instant: string): boolean =>
  instant.slice(11, 13) < '24' && instant.slice(14, 16) < '60' && instant.slice(17, 19) < '60';

/** Records of one day follow each other, so each day is checked once. */
function isDay(day: string): boolean {
  const known = validDays.get(day);
  if (known !== undefined) return known;
  const date = new Date(`${day}T00:00:00.000Z`);
  const isValid = !Number.isNaN(date.getTime()) && date.toISOString().startsWith(day);
  if (validDays.size > 10_000) validDays.clear();
  validDays.set(day, isValid);
  return isValid;
}

/** Whether the text has no lone surrogates. */
export function isWellFormed(text: string): boolean {
  const native = (text as { isWellFormed?(): boolean }).isWellFormed;
  if (native) return native.call(text);
  return !/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/.test(text);
}
