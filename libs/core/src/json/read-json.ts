import { FormatError } from '../errors/format-error.js';
import { MAX_ID_LENGTH, MAX_LIST_ENTRIES, MAX_PATH_LENGTH } from '../format/limits.js';
import { isInstant, isMonth } from './instant.js';
import { isWellFormed } from './text.js';

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
      { details: { field } },
    );
  const items: Item[] = [];
  for (const item of value) items.push(parse(item, field));
  return items;
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
  if (value.length > max) throw malformed(field, `a text of at most ${max} UTF-16 units`);
  if (value.includes('\u0000') || !isWellFormed(value))
    throw malformed(field, 'a text without U+0000 and lone surrogates');
  return value;
}

/** A path in the cloud. @throws FormatError */
export const readPath = (value: unknown, field: string): string =>
  readText(value, field, { max: MAX_PATH_LENGTH });

/** A whole number that is not negative and exact. @throws FormatError */
export function readCount(value: unknown, field: string): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0)
    throw malformed(field, 'a whole number');
  return value;
}

/** A place in a list of so many entries. @throws FormatError */
export function readIndex(value: unknown, field: string, count: number): number {
  const index = readCount(value, field);
  if (index >= count) throw malformed(field, `an index below ${count}`);
  return index;
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

/** An ISO-8601 UTC instant with milliseconds that exists. @throws FormatError */
export function readInstant(value: unknown, field: string): string {
  if (typeof value !== 'string' || !isInstant(value))
    throw malformed(field, 'an instant like 2024-01-31T10:15:30.123Z');
  return value;
}

/** A UTC month, `2024-01`. @throws FormatError */
export function readMonth(value: unknown, field: string): string {
  if (typeof value !== 'string' || !isMonth(value)) throw malformed(field, 'a month like 2024-01');
  return value;
}
