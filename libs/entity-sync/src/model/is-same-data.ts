/** Deeper values are left to their text. */
const MAX_DEPTH = 32;

/**
 * Whether two values are seen to have the same canonical text, without making it, which takes ten times as long. `false` says nothing: for
 * deep values, and objects that are no literals, only the texts tell.
 */
export function isSameData(a: unknown, b: unknown, depth = 0): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (depth === MAX_DEPTH) return false;
  if (Array.isArray(a)) {
    if (!Array.isArray(b) || a.length !== b.length) return false;
    for (let at = 0; at < a.length; at++) if (!isSameData(a[at], b[at], depth + 1)) return false;
    return true;
  }
  if (a instanceof Date) return b instanceof Date && Object.is(a.getTime(), b.getTime());
  return isLiteral(a) && isLiteral(b) && haveSameProperties(a, b, depth + 1);
}

type Literal = Readonly<Record<string, unknown>>;

function isLiteral(value: object): value is Literal {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function haveSameProperties(a: Literal, b: Literal, depth: number): boolean {
  const names = Object.keys(a);
  if (names.length !== Object.keys(b).length) return false;
  return names.every((name) => Object.hasOwn(b, name) && isSameData(a[name], b[name], depth));
}
