import fc from 'fast-check';

const name = fc.oneof(
  fc.constantFrom(
    'a',
    'b',
    '9',
    '10',
    '$date',
    '$object',
    '$',
    '__proto__',
    'toJSON',
    '\ud800',
    '',
  ),
  fc.string({ unit: 'binary', maxLength: 4 }),
);
const leaf = fc.oneof(
  fc.constantFrom<unknown>(undefined, null, true, false, NaN, Infinity, -Infinity, -0, 0, 1e300),
  fc.date({ noInvalidDate: false }),
  fc.bigInt(),
  fc.uint8Array({ maxLength: 5 }),
  fc.string({ unit: 'binary', maxLength: 8 }),
  fc.constantFrom('\ud800', '\udc00x', '$date', '😀'),
  fc.double(),
);

/** Everything that an entity may hold, with names that look like tags, are awkward, and come in any order. */
export const entityValue: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  value: fc.oneof({ depthSize: 'small' }, leaf, tie('list'), tie('object')),
  list: fc.array(tie('value'), { maxLength: 4 }),
  object: fc
    .uniqueArray(fc.tuple(name, tie('value')), { maxLength: 5, selector: ([first]) => first })
    .map(ownObject),
})).value;

/** An object with these own properties, whatever their names. */
export function ownObject(entries: readonly (readonly [string, unknown])[]): object {
  const object = {};
  for (const [key, value] of entries)
    Object.defineProperty(object, key, {
      value,
      enumerable: true,
      configurable: true,
      writable: true,
    });
  return object;
}
