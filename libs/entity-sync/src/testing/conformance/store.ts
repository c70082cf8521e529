import { expect } from 'vitest';
import { canonicalText } from '../../model/canonical-text.js';
import { type IStore } from '../../tiers/persistence.js';
import { type PlainPromise } from './plain.js';
import { AWKWARD, entities, frozen, richEntity, type TierTest } from './tier-test.js';

const item = (id: string, text: string) => ({ id, text });

/** The tests of `IStore`. */
export function storeTests(test: TierTest<IStore>, without: readonly PlainPromise[]): void {
  test('gives an entity at once after it was saved', async (tier) => {
    expect(tier.get('app.Item', 'Item', 'a')).toBeNull();
    expect(tier.getAll('app.Item', 'Item')).toEqual([]);
    expect(tier.save('app.Item', 'Item', richEntity('a'))).toBe(true);
    expect(canonicalText(tier.get('app.Item', 'Item', 'a'))).toBe(canonicalText(richEntity('a')));
    tier.save('app.Item', 'Item', item('b', '1'));
    tier.save('app.Item', 'Item', item('b', '2'));
    expect(tier.getAll('app.Item', 'Item')).toHaveLength(2);
    expect(tier.get('app.Item', 'Item', 'b')).toEqual(item('b', '2'));
  });

  test('keeps keys and names apart', async (tier) => {
    tier.save('app.a', 'Item', item('x', '1'));
    tier.save('app.b', 'Item', item('x', '2'));
    tier.save('app.a', 'Label', item('x', '3'));
    expect(tier.getAll('app.a', 'Item')).toEqual([item('x', '1')]);
    expect(tier.get('app.b', 'Item', 'x')).toEqual(item('x', '2'));
    expect(tier.get('app.a', 'Label', 'x')).toEqual(item('x', '3'));
    expect(tier.get('app.b', 'Label', 'x')).toBeNull();
  });

  test('takes away what is deleted, and only that', async (tier) => {
    tier.save('app.a', 'Item', item('x', '1'));
    tier.save('app.a', 'Item', item('y', '2'));
    tier.delete('app.a', 'Item', 'x');
    tier.delete('app.a', 'Item', 'never there');
    tier.delete('app.b', 'Item', 'y');
    expect(tier.get('app.a', 'Item', 'x')).toBeNull();
    expect(tier.getAll('app.a', 'Item')).toEqual([item('y', '2')]);
  });

  test('gives single entities and the whole as the same thing', async (tier) => {
    await tier.storeData('app.a', { ...entities({ x: '1' }), deleted: { Item: { gone: 'z' } } });
    expect(tier.get('app.a', 'Item', 'x')).toEqual(entities({ x: '1' })['Item']?.['x']);
    expect(tier.get('app.a', 'Item', 'gone')).toBeNull();
    tier.save('app.a', 'Item', item('y', '2'));
    expect(await tier.loadData('app.a')).toEqual({
      Item: { ...entities({ x: '1' })['Item'], y: item('y', '2') },
      deleted: { Item: { gone: 'z' } },
    });
    await tier.clearData('app.a');
    expect(tier.getAll('app.a', 'Item')).toEqual([]);
  });

  test('does not change what it is given', async (tier) => {
    const given = frozen(item('x', '1'));
    tier.save('app.a', 'Item', given);
    tier.save('app.a', 'Item', frozen(item('x', '2')));
    expect(given).toEqual(item('x', '1'));
  });

  if (!without.includes('copies'))
    test('hands out nothing whose change would change what it keeps', async (tier) => {
      const given = item('x', '1');
      tier.save('app.a', 'Item', given);
      given.text = 'changed';
      (tier.get('app.a', 'Item', 'x') as typeof given).text = 'changed';
      (tier.getAll('app.a', 'Item')[0] as typeof given).text = 'changed';
      expect(tier.get('app.a', 'Item', 'x')).toEqual(item('x', '1'));
    });

  if (!without.includes('any-key'))
    test('takes any text as a key, a name or an id', async (tier) => {
      for (const text of AWKWARD) {
        expect(tier.get(text, text, text)).toBeNull();
        expect(tier.getAll(text, text)).toEqual([]);
        tier.save(text, text, item(text, 'here'));
        expect(tier.get(text, text, text)).toEqual(item(text, 'here'));
        tier.delete(text, text, text);
        expect(tier.get(text, text, text)).toBeNull();
      }
      expect(Object.keys(Object.prototype)).toEqual([]);
    });
}
