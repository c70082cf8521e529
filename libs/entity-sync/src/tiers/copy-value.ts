import { EntitySyncError } from '../errors/entity-sync-error.js';
import { setOwn } from '../serial/decode-value.js';

/**
 * A deep copy that shares nothing that can be changed. Instances of classes become plain objects; what a structured clone can keep is kept.
 *
 * @throws EntitySyncError `invalid-entity` for functions, symbols and what holds them
 */
export function copyValue<Value>(value: Value): Value {
  return copy(value, 0) as Value;
}

/** Deeper values go the slow way, which finds cycles. */
const MAX_DEPTH = 100;

function copy(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null) {
    if (typeof value === 'function' || typeof value === 'symbol') throw notData(typeof value);
    return value;
  }
  if (depth > MAX_DEPTH) return cloned(value);
  if (Array.isArray(value)) return value.map((item) => copy(item, depth + 1));
  if (value instanceof Date) return new Date(value.getTime());
  if (value instanceof Uint8Array) return new Uint8Array(value);
  if (Object.prototype.toString.call(value) !== '[object Object]') return cloned(value);
  const object = Object.getPrototypeOf(value) === null ? Object.create(null) : {};
  for (const name of Object.keys(value))
    setOwn(object, name, copy((value as Record<string, unknown>)[name], depth + 1));
  return object;
}

function cloned(value: object): unknown {
  try {
    return structuredClone(value);
  } catch (cause) {
    throw notData('an object that cannot be copied', cause);
  }
}

const notData = (what: string, cause?: unknown): EntitySyncError =>
  new EntitySyncError('invalid-entity', `entity-sync: ${what} cannot be kept`, { cause });
