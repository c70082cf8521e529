import fc from 'fast-check';
import { expect } from 'vitest';
import { canonicalText } from '../../model/canonical-text.js';
import { type IPersistence } from '../../tiers/persistence.js';
import { AWKWARD, entities, frozen, richEntity, type TierTest } from './tier-test.js';

/** A promise that simple tiers do not make. */
export type PlainPromise = 'copies' | 'any-key';

type Step =
  | { readonly kind: 'store'; readonly key: string; readonly text: string }
  | { readonly kind: 'clear' | 'load'; readonly key: string };

/** The tests of `IPersistence`. */
export function plainTests(test: TierTest<IPersistence>, without: readonly PlainPromise[]): void {
  test('gives null for what was never stored', async (tier) => {
    expect(await tier.loadData('app.Item')).toBeNull();
    await tier.clearData('app.Item');
    expect(await tier.loadData('app.Item')).toBeNull();
  });

  test('gives back all that an entity may hold, names of properties in their order', async (tier) => {
    const data = {
      Item: { a: richEntity('a') },
      deleted: { Item: { b: new Date(3).toISOString() } },
    };
    await tier.storeData('app.Item', data);
    const got = (await tier.loadData('app.Item')) as typeof data;
    expect(canonicalText(got)).toBe(canonicalText(data));
    expect(Object.keys(got.Item.a)).toEqual(Object.keys(data.Item.a));
    expect((got.Item.a as { createdAt: unknown }).createdAt).toBeInstanceOf(Date);
    expect(Object.hasOwn(got.Item.a, 'nothing')).toBe(true);
  });

  test('replaces and clears as a whole, each key for itself', async (tier) => {
    await tier.storeData('app.Item', entities({ a: '1', b: '1' }));
    await tier.storeData('app.Item.2', entities({ c: '1' }));
    await tier.storeData('app.Item', entities({ b: '2' }));
    expect(await tier.loadData('app.Item')).toEqual(entities({ b: '2' }));
    await tier.clearData('app.Item');
    expect(await tier.loadData('app.Item')).toBeNull();
    expect(await tier.loadData('app.Item.2')).toEqual(entities({ c: '1' }));
  });

  test('keeps other values than entities too', async (tier) => {
    const metadata = { updatedAt: 'x', entityKeys: { 'app.Item': { hash: '0', entities: {} } } };
    for (const value of [metadata, [1, { a: new Date(1) }], 'text', 0, false]) {
      await tier.storeData('app.metadata', value);
      expect(await tier.loadData('app.metadata')).toEqual(value);
    }
  });

  test('keeps much under one key, and each change to it', async (tier) => {
    const texts: Record<string, string> = {};
    for (let at = 0; at < 3000; at++) texts[`i${at}`] = `${at} `.padEnd(120, 'lorem ');
    await tier.storeData('app.Item', entities(texts));
    for (const id of ['i0', 'i1499', 'i2999']) {
      texts[id] = 'changed';
      await tier.storeData('app.Item', entities(texts));
      expect(canonicalText(await tier.loadData('app.Item'))).toBe(canonicalText(entities(texts)));
    }
    await tier.storeData('app.Item', entities({ a: 'few' }));
    expect(await tier.loadData('app.Item')).toEqual(entities({ a: 'few' }));
  });

  test('does not change what it is given', async (tier) => {
    const data = frozen({ Item: { a: richEntity('a') } });
    await tier.storeData('app.Item', data);
    await tier.storeData('app.Item', frozen(entities({ b: '1' })));
    await tier.loadData('app.Item');
    await tier.clearData('app.Item');
    expect(canonicalText(data)).toBe(canonicalText({ Item: { a: richEntity('a') } }));
  });

  test('keeps what is stored under several keys at once', async (tier) => {
    const keys = Array.from({ length: 20 }, (_, at) => `app.Item.${at}`);
    await Promise.all(keys.map((key) => tier.storeData(key, entities({ [key]: key }))));
    const got = await Promise.all(keys.map((key) => tier.loadData(key)));
    expect(got).toEqual(keys.map((key) => entities({ [key]: key })));
  });

  test('behaves as a map whatever is done to it', async (tier) => {
    const key = fc.constantFrom('app.a', 'app.b', 'app.a.b');
    const step: fc.Arbitrary<Step> = fc.oneof(
      fc.record({ kind: fc.constant('store' as const), key, text: fc.string({ maxLength: 5 }) }),
      fc.record({ kind: fc.constantFrom('clear' as const, 'load' as const), key }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
        const model = new Map<string, unknown>();
        for (const one of ['app.a', 'app.b', 'app.a.b']) await tier.clearData(one);
        for (const one of steps) await runStep(tier, model, one);
        for (const one of model.keys()) expect(await tier.loadData(one)).toEqual(model.get(one));
      }),
      { seed: 4, numRuns: 25 },
    );
  });

  if (!without.includes('copies'))
    test('hands out nothing whose change would change what it keeps', async (tier) => {
      const data = entities({ a: '1' }) as { Item: Record<string, { text: string }> };
      await tier.storeData('app.Item', data);
      const a = data.Item['a'] as { text: string };
      a.text = 'changed by its owner';
      const got = (await tier.loadData('app.Item')) as typeof data;
      expect(got).toEqual(entities({ a: '1' }));
      (got.Item['a'] as { text: string }).text = 'changed by a reader';
      expect(await tier.loadData('app.Item')).toEqual(entities({ a: '1' }));
    });

  if (!without.includes('any-key'))
    test('takes any text as a key, a name or an id', async (tier) => {
      for (const key of AWKWARD) expect(await tier.loadData(key)).toBeNull();
      for (const key of AWKWARD) await tier.storeData(key, awkwardData(key));
      for (const key of AWKWARD)
        expect(canonicalText(await tier.loadData(key))).toBe(canonicalText(awkwardData(key)));
      expect(Object.keys(Object.prototype)).toEqual([]);
    });
}

async function runStep(tier: IPersistence, model: Map<string, unknown>, step: Step): Promise<void> {
  switch (step.kind) {
    case 'store':
      model.set(step.key, entities({ a: step.text }));
      return tier.storeData(step.key, entities({ a: step.text }));
    case 'clear':
      model.set(step.key, null);
      return tier.clearData(step.key);
    case 'load':
      expect(await tier.loadData(step.key)).toEqual(model.get(step.key) ?? null);
  }
}

/** Entities whose names and ids are awkward. */
function awkwardData(text: string): object {
  const data = Object.create(null) as Record<string, Record<string, unknown>>;
  for (const name of AWKWARD) {
    const map = Object.create(null) as Record<string, unknown>;
    for (const id of AWKWARD) map[id] = { id, text };
    data[name] = map;
  }
  return data;
}
