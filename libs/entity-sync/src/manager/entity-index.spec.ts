import { describe, expect, it } from 'vitest';
import { type Entity } from '../model/entity.js';
import { type EntityTransition } from './data-change.js';
import { EntityIndex } from './entity-index.js';

const entity = (city: string) => ({ city }) as Entity;
const change = (id: string, before?: Entity, after?: Entity): EntityTransition => ({
  kind: after ? 'saved' : 'deleted',
  entityKey: 'app.Contact',
  entityName: 'Contact',
  id,
  source: 'app',
  before,
  after,
});

describe('EntityIndex', () => {
  it('follows saves, changes and deletions', () => {
    const index = new EntityIndex({ Contact: ['city'] });
    const [ulm, bonn] = [entity('Ulm'), entity('Bonn')];
    index.update(change('a', undefined, ulm));
    index.update(change('b', undefined, ulm));
    expect(index.find('Contact', { city: 'Ulm' })).toEqual(new Set(['a', 'b']));
    index.update(change('a', ulm, bonn));
    index.update(change('b', ulm, undefined));
    expect(index.find('Contact', { city: 'Ulm' })).toEqual(new Set());
    expect(index.find('Contact', { city: 'Bonn' })).toEqual(new Set(['a']));
  });

  it('gives the fewest, and nothing for fields that are not indexed', () => {
    const index = new EntityIndex({ Contact: ['city', 'name'] });
    const one = { city: 'Ulm', name: 'x' } as Entity;
    const two = { city: 'Ulm', name: 'y' } as Entity;
    index.update(change('a', undefined, one));
    index.update(change('b', undefined, two));
    expect(index.find('Contact', { city: 'Ulm', name: 'y' })).toEqual(new Set(['b']));
    expect(index.find('Contact', { age: 5 })).toBeUndefined();
    expect(index.find('Other', { city: 'Ulm' })).toBeUndefined();
  });
});
