import { expect } from 'vitest';
import { type AtomicPersistence } from '../../tiers/persistence.js';
import { entities, type TierTest, unkeepable } from './tier-test.js';

/** The tests of `AtomicPersistence`. */
export function atomicTests(test: TierTest<AtomicPersistence>): void {
  test('stores and clears several keys at once', async (tier) => {
    await tier.storeData('app.old', entities({ o: '1' }));
    await tier.storeAll(
      new Map<string, unknown>([
        ['app.a', entities({ a: '1' })],
        ['app.b', entities({ b: '1' })],
        ['app.old', null],
        ['app.never', null],
      ]),
    );
    expect(await tier.loadData('app.a')).toEqual(entities({ a: '1' }));
    expect(await tier.loadData('app.b')).toEqual(entities({ b: '1' }));
    expect(await tier.loadData('app.old')).toBeNull();
    expect(await tier.loadData('app.never')).toBeNull();
    await tier.storeAll(new Map());
  });

  test('stores nothing when one of the values cannot be kept', async (tier) => {
    await tier.storeData('app.a', entities({ a: '1' }));
    for (const place of [0, 1, 2]) {
      const values: (readonly [string, unknown])[] = [
        ['app.a', entities({ a: '2' })],
        ['app.b', entities({ b: '2' })],
      ];
      values.splice(place, 0, ['app.c', unkeepable]);
      await expect(tier.storeAll(new Map(values))).rejects.toThrow();
      await expect(tier.updateAll(['app.a'], () => new Map(values))).rejects.toThrow();
      expect(await tier.loadData('app.a')).toEqual(entities({ a: '1' }));
      for (const key of ['app.b', 'app.c']) expect(await tier.loadData(key)).toBeNull();
    }
  });

  test('gives what is there to who changes it, null for what is not, and keeps what is not named', async (tier) => {
    await tier.storeData('app.a', entities({ a: '1' }));
    await tier.storeData('app.c', entities({ c: '1' }));
    const seen: unknown[] = [];
    await tier.updateAll(['app.a', 'app.b', 'app.c'], (values) => {
      seen.push([...values]);
      return new Map<string, unknown>([
        ['app.a', null],
        ['app.b', entities({ b: '1' })],
      ]);
    });
    expect(seen.at(-1)).toEqual([
      ['app.a', entities({ a: '1' })],
      ['app.b', null],
      ['app.c', entities({ c: '1' })],
    ]);
    expect(await tier.loadData('app.a')).toBeNull();
    expect(await tier.loadData('app.b')).toEqual(entities({ b: '1' }));
    expect(await tier.loadData('app.c')).toEqual(entities({ c: '1' }));
  });

  test('stores nothing when the change throws, and throws that', async (tier) => {
    const failure = new Error('no');
    const failing = tier.updateAll(['app.a'], () => {
      throw failure;
    });
    await expect(failing).rejects.toBe(failure);
    expect(await tier.loadData('app.a')).toBeNull();
  });

  test('runs changes of one key one after the other', async (tier) => {
    await Promise.all(
      Array.from({ length: 30 }, () =>
        tier.updateAll(['app.count', 'app.twice'], (values) => {
          const count = ((values.get('app.count') as number | null) ?? 0) + 1;
          return new Map([
            ['app.count', count],
            ['app.twice', count * 2],
          ]);
        }),
      ),
    );
    expect(await tier.loadData('app.count')).toBe(30);
    expect(await tier.loadData('app.twice')).toBe(60);
  });
}
