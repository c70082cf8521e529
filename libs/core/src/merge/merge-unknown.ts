import { canonicalJson } from '../json/canonical-json.js';
import { compareText } from '../json/text.js';
import { type VaultContent } from '../model/records.js';

/**
 * Unites the unknown top-level fields of contents: a list is a set of items, of other values the one with the greatest canonical
 * JSON stays, and a list wins over another value. `undefined` when there are none.
 */
export function mergeUnknown(contents: readonly VaultContent[]): VaultContent['extra'] {
  const united = new Map<string, unknown>();
  for (const { extra } of contents)
    for (const [name, value] of Object.entries(extra ?? {}))
      united.set(name, united.has(name) ? unite(united.get(name), value) : normal(value));
  if (united.size === 0) return undefined;
  return Object.fromEntries([...united].sort(([a], [b]) => compareText(a, b)));
}

function unite(a: unknown, b: unknown): unknown {
  if (Array.isArray(a)) return Array.isArray(b) ? distinct([...a, ...b]) : a;
  if (Array.isArray(b)) return normal(b);
  return canonicalJson(a) >= canonicalJson(b) ? a : b;
}

const normal = (value: unknown): unknown => (Array.isArray(value) ? distinct(value) : value);

function distinct(items: readonly unknown[]): readonly unknown[] {
  const byText = new Map(items.map((item) => [canonicalJson(item), item]));
  return [...byText].sort(([a], [b]) => compareText(a, b)).map(([, item]) => item);
}
