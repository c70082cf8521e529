import { Observable, type Subscription } from 'rxjs';
import { type DataManager } from '../manager/data-manager.js';
import { type EntityTransition } from '../manager/data-change.js';
import { type Hydrator } from '../manager/hydrator.js';
import { cloneData } from '../model/clone-data.js';
import { type Entity } from '../model/entity.js';
import { type QueryOptions } from '../repository/query-options.js';
import { type AnyEntity, queryEntities } from '../repository/query.js';
import { queryText } from './query-text.js';
import { Watch, type Watched } from './watch.js';

type AnyWatch = Pick<Watch<unknown, unknown>, 'refresh' | 'isWatched'>;

/**
 * Tells observers what concerns them: a value at subscription, and one for each transaction that changes it. Observers of the same entity, and of
 * equal queries, share one lookup a transaction; each is given copies of its own.
 */
export class ObservableManager {
  readonly #data: DataManager;
  readonly #hydrator: Hydrator;
  readonly #subscription: Subscription;
  /** Watches by what they look at, by the entity name (for lists) or the name and id. */
  readonly #watches = new Map<string, Map<string | symbol, AnyWatch>>();
  readonly #ends = new Set<() => void>();

  constructor(data: DataManager, hydrator: Hydrator) {
    this.#data = data;
    this.#hydrator = hydrator;
    this.#subscription = data.touched$.subscribe((changes) => this.#tell(changes));
  }

  /** One entity. */
  observe(entityName: string, id: string): Observable<Entity | null> {
    return this.#observable<Entity | null, Entity | null>({
      place: placeOf(entityName, id),
      text: id,
      read: () => this.#data.find(entityName, id) ?? null,
      isSame: (a, b) => a === b,
      copy: cloneData,
      hydrate: () => this.#hydrator.ensureId(id),
    });
  }

  /** The list that a query gives. What its caller changes in the options later does not count. */
  observeAll(entityName: string, options: QueryOptions<AnyEntity>): Observable<AnyEntity[]> {
    const text = queryText(options);
    const kept = text === undefined ? options : cloneData(options);
    return this.#observable<readonly AnyEntity[], AnyEntity[]>({
      place: entityName,
      text: text ?? Symbol(entityName),
      read: () => queryEntities(this.#data, entityName, kept),
      isSame: (a, b) => a.length === b.length && a.every((entity, index) => entity === b[index]),
      copy: (entities) => entities.map(cloneData),
      hydrate: () => this.#hydrator.ensureQuery(entityName, kept),
    });
  }

  /** Completes all observables. */
  close(): void {
    this.#subscription.unsubscribe();
    for (const end of [...this.#ends]) end();
  }

  #observable<Kept, Given>(what: Observed<Kept, Given>): Observable<Given> {
    return new Observable((subscriber) => {
      const watch = this.#watch(what);
      const tell = (value: Given) => subscriber.next(value);
      const end = () => subscriber.complete();
      this.#ends.add(end);
      subscriber.add(() => {
        watch.remove(tell);
        this.#ends.delete(end);
        this.#forget(what, watch);
      });
      watch.add(tell);
      if (subscriber.closed) watch.remove(tell);
      // What it brings is told like any other change; why it failed is in the state of the tier.
      void what.hydrate();
    });
  }

  #tell(changes: readonly EntityTransition[]): void {
    const watches = new Set<AnyWatch>();
    for (const { entityName, id } of changes)
      for (const place of [entityName, placeOf(entityName, id)])
        this.#watches.get(place)?.forEach((watch) => watches.add(watch));
    for (const watch of watches) watch.refresh();
  }

  #watch<Kept, Given>(what: Observed<Kept, Given>): Watch<Kept, Given> {
    const { place, text } = what;
    const there = this.#watches.get(place) ?? new Map<string | symbol, AnyWatch>();
    this.#watches.set(place, there);
    const known = there.get(text);
    if (known) return known as Watch<Kept, Given>;
    const watch = new Watch(what, () => this.#data.revision);
    there.set(text, watch as AnyWatch);
    return watch;
  }

  #forget({ place, text }: Lookup, watch: AnyWatch): void {
    const there = this.#watches.get(place);
    if (watch.isWatched || there?.get(text) !== watch) return;
    there.delete(text);
    if (there.size === 0) this.#watches.delete(place);
  }
}

interface Lookup {
  readonly place: string;
  /** Equal for the same lookup. */
  readonly text: string | symbol;
}

interface Observed<Kept, Given> extends Lookup, Watched<Kept, Given> {
  readonly hydrate: () => Promise<void>;
}

/** No entity name is like this: it begins with a line break. */
const placeOf = (entityName: string, id: string): string => `\n${JSON.stringify([entityName, id])}`;
