import { type JsonObject, malformed } from './read-json.js';
import { isWellFormed } from './text.js';

/** Deeper values are refused: recursion over them could exhaust the stack. */
const MAX_DEPTH = 32;

/**
 * A fresh copy of the fields of an object that are not among the known ones, `undefined` when there are none. A field named
 * `__proto__` is dropped at every level.
 * @throws FormatError `malformed` for what would not survive JSON: numbers that are not finite, lone surrogates, deep nesting
 */
export function readUnknown(
  object: JsonObject,
  known: ReadonlySet<string>,
): JsonObject | undefined {
  let extra: Record<string, unknown> | undefined;
  for (const key in object) {
    if (known.has(key) || key === '__proto__' || !Object.hasOwn(object, key)) continue;
    extra ??= {};
    extra[readKey(key)] = copyJson(object[key], key, 1);
  }
  return extra;
}

/** Unknown fields to be written beside the known ones, which they never shadow. */
export function withoutKnown(extra: JsonObject, known: ReadonlySet<string>): JsonObject {
  const kept: Record<string, unknown> = {};
  for (const key of Object.keys(extra))
    if (!known.has(key) && key !== '__proto__') kept[key] = extra[key];
  return kept;
}

function copyJson(value: unknown, field: string, depth: number): unknown {
  if (value === null || typeof value === 'boolean') return value;
  if (typeof value === 'string') {
    if (!isWellFormed(value)) throw malformed(field, 'a text without lone surrogates');
    return value;
  }
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw malformed(field, 'a finite number');
    return value;
  }
  if (typeof value !== 'object') throw malformed(field, 'JSON');
  if (depth > MAX_DEPTH) throw malformed(field, `nested at most ${MAX_DEPTH} deep`);
  if (Array.isArray(value))
    return Array.from(value, (item: unknown) => copyJson(item, field, depth + 1));
  const copy: Record<string, unknown> = {};
  for (const [key, property] of Object.entries(value))
    if (key !== '__proto__') copy[readKey(key)] = copyJson(property, field, depth + 1);
  return copy;
}

function readKey(key: string): string {
  if (!isWellFormed(key)) throw malformed('a field name', 'a text without lone surrogates');
  return key;
}
