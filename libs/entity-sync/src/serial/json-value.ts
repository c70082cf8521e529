/** What `JSON.parse` gives. */
export type JsonValue =
  null | boolean | number | string | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/**
 * What JSON lacks is an object with one property of these names (docs/entity-format.md, "Values"). Objects of the application with a name that
 * begins with `$`, or whose names are not in ascending order, are written as `$object`, so nothing that an application saves looks like one of these.
 */
export const TAG = {
  /** ISO-8601, `null` for an invalid date. */
  date: '$date',
  /** `true`. */
  undefined: '$undefined',
  /** `NaN`, `Infinity`, `-Infinity` or `-0`. */
  number: '$number',
  /** Decimal digits. */
  bigint: '$bigint',
  /** Standard base64. */
  bytes: '$bytes',
  /** The JSON text of a text with a lone surrogate, which UTF-8 cannot hold. */
  text: '$text',
  /** A list of names, each followed by its value, in the order of the object. */
  object: '$object',
  /** The JSON text of what lies 40, 80 … levels deep, as codecs refuse deep JSON. */
  nested: '$nested',
} as const;

/** Levels of objects and lists in one entity; deeper ones are refused. */
export const MAX_DEPTH = 100;

/** After so many levels, of which each can take two of JSON, what follows is written as a text. */
export const NESTED_EVERY = 40;

/** Whether the text has no lone surrogates, so that it is the same after UTF-8 and back. */
export function isWellFormed(text: string): boolean {
  const native = (text as { isWellFormed?(): boolean }).isWellFormed;
  if (native) return native.call(text);
  return !/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/.test(text);
}
