import { EntitySyncError } from '../errors/entity-sync-error.js';
import { isPlainObject } from './canonical-text.js';

const MAX_DEPTH = 100;

/**
 * A copy of data that shares nothing with the original: literals, lists, `Date`, `Uint8Array` and primitives, in the same order, with
 * properties that are `undefined`. Instances of an application's class become literals.
 * @throws EntitySyncError `invalid-entity` for what is no data, `details.field` names it
 */
export function copyValue<Value>(value: Value, field = 'entity'): Value {
  return copyOf(value, field, 0) as Value;
}

function copyOf(value: unknown, field: string, depth: number): unknown {
  if (typeof value === 'function' || typeof value === 'symbol') throw noData(field, typeof value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= MAX_DEPTH) throw noData(field, `nesting deeper than ${MAX_DEPTH}`);
  if (Array.isArray(value))
    return Array.from(value, (item, index) => copyOf(item, `${field}[${index}]`, depth + 1));
  if (value instanceof Date) return new Date(value.getTime());
  if (value instanceof Uint8Array) return new Uint8Array(value);
  if (!isPlainObject(value)) throw noData(field, 'an object that is no plain data');
  const copy: Record<string, unknown> = {};
  for (const key of Object.keys(value))
    setOwn(copy, key, copyOf(value[key], `${field}.${key}`, depth + 1));
  return copy;
}

/** Sets an own property, whatever its name. */
export function setOwn(target: object, key: string, value: unknown): void {
  if (key === '__proto__')
    Object.defineProperty(target, key, {
      value,
      enumerable: true,
      configurable: true,
      writable: true,
    });
  else (target as Record<string, unknown>)[key] = value;
}

const noData = (field: string, what: string): EntitySyncError =>
  new EntitySyncError(
    'invalid-entity',
    `entity-sync: "${field}" is ${what}, which cannot be kept`,
    {
      details: { field },
    },
  );
