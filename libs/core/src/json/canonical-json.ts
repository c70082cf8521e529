import { FormatError } from '../errors/format-error.js';

/**
 * JSON with sorted keys and no white space: equal values give equal text (RFC 8785, JSON Canonicalization Scheme). Properties that are `undefined` are left out.
 * @throws FormatError `malformed` for what JSON cannot hold (NaN, functions, lone surrogates are escaped)
 */
export function canonicalJson(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw notJson('a number that is not finite');
    return JSON.stringify(value);
  }
  if (value === null || value === true || value === false) return String(value);
  if (Array.isArray(value)) return `[${value.map(canonicalItem).join(',')}]`;
  if (typeof value !== 'object') throw notJson(typeof value);
  return canonicalObject(value as Readonly<Record<string, unknown>>);
}

const canonicalItem = (item: unknown): string =>
  item === undefined ? 'null' : canonicalJson(item);

/** Objects of one kind share their key order, and sorting it is a good part of the work. */
function canonicalObject(object: Readonly<Record<string, unknown>>): string {
  const keys = Object.keys(object);
  if (!isSorted(keys)) keys.sort();
  let text = '';
  for (const key of keys) {
    const value = object[key];
    if (value === undefined) continue;
    text += `${text === '' ? '' : ','}${JSON.stringify(key)}:${canonicalJson(value)}`;
  }
  return `{${text}}`;
}

function isSorted(keys: readonly string[]): boolean {
  for (let index = 1; index < keys.length; index++)
    if ((keys[index - 1] as string) > (keys[index] as string)) return false;
  return true;
}

const notJson = (what: string): FormatError =>
  new FormatError('malformed', `core: ${what} has no JSON form`);
