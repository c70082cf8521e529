import { expect } from 'vitest';
import { canonicalText } from '../../model/canonical-text.js';
import { type EntityKeyData } from '../../model/entity-key-data.js';
import { type Entity } from '../../model/entity.js';
import { type PatchingPersistence } from '../../tiers/persistence.js';
import { AWKWARD, entities, type TierTest, unkeepable } from './tier-test.js';

/** The tests of `PatchingPersistence`. */
export function patchingTests(test: TierTest<PatchingPersistence>): void {
  const patch = (tier: PatchingPersistence, key: string, data: EntityKeyData) =>
    tier.patchAll([], () => ({ values: new Map(), patches: new Map([[key, data]]) }));
  const same = async (tier: PatchingPersistence, key: string, data: unknown) =>
    expect(canonicalText(await tier.loadData(key))).toBe(canonicalText(data));

  test('puts the ids of a patch in their place and leaves all others', async (tier) => {
    await patch(tier, 'app.Item', entities({ a: '1', b: '1' }));
    await same(tier, 'app.Item', entities({ a: '1', b: '1' }));
    await patch(tier, 'app.Item', { ...entities({ b: '2' }), deleted: { Item: { a: 'x' } } });
    await same(tier, 'app.Item', { ...entities({ b: '2' }), deleted: { Item: { a: 'x' } } });
    await patch(tier, 'app.Item', { deleted: { Item: { b: 'y' } } });
    await same(tier, 'app.Item', { deleted: { Item: { a: 'x', b: 'y' } } });
    await patch(tier, 'app.Item', entities({ a: '3', b: '3' }));
    await same(tier, 'app.Item', entities({ a: '3', b: '3' }));
  });

  test('changes values and patches together or not at all, by what was there', async (tier) => {
    await tier.storeData('app.a', entities({ a: '1' }));
    await tier.storeData('app.count', 1);
    await tier.patchAll(['app.count', 'app.none'], (values) => {
      expect([...values]).toEqual([
        ['app.count', 1],
        ['app.none', null],
      ]);
      return {
        values: new Map([['app.count', 2]]),
        patches: new Map([['app.a', entities({ b: '1' })]]),
      };
    });
    expect(await tier.loadData('app.count')).toBe(2);
    await same(tier, 'app.a', entities({ a: '1', b: '1' }));
    const failure = new Error('no');
    const failing = tier.patchAll([], () => {
      throw failure;
    });
    await expect(failing).rejects.toBe(failure);
    const unkept = tier.patchAll([], () => ({
      values: new Map([['app.count', 3]]),
      patches: new Map([['app.a', unkeepable as object as EntityKeyData]]),
    }));
    await expect(unkept).rejects.toThrow();
    expect(await tier.loadData('app.count')).toBe(2);
    await same(tier, 'app.a', entities({ a: '1', b: '1' }));
  });

  test('patches what is large, grows and shrinks', async (tier) => {
    const texts: Record<string, string> = {};
    for (let round = 0; round < 6; round++) {
      const fresh: Record<string, string> = {};
      for (let at = 0; at < 700; at++)
        fresh[`i${(round * 450 + at) % 2700}`] = `${round} ${at} `.padEnd(400, 'lorem ');
      Object.assign(texts, fresh);
      await patch(tier, 'app.Item', entities(fresh));
      await same(tier, 'app.Item', entities(texts));
      texts['i7'] = `changed ${round}`;
      await patch(tier, 'app.Item', entities({ i7: texts['i7'] }));
      await same(tier, 'app.Item', entities(texts));
    }
    const gone = Object.fromEntries(Object.keys(texts).map((id) => [id, 'z']));
    await patch(tier, 'app.Item', { deleted: { Item: gone } });
    await same(tier, 'app.Item', { deleted: { Item: gone } });
    await tier.storeData('app.Item', entities({ a: 'few' }));
    await same(tier, 'app.Item', entities({ a: 'few' }));
  });

  test('patches keys, names and ids of any text', async (tier) => {
    const named = (name: string, ids: readonly string[]) => {
      const map = Object.create(null) as Record<string, Entity>;
      for (const id of ids) map[id] = { id };
      const data = Object.create(null) as Record<string, typeof map>;
      data[name] = map;
      return data as EntityKeyData;
    };
    for (const text of AWKWARD) {
      await patch(tier, text, named(text, [text]));
      await patch(tier, text, named(text, ['other']));
      await same(tier, text, named(text, [text, 'other']));
    }
    expect(Object.keys(Object.prototype)).toEqual([]);
  });
}
