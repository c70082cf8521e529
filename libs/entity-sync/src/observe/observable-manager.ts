import { Observable, type Subscription } from 'rxjs';
import { type DataManager } from '../manager/data-manager.js';
import { type EntityTransition } from '../manager/data-change.js';
import { type Hydrator } from '../manager/hydrator.js';
import { copyValue } from '../model/copy-value.js';
import { type Entity } from '../model/entity.js';
import { type QueryOptions } from '../repository/query-options.js';
import { type AnyEntity, queryEntities } from '../repository/query.js';

type Listener = () => void;

/** Tells observers what concerns them: a value at subscription, and one for each transaction that changes it. */
export class ObservableManager {
  readonly #data: DataManager;
  readonly #hydrator: Hydrator;
  readonly #subscription: Subscription;
  /** Listeners by entity name (for lists), and by name and id. */
  readonly #listeners = new Map<string, Set<Listener>>();
  readonly #ends = new Set<Listener>();

  constructor(data: DataManager, hydrator: Hydrator) {
    this.#data = data;
    this.#hydrator = hydrator;
    this.#subscription = data.changes$.subscribe((changes) => this.#tell(changes));
  }

  /** One entity. */
  observe(entityName: string, id: string): Observable<Entity | null> {
    return this.#watch({
      place: placeOf(entityName, id),
      read: () => this.#data.find(entityName, id) ?? null,
      isSame: (a, b) => a === b,
      copy: (entity) => entity && copyValue(entity),
      hydrate: () => this.#hydrator.ensureId(id),
    });
  }

  /** The list that a query gives. */
  observeAll(entityName: string, options: QueryOptions<AnyEntity>): Observable<AnyEntity[]> {
    return this.#watch<readonly AnyEntity[], AnyEntity[]>({
      place: entityName,
      read: () => queryEntities(this.#data, entityName, options),
      isSame: (a, b) => a.length === b.length && a.every((entity, index) => entity === b[index]),
      copy: (entities) => entities.map((entity) => copyValue(entity)),
      hydrate: () => this.#hydrator.ensureQuery(entityName, options),
    });
  }

  /** Completes all observables. */
  close(): void {
    this.#subscription.unsubscribe();
    for (const end of [...this.#ends]) end();
  }

  #watch<Kept, Given>(watched: Watched<Kept, Given>): Observable<Given> {
    return new Observable((subscriber) => {
      let last = watched.read();
      const listener = () => {
        const current = watched.read();
        if (watched.isSame(last, current)) return;
        last = current;
        subscriber.next(watched.copy(current));
      };
      const end = () => subscriber.complete();
      this.#add(watched.place, listener);
      this.#ends.add(end);
      subscriber.add(() => {
        this.#remove(watched.place, listener);
        this.#ends.delete(end);
      });
      subscriber.next(watched.copy(last));
      // What it brings is told like any other change; why it failed is in the state of the tier.
      void watched.hydrate();
    });
  }

  #tell(changes: readonly EntityTransition[]): void {
    const listeners = new Set<Listener>();
    for (const { entityName, id } of changes)
      for (const place of [entityName, placeOf(entityName, id)])
        this.#listeners.get(place)?.forEach((listener) => listeners.add(listener));
    for (const listener of listeners) listener();
  }

  #add(place: string, listener: Listener): void {
    const listeners = this.#listeners.get(place);
    if (listeners) listeners.add(listener);
    else this.#listeners.set(place, new Set([listener]));
  }

  #remove(place: string, listener: Listener): void {
    const listeners = this.#listeners.get(place);
    listeners?.delete(listener);
    if (listeners?.size === 0) this.#listeners.delete(place);
  }
}

interface Watched<Kept, Given> {
  readonly place: string;
  readonly read: () => Kept;
  readonly isSame: (a: Kept, b: Kept) => boolean;
  readonly copy: (kept: Kept) => Given;
  readonly hydrate: () => Promise<void>;
}

/** No entity name is like this: it begins with a line break. */
const placeOf = (entityName: string, id: string): string => `\n${JSON.stringify([entityName, id])}`;
