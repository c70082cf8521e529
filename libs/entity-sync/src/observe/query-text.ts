import { canonicalText } from '../model/canonical-text.js';

/** Deeper options are not compared. */
const MAX_DEPTH = 32;

/**
 * One text for equal options, which stands for them; `undefined` when they are more than their properties tell, as instances of classes and functions
 * are.
 */
export const queryText = (options: object): string | undefined =>
  isData(options, 0) ? canonicalText(options) : undefined;

function isData(value: unknown, depth: number): boolean {
  if (typeof value === 'function' || typeof value === 'symbol' || depth > MAX_DEPTH) return false;
  if (typeof value !== 'object' || value === null) return true;
  if (value instanceof Date || value instanceof Uint8Array) return true;
  const prototype: unknown = Object.getPrototypeOf(value);
  const isPlain = prototype === Object.prototype || prototype === null || Array.isArray(value);
  return isPlain && Object.values(value).every((inner) => isData(inner, depth + 1));
}
