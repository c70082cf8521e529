import { EntitySyncError } from '../errors/entity-sync-error.js';

/** Deeper values are refused: recursion over them could exhaust the stack, and a value that holds itself has no end. */
const MAX_DEPTH = 100;

/**
 * One text for equal values and different texts for different ones: JSON with sorted keys, and forms of their own for what JSON lacks
 * (`Date`, `undefined`, `NaN`, infinities, `-0`, big integers, `Uint8Array`). For comparing and hashing; nobody reads it back.
 * @throws EntitySyncError `invalid-entity` for functions, symbols, maps, sets and other objects that are no plain data, and for
 * nesting deeper than 100
 */
export function canonicalText(value: unknown, depth = 0): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value);
    case 'number':
      return Object.is(value, -0) ? '-0' : String(value);
    case 'bigint':
      return `${value}n`;
    case 'boolean':
    case 'undefined':
      return String(value);
    case 'object':
      return value === null ? 'null' : objectText(value, depth + 1);
    default:
      throw noData(typeof value);
  }
}

function objectText(value: object, depth: number): string {
  if (depth > MAX_DEPTH) throw noData(`nesting deeper than ${MAX_DEPTH}`);
  if (Array.isArray(value))
    return `[${Array.from(value, (item: unknown) => canonicalText(item, depth)).join(',')}]`;
  if (value instanceof Date) return `Date(${value.getTime()})`;
  if (value instanceof Uint8Array) return `Bytes(${value.join(',')})`;
  if (!isPlainObject(value)) throw noData(`an object of type ${typeName(value)}`);
  let fields = '';
  for (const key of Object.keys(value).sort())
    fields += `${fields && ','}${JSON.stringify(key)}:${canonicalText(value[key], depth)}`;
  return `{${fields}}`;
}

/** Whether the object is data by its own properties: a literal or an instance of an application's class. */
export function isPlainObject(value: object): value is Readonly<Record<string, unknown>> {
  return typeName(value) === 'Object';
}

const typeName = (value: object): string => Object.prototype.toString.call(value).slice(8, -1);

const noData = (what: string): EntitySyncError =>
  new EntitySyncError('invalid-entity', `entity-sync: ${what} cannot be kept in an entity`);
