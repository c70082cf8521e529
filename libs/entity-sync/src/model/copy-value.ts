import { EntitySyncError } from '../errors/entity-sync-error.js';
import { isPlainObject } from './canonical-text.js';

const MAX_DEPTH = 100;

/**
 * A copy of data that shares nothing with the original: literals, lists, `Date`, `Uint8Array` and primitives, in the same order, with
 * properties that are `undefined`. Instances of an application's class become literals.
 * @throws EntitySyncError `invalid-entity` for what is no data, `details.field` names it
 */
export function copyValue<Value>(value: Value, field = 'entity'): Value {
  return copyOf(value, [field]) as Value;
}

/** `path` leads to the value. */
function copyOf(value: unknown, path: string[]): unknown {
  if (typeof value === 'function' || typeof value === 'symbol') throw noData(path, typeof value);
  if (typeof value !== 'object' || value === null) return value;
  if (path.length > MAX_DEPTH) throw noData(path, `nesting deeper than ${MAX_DEPTH}`);
  if (Array.isArray(value))
    return Array.from(value, (item, index) => copyInner(item, path, `[${index}]`));
  if (value instanceof Date) return new Date(value.getTime());
  if (value instanceof Uint8Array) return new Uint8Array(value);
  if (!isPlainObject(value)) throw noData(path, 'an object that is no plain data');
  const copy: Record<string, unknown> = {};
  for (const key of Object.keys(value)) setOwn(copy, key, copyInner(value[key], path, key));
  return copy;
}

function copyInner(value: unknown, path: string[], step: string): unknown {
  if (typeof value !== 'object' && typeof value !== 'function' && typeof value !== 'symbol')
    return value;
  path.push(step);
  const copy = copyOf(value, path);
  path.pop();
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

function noData([first, ...steps]: readonly string[], what: string): EntitySyncError {
  const rest = steps.map((step) => (step.startsWith('[') ? step : `.${step}`));
  const field = `${first}${rest.join('')}`;
  return new EntitySyncError(
    'invalid-entity',
    `entity-sync: "${field}" is ${what}, which cannot be kept`,
    {
      details: { field },
    },
  );
}
