import fc from 'fast-check';
import { type EntityKeyData } from '../model/entity-key-data.js';

const id = fc.constantFrom('a', 'b', 'c', '__proto__', 'constructor');
const name = fc.constantFrom('Contact', 'Label', '__proto__', 'toString');
const time = fc.integer({ min: 0, max: 4 }).map((ms) => new Date(1_700_000_000_000 + ms));
const entity = fc.record(
  {
    id,
    updatedAt: fc.oneof(
      { weight: 8, arbitrary: time },
      { weight: 1, arbitrary: fc.constant(undefined) },
    ),
    name: fc.constantFrom('x', 'y', ''),
    more: fc.constantFrom(undefined, null, NaN, -0, 0, 1n, new Date(5), new Uint8Array([1])),
  },
  { requiredKeys: ['id'] },
);

const own = <Value>(entries: readonly (readonly [string, Value])[]): Record<string, Value> => {
  const map: Record<string, Value> = {};
  for (const [key, value] of entries)
    Object.defineProperty(map, key, {
      value,
      enumerable: true,
      configurable: true,
      writable: true,
    });
  return map;
};
const map = <Value>(key: fc.Arbitrary<string>, value: fc.Arbitrary<Value>) =>
  fc.array(fc.tuple(key, value), { maxLength: 4 }).map(own);

/** Small data in which names, ids and times often meet, with entities and deletions of one id at once too. */
export const entityKeyData: fc.Arbitrary<EntityKeyData> = fc
  .tuple(
    map(name, map(id, entity)),
    map(
      name,
      map(
        id,
        time.map((at) => at.toISOString()),
      ),
    ),
    fc.boolean(),
  )
  .map(([active, deleted, hasDeleted]) =>
    hasDeleted ? own<unknown>([...Object.entries(active), ['deleted', deleted]]) : active,
  ) as fc.Arbitrary<EntityKeyData>;
