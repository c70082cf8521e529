import fc from 'fast-check';
import { expect } from 'vitest';
import { mergeEntityKeyData } from '../../merge/merge-entity-key-data.js';
import { describeData } from '../../metadata/describe-data.js';
import { canonicalText } from '../../model/canonical-text.js';
import { type EntityKeyData } from '../../model/entity-key-data.js';
import { type MergingPersistence } from '../../tiers/persistence.js';
import { AWKWARD, entities, frozen, richEntity, type TierTest } from './tier-test.js';

interface Tiers {
  readonly one: MergingPersistence;
  readonly other: MergingPersistence;
}

const KEY = 'app.Item';

/** What a device sees that looks first. */
async function seenBy(tier: MergingPersistence, key = KEY): Promise<EntityKeyData | null> {
  await tier.loadMetadata('app');
  return (await tier.loadData(key)) as EntityKeyData | null;
}

const deletion = (id: string, ms: number): EntityKeyData => ({
  deleted: { Item: { [id]: new Date(ms).toISOString() } },
});

/** The tests of `MergingPersistence`. */
export function mergingTests(test: TierTest<Tiers>): void {
  test('holds nothing at first', async ({ one }) => {
    expect(await one.loadData(KEY)).toBeNull();
    expect((await one.loadMetadata('app')).entityKeys).toEqual({});
    expect((await one.verify()).problems).toEqual([]);
  });

  test('adds to what is there and takes nothing away', async ({ one, other }) => {
    await one.mergeData(KEY, entities({ a: '1', b: '1' }));
    await one.storeData(KEY, entities({ b: '2' }, 2));
    expect(await one.mergeData(KEY, entities({ b: 'older' }))).toEqual({
      Item: { ...entities({ a: '1' })['Item'], ...entities({ b: '2' }, 2)['Item'] },
    });
    await expect(one.clearData(KEY)).rejects.toThrow();
    expect(canonicalText(await seenBy(other))).toBe(canonicalText(await seenBy(one)));
  });

  test('gives back all that an entity may hold', async ({ one, other }) => {
    const data: EntityKeyData = { Item: { a: richEntity('a') } };
    await one.mergeData(KEY, data);
    const got = await seenBy(other);
    expect(canonicalText(got)).toBe(canonicalText(data));
    expect(Object.keys(got?.['Item']?.['a'] ?? {})).toEqual(Object.keys(richEntity('a')));
  });

  test('keeps what two devices store at once', async ({ one, other }) => {
    await Promise.all([one.loadMetadata('app'), other.loadMetadata('app')]);
    await Promise.all([
      one.mergeData(KEY, entities({ a: 'one', both: 'one' })),
      other.mergeData(KEY, entities({ b: 'other', both: 'later' }, 2)),
      one.mergeData(KEY, entities({ c: 'one' })),
    ]);
    for (const tier of [one, other])
      expect(Object.keys((await seenBy(tier))?.['Item'] ?? {}).sort()).toEqual([
        'a',
        'b',
        'both',
        'c',
      ]);
    expect(await seenBy(one)).toEqual(await seenBy(other));
  });

  test('undoes no deletion, and no creation after it', async ({ one, other }) => {
    await one.mergeData(KEY, entities({ a: '1' }));
    await other.mergeData(KEY, deletion('a', 5));
    await one.mergeData(KEY, entities({ a: 'late' }, 4));
    await one.mergeData(KEY, entities({ a: 'same time' }, 5));
    expect(await seenBy(one)).toEqual(deletion('a', 5));
    await other.mergeData(KEY, entities({ a: 'again' }, 6));
    expect(await seenBy(one)).toEqual(entities({ a: 'again' }, 6));
  });

  test('derives its metadata from what it holds, for the keys of the prefix', async ({
    one,
    other,
  }) => {
    const data = mergeEntityKeyData(entities({ a: '1' }), deletion('b', 3));
    await one.mergeData(KEY, data);
    await one.mergeData('app.Other', entities({ c: '1' }));
    await one.mergeData('application.Item', entities({ d: '1' }));
    for (const tier of [one, other]) {
      const { entityKeys } = await tier.loadMetadata('app');
      expect(Object.keys(entityKeys).sort()).toEqual([KEY, 'app.Other']);
      expect(entityKeys[KEY]).toEqual(describeData(data));
    }
  });

  test('neither changes what it is given nor hands out what it keeps', async ({ one }) => {
    const got = await one.mergeData(KEY, frozen(entities({ a: '1' })));
    (got as { Item: Record<string, { text: string }> }).Item['a'] = { text: 'changed' };
    expect(await seenBy(one)).toEqual(entities({ a: '1' }));
  });

  test('takes any text as a key, a name or an id', async ({ one, other }) => {
    for (const text of AWKWARD) {
      const map = Object.fromEntries([[text, { id: text, updatedAt: new Date(1) }]]);
      await one.mergeData(`app.${text}`, Object.fromEntries([[text, map]]) as EntityKeyData);
    }
    for (const text of AWKWARD) {
      const got = (await seenBy(other, `app.${text}`)) ?? {};
      expect(Object.keys(got)).toEqual([text]);
      expect(Object.keys(Object.entries(got)[0]?.[1] ?? {})).toEqual([text]);
    }
  });

  test('refuses what are no entities, and keeps what it has', async ({ one }) => {
    await one.mergeData(KEY, entities({ a: '1' }));
    for (const bad of [null, 'text', { Item: { b: { id: 'b', does: () => undefined } } }])
      await expect(one.storeData(KEY, bad)).rejects.toThrow();
    expect(await seenBy(one)).toEqual(entities({ a: '1' }));
  });

  test('comes to the same whatever the order', async ({ one, other }) => {
    const id = fc.constantFrom('a', 'b', 'c');
    const change = fc.oneof(
      fc
        .record({ id, ms: fc.nat(4), text: fc.string({ maxLength: 3 }) })
        .map((entity) => entities({ [entity.id]: entity.text }, entity.ms)),
      fc.record({ id, ms: fc.nat(4) }).map((deleted) => deletion(deleted.id, deleted.ms)),
    );
    let run = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.boolean(), fc.boolean(), change), { maxLength: 8 }),
        async (changes) => {
          const key = `app.run${run++}`;
          let model: EntityKeyData = {};
          for (const [isOne, looksFirst, data] of changes) {
            const tier = isOne ? one : other;
            if (looksFirst) await tier.loadMetadata('app');
            await tier.mergeData(key, data);
            model = mergeEntityKeyData(model, data);
          }
          for (const tier of [one, other])
            expect(canonicalText((await seenBy(tier, key)) ?? {})).toBe(canonicalText(model));
        },
      ),
      { seed: 6, numRuns: 15 },
    );
    for (const tier of [one, other]) expect((await tier.verify()).problems).toEqual([]);
  });
}
