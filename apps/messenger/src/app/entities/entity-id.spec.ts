import { EntityKeyNameStrategy } from '@chat-vault/entity-sync';
import { describe, expect, it } from 'vitest';
import { entityId } from './entity-id';
import { STRATEGY } from './entity-types';

describe('STRATEGY', () => {
  it('is one key for each name', () => {
    const { separator, identifierLength } = new EntityKeyNameStrategy();
    expect(STRATEGY).toMatchObject({ separator, identifierLength });
    expect(STRATEGY.getKey('app', 'Draft', {})).toBe('app.Draft');
  });
});

describe('entityId', () => {
  it('is the same everywhere and always, and lies under the key of its name', () => {
    expect(entityId('Contact', 'Ann')).toBe(entityId('Contact', 'Ann'));
    expect(entityId('Contact', 'Ann')).toMatchInlineSnapshot(`"Contact.FZO4f9OG-Iu5"`);
    for (let number = 0; number < 500; number += 1)
      expect(entityId('Draft', `urn:chat:own:${number} – 🎈`)).toMatch(/^Draft\.[\w-]{12}$/);
  });

  it('differs by subject and by name', () => {
    const ids = ['Ann', 'ann', 'Ann ', ''].flatMap((subject) => [
      entityId('Contact', subject),
      entityId('Draft', subject),
    ]);
    expect(new Set(ids).size).toBe(8);
  });
});
