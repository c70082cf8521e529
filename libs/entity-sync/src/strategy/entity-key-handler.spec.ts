import { describe, expect, it } from 'vitest';
import { type Entity } from '../model/entity.js';
import {
  EntityKeyDayStrategy,
  EntityKeyMonthStrategy,
  EntityKeyYearStrategy,
} from './date-strategies.js';
import { EntityKeyHandler } from './entity-key-handler.js';
import { EntityKeyStrategy, type IEntityKeyStrategy } from './entity-key-strategy.js';

class Strategy extends EntityKeyStrategy {
  constructor(
    readonly separator: string,
    readonly logicalKey: string,
    readonly identifierLength = 6,
  ) {
    super();
  }
  getEntityKeyWithoutPrefix(): string {
    return this.logicalKey;
  }
}
let byte = 0;
const handler = (strategy: IEntityKeyStrategy) =>
  new EntityKeyHandler('app', strategy, (length) =>
    Uint8Array.from({ length }, () => (byte = (byte * 5 + 11) & 255)),
  );

describe('EntityKeyHandler', () => {
  it.each([
    ['.', 'Contact'],
    ['.', 'Contact.2024.05'],
    ['-', 'a-b-c'],
    ['_', '_'],
    ['::', 'x::y'],
    ['A', 'AAA'],
    ['.', ''],
  ])('makes ids with the separator %s below "%s" that say their key', (separator, logicalKey) => {
    const keys = handler(new Strategy(separator, logicalKey));
    const key = keys.keyOfNew('Contact', {});
    expect(key).toBe(`app.${logicalKey || 'global'}`);
    for (let count = 0; count < 200; count++) {
      const id = keys.newId(key);
      expect(id.slice(0, -6)).toBe(`${logicalKey || 'global'}${separator}`);
      expect(keys.keyOfId(id)).toBe(key);
    }
  });

  it.each([
    'own',
    'a.b',
    'user.name@example.com',
    '.abcdef',
    'x.abc+ef',
    '',
    'metadata.abcdef',
    `${'x'.repeat(1024)}.abcdef`,
    'half \uD800.abcdef',
  ])('puts the id "%s" of an application under the global key', (id) => {
    expect(handler(new Strategy('.', 'Contact')).keyOfId(id)).toBe('app.global');
  });

  it('refuses keys that are not below the prefix, or hold the metadata', () => {
    const refused = expect.objectContaining({ code: 'invalid-entity' }) as Error;
    const own = (key: string) => Object.assign(new Strategy('.', ''), { getKey: () => key });
    for (const key of ['other.x', 'app', 'app.', 'app.metadata'])
      expect(() => handler(own(key)).keyOfNew('Contact', {})).toThrow(refused);
    expect(() => handler(new Strategy('', 'x'))).toThrow(refused);
    for (const length of [0, 1.5, NaN, Infinity, 65])
      expect(() => handler(new Strategy('.', 'x', length))).toThrow(refused);
  });

  it('refuses keys that no tier takes', () => {
    const refused = expect.objectContaining({ code: 'invalid-entity' }) as Error;
    for (const logicalKey of ['x'.repeat(1025), 'half \uD800'])
      expect(() => handler(new Strategy('.', logicalKey)).keyOfNew('Contact', {})).toThrow(refused);
  });

  it('makes no id that is taken, and says so when there is no other one', () => {
    const keys = handler(new Strategy('.', 'x', 1));
    const taken = new Set<string>();
    const save = () => taken.add(keys.newId('app.x', (id) => taken.has(id)));
    const refused = expect.objectContaining({ code: 'invalid-entity' }) as Error;
    expect(() => {
      for (;;) save();
    }).toThrow(refused);
    expect(taken.size).toBeGreaterThan(30);
    for (const bytes of [() => new Uint8Array(), (length: number) => new Uint8Array(length)]) {
      const constant = new EntityKeyHandler('app', new Strategy('A', 'x'), bytes);
      expect(() => {
        for (let count = 0; count < 2; count++)
          taken.add(constant.newId('app.x', (id) => taken.has(id)));
      }).toThrow(refused);
    }
    const all = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-';
    expect(() => handler(new Strategy(all, 'x'))).toThrow(refused);
  });
});

describe('strategies by date', () => {
  const call: Entity = { createdAt: new Date('2024-02-29T23:59:59.999Z') };
  const [year, month, day] = [
    new EntityKeyYearStrategy(),
    new EntityKeyMonthStrategy(),
    new EntityKeyDayStrategy(),
  ];

  it('divide by year, month and day of UTC', () => {
    expect(year.getKey('app', 'Call', call)).toBe('app.Call.2024');
    expect(month.getKey('app', 'Call', call)).toBe('app.Call.2024-02');
    expect(day.getKey('app', 'Call', call)).toBe('app.Call.2024-02-29');
  });

  it('name all keys of a year, the one of the entity among them', () => {
    expect(year.generateAllEntityKeys('app', 'Call', 2024)).toEqual(['app.Call.2024']);
    expect(month.generateAllEntityKeys('app', 'Call', 2024)).toHaveLength(12);
    const days = day.generateAllEntityKeys('app', 'Call', 2024);
    expect(days).toContain('app.Call.2024-02-29');
    expect(new Set(days).size).toBe(days.length);
  });

  it('narrow queries to periods', () => {
    expect(year.entityKeyFilter('app', 'Call', {})).toBeUndefined();
    expect(year.entityKeyFilter('app', 'Call', { years: [] })).toEqual([]);
    expect(month.entityKeyFilter('app', 'Call', { months: ['2024-02'] })).toEqual([
      'app.Call.2024-02',
    ]);
    expect(day.entityKeyFilter('app', 'Call', { months: ['2024-02'] })).toContain(
      'app.Call.2024-02-29',
    );
    expect(day.entityKeyFilter('app', 'Call', { days: ['2024-02-29'] })).toEqual([
      'app.Call.2024-02-29',
    ]);
    expect(day.isWanted(call, { days: ['2024-02-28'] })).toBe(false);
    expect(day.isWanted(call, { months: ['2024-02'] })).toBe(true);
    expect(month.isWanted(call, {})).toBe(true);
  });
});
