import { type Observable } from 'rxjs';
import { type DataManager } from '../manager/data-manager.js';
import { type Hydrator } from '../manager/hydrator.js';
import { cloneData } from '../model/clone-data.js';
import { type Entity } from '../model/entity.js';
import { type ObservableManager } from '../observe/observable-manager.js';
import { type QueryOptions, type StrategyFilter } from './query-options.js';
import { type AnyEntity, queryEntities } from './query.js';

/** What a repository works with. */
export interface RepositoryParts {
  readonly data: DataManager;
  readonly hydrator: Hydrator;
  readonly observables: ObservableManager;
  /** Throws when the orchestrator was unloaded. */
  readonly checkLoaded: () => void;
}

/** The entities of one name; `Filter` is what the strategy's own filter takes, such as `DateStrategyOptions`. What it gives are copies; changing them changes nothing until they are saved. */
export class DataRepository<T extends Entity, Filter extends object = StrategyFilter> {
  readonly #name: string;
  readonly #parts: RepositoryParts;

  constructor(entityName: string, parts: RepositoryParts) {
    parts.data.keys.checkName(entityName);
    this.#name = entityName;
    this.#parts = parts;
  }

  /**
   * Saves a copy of the entity and gives its id, a new one when it has none. Sets `updatedAt`, `version` and, on a new entity, `createdAt`; the argument stays as it
   * is. It is in memory when this returns, on the device with the next flush (after at most 2 seconds).
   * @throws EntitySyncError `invalid-entity` for what cannot be kept, `not-loaded`
   */
  save(entity: T): string {
    this.#parts.checkLoaded();
    return this.#parts.data.save(this.#name, entity);
  }

  /** The entity; `null` when there is none, as far as it can be known now. @throws EntitySyncError `not-loaded` */
  async get(id: string): Promise<T | null> {
    this.#parts.checkLoaded();
    await this.#parts.hydrator.ensureId(id);
    const entity = this.#parts.data.find(this.#name, id);
    return entity ? cloneData(entity as T) : null;
  }

  /** All entities that the options want. @throws EntitySyncError `not-loaded` */
  async getAll(options: Partial<QueryOptions<T, Filter>> = {}): Promise<T[]> {
    this.#parts.checkLoaded();
    await this.#parts.hydrator.ensureQuery(this.#name, options);
    const found = queryEntities(
      this.#parts.data,
      this.#name,
      options as object as QueryOptions<AnyEntity>,
    );
    return found.map(cloneData) as readonly Entity[] as T[];
  }

  /** Deletes the entity everywhere; whether there was one here. Saving its id again makes it anew. @throws EntitySyncError `not-loaded` */
  delete(id: string): boolean {
    this.#parts.checkLoaded();
    return this.#parts.data.delete(this.#name, id);
  }

  /** The entity now (`null` without one) and after each change of it. */
  observe(id: string): Observable<T | null> {
    this.#parts.checkLoaded();
    return this.#parts.observables.observe(this.#name, id) as Observable<T | null>;
  }

  /** What `getAll` gives, now and after each transaction that changes it. */
  observeAll(options: Partial<QueryOptions<T, Filter>> = {}): Observable<T[]> {
    this.#parts.checkLoaded();
    const { observables } = this.#parts;
    return observables.observeAll(
      this.#name,
      options as object as QueryOptions<AnyEntity>,
    ) as Observable<Entity[]> as Observable<T[]>;
  }
}
