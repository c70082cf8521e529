/** A `structuredClone` that copies trees of plain values itself, and leaves all else to the platform's own. */
export function cloneTree(clone: typeof structuredClone): typeof structuredClone {
  const copy = (value: unknown): unknown => {
    if (typeof value !== 'object' || value === null)
      return typeof value === 'function' || typeof value === 'symbol' ? clone(value) : value;
    if (Array.isArray(value)) return value.map(copy);
    if (value instanceof Uint8Array) return value.slice();
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype !== Object.prototype && prototype !== null) return clone(value);
    const target: Record<string, unknown> = {};
    for (const key of Object.keys(value)) {
      const inner = copy((value as Record<string, unknown>)[key]);
      if (key === '__proto__')
        Object.defineProperty(target, key, {
          value: inner,
          configurable: true,
          enumerable: true,
          writable: true,
        });
      else target[key] = inner;
    }
    return target;
  };
  return ((value: unknown, options?: StructuredSerializeOptions) =>
    options ? clone(value, options) : copy(value)) as typeof structuredClone;
}
