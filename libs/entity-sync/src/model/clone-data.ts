import { setOwn } from './copy-value.js';

/**
 * A copy of data that were checked when they came in: literals, lists, `Date`, `Uint8Array` and primitives. Several times as fast as `copyValue`, as it
 * looks for nothing that cannot be there.
 */
export function cloneData<Value>(value: Value): Value {
  return (typeof value === 'object' && value !== null ? cloneObject(value) : value) as Value;
}

function cloneObject(value: object): object {
  if (Array.isArray(value)) return value.map(cloneData);
  if (value instanceof Date) return new Date(value.getTime());
  if (value instanceof Uint8Array) return new Uint8Array(value);
  const copy: Record<string, unknown> = { ...value };
  for (const key in copy) {
    const inner = copy[key];
    if (typeof inner === 'object' && inner !== null) setOwn(copy, key, cloneObject(inner));
  }
  return copy;
}
