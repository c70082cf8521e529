/* eslint-disable @typescript-eslint/no-explicit-any, @typescript-eslint/no-unused-vars */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { DataOrchestrator } from './index.js';
import { EntityKeyDateStrategy, DateStrategyOptions } from './index.js';

class YearStrategy extends EntityKeyDateStrategy {
  separator = '.';
  identifierLength = 8;
  getEntityKeyWithoutPrefix(entityName: string, entity: any) {
    const year = new Date(entity.createdAt || Date.now()).getFullYear();
    return `${entityName}.${year}`;
  }
  generateAllEntityKeys(prefix: string, entityName: string, year: number) {
    return [`${prefix}.${entityName}.${year}`];
  }
}

// Minimal in-memory store implementation (example)
class MemoryStore {
  private blobs: Record<string, any> = {};
  private cache: Record<string, any> = {};
  loadData = async (k: string) => this.blobs[k] ?? null;
  storeData = async (k: string, d: any) => {
    this.blobs[k] = d;
  };
  clearData = async (k: string) => {
    delete this.blobs[k];
  };
  get(key: string, entityName: string, id: string) {
    const blob = this.blobs[key];
    return blob?.[entityName]?.[id] ?? null;
  }
  getAll(key: string, entityName: string) {
    const blob = this.blobs[key];
    return Object.values(blob?.[entityName] ?? {});
  }
  save(key: string, entityName: string, entity: any) {
    this.blobs[key] = this.blobs[key] || {};
    this.blobs[key][entityName] = this.blobs[key][entityName] || {};
    this.blobs[key][entityName][entity.id] = entity;
    return true;
  }
  delete(key: string, entityName: string, id: string) {
    const blob = this.blobs[key];
    if (blob?.[entityName]?.[id]) delete blob[entityName][id];
  }
}

type User = { id?: string; name: string; createdAt?: Date; updatedAt?: Date; version?: number };

describe('the quick start', () => {
  afterEach(async () => {
    vi.restoreAllMocks();
    await DataOrchestrator.getInstance().unload();
  });

  it('saves and finds Alice', async () => {
    const log = vi.spyOn(console, 'log').mockImplementation(() => undefined);
    await (async () => {
      const store = new MemoryStore();
      const local = new MemoryStore();
      await DataOrchestrator.load({
        prefix: 'app',
        store,
        local,
        strategy: new YearStrategy(),
      });

      type User = {
        id?: string;
        name: string;
        createdAt?: Date;
        updatedAt?: Date;
        version?: number;
      };
      const repo = DataOrchestrator.getInstance().repo<User>('User');

      const id = repo.save({ name: 'Alice' });
      console.log('Saved ID', id);
      console.log('Fetched', await repo.get(id));
    })();
    const [[, id], [, fetched]] = log.mock.calls as [[string, string], [string, User]];
    expect(id).toMatch(new RegExp(`^User\\.${new Date().getFullYear()}\\.[\\w-]{8}$`));
    expect(fetched).toEqual({
      id,
      name: 'Alice',
      createdAt: expect.any(Date) as Date,
      updatedAt: expect.any(Date) as Date,
      version: 1,
    });
  });

  it('finds everything again with a new store over the same local one', async () => {
    const local = new MemoryStore();
    const load = () =>
      DataOrchestrator.load({
        prefix: 'app',
        store: new MemoryStore(),
        local,
        strategy: new YearStrategy(),
      });
    const first = (await load()).repo<User>('User');
    const [alice, bob] = [first.save({ name: 'Alice' }), first.save({ name: 'Bob' })];
    first.delete(bob);
    const second = (await load()).repo<User>('User');
    expect((await second.getAll()).map(({ name }) => name)).toEqual(['Alice']);
    expect(await second.get(bob)).toBeNull();
    const year = new Date().getFullYear();
    expect(await second.getAll({ years: [year] })).toHaveLength(1);
    expect(await second.getAll({ years: [year - 1] })).toEqual([]);
    const blob = (await local.loadData(`app.User.${year}`)) as Record<string, any>;
    expect(Object.keys(blob['User'])).toEqual([alice]);
    expect(blob['deleted'].User[bob]).toMatch(/^\d{4}-\d\d-\d\dT/);
  });
});
