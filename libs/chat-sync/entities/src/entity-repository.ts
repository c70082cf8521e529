import {
  assertInInjectionContext,
  effect,
  inject,
  Injector,
  signal,
  type Signal,
  untracked,
} from '@angular/core';
import { type DataRepository, type Entity, type QueryOptions } from '@chat-vault/entity-sync';
import { EMPTY, type Observable, switchMap } from 'rxjs';
import { type EntityAccess } from './entity-access';

/** A value, or a function that gives it and is called again whenever a signal it read changes. */
export type Live<Value> = Value | (() => Value);

type Filter = Readonly<Record<string, unknown>>;

/**
 * The entities of one name. What it gives are copies; changing them changes nothing until they are saved. Calls wait for the entities to be loaded, and reject with
 * `ChatVaultError` when that fails: `not-in-browser` on the server, `offline` when their code cannot be fetched.
 */
export class EntityRepository<T extends Entity, StrategyFilter extends object = Filter> {
  readonly #name: string;
  readonly #access: EntityAccess;

  constructor(name: string, access: EntityAccess) {
    this.#name = name;
    this.#access = access;
  }

  /**
   * Saves a copy of the entity and gives its id, a new one when it has none; sets `updatedAt`, `version` and, on a new one, `createdAt`. It is on the screen when this
   * resolves, and at once when entities are loaded; on the device after at most 2 seconds, or with `EntityRepositories.flush()`.
   *
   * @throws EntitySyncError `invalid-entity` for what cannot be kept; nothing was saved
   */
  async save(entity: T): Promise<string> {
    return this.#here((entities) => entities.save(entity));
  }

  /** Saves several, of which observers are told once. What stands before one that cannot be kept stays saved. @throws EntitySyncError `invalid-entity` */
  async saveAll(all: readonly T[]): Promise<readonly string[]> {
    const orchestrator = this.#access.opened() ?? (await this.#access.open());
    const entities = orchestrator.repo<T, StrategyFilter>(this.#name);
    return orchestrator.batch(() => all.map((entity) => entities.save(entity)));
  }

  /** The entity; `null` when there is none, as far as this device knows. */
  async get(id: string): Promise<T | null> {
    return this.#here((entities) => entities.get(id));
  }

  /** All that the options want, as far as this device knows. */
  async getAll(options: Partial<QueryOptions<T, StrategyFilter>> = {}): Promise<T[]> {
    return this.#here((entities) => entities.getAll(options));
  }

  /** Deletes the entity on all devices; whether there was one here. Saving its id again makes it anew. */
  async delete(id: string): Promise<boolean> {
    return this.#here((entities) => entities.delete(id));
  }

  /** The entity (`null` without one) when it was read, and after each change of it, whoever made it. Ends with the application; on the server at once. */
  observe(id: string): Observable<T | null> {
    return this.#watch((entities) => entities.observe(id));
  }

  /** What `getAll` gives, when it was read and after each transaction that changes it. Ends with the application; on the server at once. */
  observeAll(options: Partial<QueryOptions<T, StrategyFilter>> = {}): Observable<T[]> {
    return this.#watch((entities) => entities.observeAll(options));
  }

  /** The entity, kept up to date until the injector is destroyed; `null` without one and until it was read. For an injection context, or with an injector. */
  signal(
    id: Live<string | undefined>,
    options: { readonly injector?: Injector } = {},
  ): Signal<T | null> {
    const injector = options.injector ?? this.#injector(this.signal);
    return this.#follow<T | null>(injector, null, () => {
      const current = typeof id === 'function' ? id() : id;
      return current === undefined ? undefined : this.observe(current);
    });
  }

  /** What `getAll` gives, kept up to date until the injector is destroyed; empty until it was read. For an injection context, or with an injector. */
  signalAll(
    query: Live<Partial<QueryOptions<T, StrategyFilter>>> = {},
    options: { readonly injector?: Injector } = {},
  ): Signal<readonly T[]> {
    const injector = options.injector ?? this.#injector(this.signalAll);
    return this.#follow<readonly T[]>(injector, [], () =>
      this.observeAll(typeof query === 'function' ? query() : query),
    );
  }

  #injector(caller: (...call: never[]) => unknown): Injector {
    assertInInjectionContext(caller);
    return inject(Injector);
  }

  async #here<Result>(
    work: (entities: DataRepository<T, StrategyFilter>) => Result,
  ): Promise<Awaited<Result>> {
    const orchestrator = this.#access.opened() ?? (await this.#access.open());
    return await work(orchestrator.repo<T, StrategyFilter>(this.#name));
  }

  #watch<Value>(
    watch: (entities: DataRepository<T, StrategyFilter>) => Observable<Value>,
  ): Observable<Value> {
    if (!this.#access.hasPage) return EMPTY;
    return this.#access.opened$.pipe(
      switchMap((orchestrator) => watch(orchestrator.repo<T, StrategyFilter>(this.#name))),
    );
  }

  #follow<Value>(
    injector: Injector,
    nothing: Value,
    choose: () => Observable<Value> | undefined,
  ): Signal<Value> {
    const value = signal(nothing);
    if (!this.#access.hasPage) return value.asReadonly();
    effect(
      (onCleanup) => {
        const chosen = choose();
        untracked(() => {
          if (!chosen) return value.set(nothing);
          const subscription = chosen.subscribe((current) => value.set(current));
          onCleanup(() => subscription.unsubscribe());
        });
      },
      { injector },
    );
    return value.asReadonly();
  }
}
