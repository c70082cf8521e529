import { fromBase64 } from '@chat-vault/core/records';
import { EntitySyncError } from '../errors/entity-sync-error.js';
import { setOwn } from '../model/copy-value.js';
import { isWellFormed, type JsonValue, MAX_DEPTH, NESTED_EVERY, TAG } from './json-value.js';

/**
 * The value that `encodeValue` was given. Objects have the ordinary prototype, and every name is an own property, also `__proto__`.
 *
 * @throws EntitySyncError `malformed` for what it never writes
 */
export function decodeValue(json: unknown): unknown {
  return decode(json, 0);
}

/** The error for stored data that is not of the form. */
export const malformed = (what: string, cause?: unknown): EntitySyncError =>
  new EntitySyncError('malformed', `entity-sync: ${what}`, { cause });

/** A JSON object that is no list. @throws EntitySyncError `malformed` */
export function readObject(json: unknown, what: string): { readonly [key: string]: unknown } {
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    throw malformed(`${what} is not an object`);
  return json as { readonly [key: string]: unknown };
}

/** A text, also one that was tagged. @throws EntitySyncError `malformed` */
export function decodeText(json: unknown): string {
  const text = decode(json, MAX_DEPTH);
  if (typeof text !== 'string') throw malformed('a name is not a text');
  return text;
}

/** The names and values of an `$object`. @throws EntitySyncError `malformed` */
export function decodePairs(list: unknown): readonly (readonly [name: string, value: unknown])[] {
  if (!Array.isArray(list) || list.length % 2 !== 0) throw malformed('an object is not in pairs');
  const pairs: [string, unknown][] = [];
  const names = new Set<string>();
  for (let at = 0; at < list.length; at += 2) {
    const name = decodeText(list[at]);
    if (names.has(name)) throw malformed('a name is there twice');
    names.add(name);
    pairs.push([name, list[at + 1]]);
  }
  return pairs;
}

function decode(json: unknown, depth: number): unknown {
  if (typeof json === 'number') {
    if (!Number.isFinite(json)) throw malformed('a number is out of range');
    return json;
  }
  if (typeof json !== 'object' || json === null) {
    if (json === undefined) throw malformed('a value is missing');
    return json;
  }
  if (Array.isArray(json)) {
    checkDepth(depth);
    return json.map((item) => decode(item, depth + 1));
  }
  const names = Object.keys(json);
  const first = names[0];
  if (first?.startsWith('$') === true) {
    if (names.length !== 1) throw malformed('a tag is not alone');
    return decodeTagged(first, (json as Record<string, JsonValue>)[first], depth);
  }
  checkDepth(depth);
  const object = {};
  for (const name of names) {
    if (name.startsWith('$')) throw malformed('a tag is not alone');
    setOwn(object, name, decode((json as Record<string, JsonValue>)[name], depth + 1));
  }
  return object;
}

function decodeTagged(tag: string, json: unknown, depth: number): unknown {
  switch (tag) {
    case TAG.date:
      return decodeDate(json);
    case TAG.undefined:
      if (json !== true) throw malformed('undefined is not marked as such');
      return undefined;
    case TAG.number:
      return decodeNumber(json);
    case TAG.bigint:
      if (typeof json !== 'string' || !/^(?:0|-?[1-9][0-9]*)$/.test(json))
        throw malformed('a big integer is not one');
      return BigInt(json);
    case TAG.bytes:
      return decodeBytes(json);
    case TAG.text:
      return decodeBrokenText(json);
    case TAG.object: {
      checkDepth(depth);
      const object = {};
      for (const [name, value] of decodePairs(json)) setOwn(object, name, decode(value, depth + 1));
      return object;
    }
    case TAG.nested:
      return decodeNested(json, depth);
    default:
      throw malformed('a tag is unknown; update the app');
  }
}

function decodeNested(json: unknown, depth: number): unknown {
  if (depth === 0 || depth % NESTED_EVERY !== 0) throw malformed('a value is nested as a text');
  let inner: unknown;
  try {
    inner = JSON.parse(typeof json === 'string' ? json : '');
  } catch (cause) {
    throw malformed('a nested text is not JSON', cause);
  }
  if (typeof inner !== 'object' || inner === null || Object.hasOwn(inner, TAG.nested))
    throw malformed('a nested text is no object');
  return decode(inner, depth);
}

function decodeDate(json: unknown): Date {
  if (json === null) return new Date(NaN);
  const date = new Date(typeof json === 'string' ? json : NaN);
  if (Number.isNaN(date.getTime()) || date.toISOString() !== json)
    throw malformed('a date is not one');
  return date;
}

function decodeNumber(json: unknown): number {
  switch (json) {
    case 'NaN':
      return NaN;
    case 'Infinity':
      return Infinity;
    case '-Infinity':
      return -Infinity;
    case '-0':
      return -0;
    default:
      throw malformed('a number is not one');
  }
}

function decodeBytes(json: unknown): Uint8Array {
  const bytes = typeof json === 'string' ? fromBase64(json) : null;
  if (bytes === null) throw malformed('bytes are not base64');
  return bytes;
}

function decodeBrokenText(json: unknown): string {
  let text: unknown;
  try {
    text = JSON.parse(typeof json === 'string' ? json : '');
  } catch (cause) {
    throw malformed('a text is not one', cause);
  }
  if (typeof text !== 'string' || isWellFormed(text) || JSON.stringify(text) !== json)
    throw malformed('a text is not one');
  return text;
}

function checkDepth(depth: number): void {
  if (depth >= MAX_DEPTH) throw malformed('a value is nested too deeply');
}
