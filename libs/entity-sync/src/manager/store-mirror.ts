import { plainData } from '../model/plain-data.js';
import { type IStore } from '../tiers/persistence.js';
import { type EntityTransition } from './data-change.js';
import { type DataManager } from './data-manager.js';

/**
 * Keeps the application's `IStore` in step with the entities: each entity at once, and the blob of a key, which holds the deletions too, where there are any to
 * keep.
 */
export class StoreMirror {
  readonly #store: IStore;
  readonly #keysWithDeletions = new Set<string>();

  #metadata: string | undefined;
  readonly #onError: (error: unknown) => void;

  constructor(store: IStore, onError: (error: unknown) => void) {
    this.#store = store;
    this.#onError = onError;
  }

  /** Shows one change. What the store fails with is told, and nothing is lost by it: memory has the change. */
  show({ entityKey, entityName, id, after }: EntityTransition): void {
    if (!after) this.#keysWithDeletions.add(entityKey);
    try {
      if (after) this.#store.save(entityKey, entityName, after);
      else this.#store.delete(entityKey, entityName, id);
    } catch (error) {
      this.#onError(error);
    }
  }

  /** Stores the blobs that hold new deletions, and the metadata, so that a store that outlives the page can be read again. */
  async persist(
    metadataKey: string,
    data: Pick<DataManager, 'snapshot' | 'keyMetadata' | 'metadata'>,
  ): Promise<void> {
    const keys = [...this.#keysWithDeletions];
    this.#keysWithDeletions.clear();
    // One after the other, and each with what the key holds when its turn comes: what is saved meanwhile is not put back.
    for (const key of keys) {
      try {
        let hash: string | undefined;
        do {
          hash = data.keyMetadata(key)?.hash;
          await this.#store.storeData(key, plainData(data.snapshot(key)));
        } while (data.keyMetadata(key)?.hash !== hash);
      } catch (error) {
        this.#keysWithDeletions.add(key);
        throw error;
      }
    }
    const metadata = JSON.stringify(data.metadata());
    if (metadata === this.#metadata) return;
    await this.#store.storeData(metadataKey, JSON.parse(metadata));
    this.#metadata = metadata;
  }
}
