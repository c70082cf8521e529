import { type IStore } from '../tiers/persistence.js';

type Blob = Record<string, Record<string, unknown> | undefined>;

/** The smallest store that an application may write: a map of blobs, without copies. The orchestrator works with it. */
export class RequirementStore implements IStore {
  readonly #blobs: Record<string, unknown> = {};

  loadData = async (key: string): Promise<unknown> => this.#blobs[key] ?? null;

  storeData = async (key: string, data: unknown): Promise<void> => {
    this.#blobs[key] = data;
  };

  clearData = async (key: string): Promise<void> => {
    delete this.#blobs[key];
  };

  get(key: string, entityName: string, id: string): unknown {
    return (this.#blobs[key] as Blob | undefined)?.[entityName]?.[id] ?? null;
  }

  getAll(key: string, entityName: string): readonly unknown[] {
    return Object.values((this.#blobs[key] as Blob | undefined)?.[entityName] ?? {});
  }

  save(key: string, entityName: string, entity: { readonly id: string }): boolean {
    const blob = (this.#blobs[key] ??= {}) as Blob;
    (blob[entityName] ??= {})[entity.id] = entity;
    return true;
  }

  delete(key: string, entityName: string, id: string): void {
    const blob = this.#blobs[key] as Blob | undefined;
    if (blob?.[entityName]?.[id]) delete blob[entityName][id];
  }
}
