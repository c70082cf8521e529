import { type Entity } from '../../model/entity.js';
import { type EntityKeyData } from '../../model/entity-key-data.js';

/** Declares a test with a tier of its own. */
export type TierTest<Tier> = (title: string, run: (tier: Tier) => Promise<void>) => void;

/** Names that every object has, or that look like something else. */
export const AWKWARD = ['__proto__', 'constructor', 'toString', 'a.b/c~d', 'ü 😀', '$date', '0'];

/** Data that no tier can keep. */
export const unkeepable = { Item: { a: { id: 'a', does: () => undefined } } };

/** One entity with everything that has no place in JSON. */
export const richEntity = (id: string): Entity => {
  const entity = {
    zebra: 'first',
    id,
    createdAt: new Date(5),
    updatedAt: new Date(1_700_000_000_000),
    version: 3,
    nothing: undefined,
    none: null,
    numbers: [NaN, Infinity, -Infinity, -0, 1e21],
    big: 12345678901234567890n,
    bytes: new Uint8Array([0, 255]),
    nested: [{ deep: { list: [undefined, new Date(7)] } }],
    $date: 'looks like a tag',
    text: 'quotes " and \u2028 and \u0000',
  };
  return entity;
};

/** Entities with a text each, saved at the time. */
export function entities(texts: Readonly<Record<string, string>>, ms = 1): EntityKeyData {
  const map = Object.entries(texts).map(([id, text]) => [
    id,
    { id, text, updatedAt: new Date(ms) },
  ]);
  return { Item: Object.fromEntries(map) as Record<string, Entity> };
}

/** Freezes all of it, so that any change throws. */
export function frozen<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
  for (const inner of Object.values(value)) frozen(inner);
  return Object.freeze(value);
}
