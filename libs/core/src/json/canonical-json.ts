import { FormatError } from '../errors/format-error.js';
import { isWellFormed } from './text.js';

/** Deeper values are refused: recursion over them could exhaust the stack. */
const MAX_DEPTH = 100;

/**
 * JSON with sorted keys and no white space: equal values give equal text (RFC 8785, JSON Canonicalization Scheme). As in
 * `JSON.stringify`, properties that are `undefined` are left out and list items that are `undefined` become `null`.
 * @throws FormatError `malformed` for what has no canonical form: numbers that are not finite, lone surrogates, functions,
 * symbols, big integers, bytes, objects with a `toJSON` method, and nesting deeper than 100
 */
export function canonicalJson(value: unknown): string {
  return canonicalText(value, 0);
}

/** What the platform would write in canonical order anyway, which is most of what we make, it writes much faster. */
function canonicalText(value: unknown, depth: number): string {
  if (isInOrder(value, depth)) return JSON.stringify(value);
  const next = depth + 1;
  if (Array.isArray(value))
    return `[${Array.from(value, (item: unknown) => (item === undefined ? 'null' : canonicalText(item, next))).join(',')}]`;
  const object = value as Readonly<Record<string, unknown>>;
  let text = '';
  for (const key of Object.keys(object).sort()) {
    const property = object[key];
    if (property === undefined || !isText(key)) continue;
    text += `${text === '' ? '' : ','}${JSON.stringify(key)}:${canonicalText(property, next)}`;
  }
  return `{${text}}`;
}

/** Whether `JSON.stringify` gives the canonical text. @throws FormatError for what has none */
function isInOrder(value: unknown, depth: number): boolean {
  if (typeof value === 'string') return isText(value);
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw notJson('a number that is not finite');
    return true;
  }
  if (value === null || value === true || value === false) return true;
  if (typeof value !== 'object') throw notJson(typeof value);
  if (depth >= MAX_DEPTH) throw notJson(`nesting deeper than ${MAX_DEPTH}`);
  return Array.isArray(value) ? isListInOrder(value, depth + 1) : isObjectInOrder(value, depth + 1);
}

function isListInOrder(list: readonly unknown[], depth: number): boolean {
  for (const item of list) if (item !== undefined && !isInOrder(item, depth)) return false;
  return true;
}

function isObjectInOrder(value: object, depth: number): boolean {
  const object = value as Readonly<Record<string, unknown>>;
  if (ArrayBuffer.isView(value)) throw notJson('a byte array');
  if (typeof object['toJSON'] === 'function') throw notJson('an object with a toJSON method');
  const keys = Object.keys(object);
  let last = '';
  for (const key of keys) {
    if (key < last || !isText(key)) return false;
    last = key;
  }
  for (const key of keys) {
    const property = object[key];
    if (property !== undefined && !isInOrder(property, depth)) return false;
  }
  return true;
}

function isText(text: string): true {
  if (!isWellFormed(text)) throw notJson('a text with a lone surrogate');
  return true;
}

const notJson = (what: string): FormatError =>
  new FormatError('malformed', `core: ${what} has no JSON form`);
