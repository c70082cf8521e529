import { BehaviorSubject, distinctUntilChanged, map, type Observable } from 'rxjs';
import { defaultEnvironment } from '../default-environment.js';
import { type EntitySyncEnvironment } from '../environment.js';
import { EntitySyncError } from '../errors/entity-sync-error.js';
import { type DataChange } from '../manager/data-change.js';
import { DataManager } from '../manager/data-manager.js';
import { EntityIndex } from '../manager/entity-index.js';
import { Hydrator } from '../manager/hydrator.js';
import { StoreMirror } from '../manager/store-mirror.js';
import { lastWriterWins } from '../merge/conflict-resolver.js';
import { EntityClock } from '../model/entity-clock.js';
import { type EntityKeyData } from '../model/entity-key-data.js';
import { type Entity } from '../model/entity.js';
import { parseData } from '../model/plain-data.js';
import { ObservableManager } from '../observe/observable-manager.js';
import { DataRepository } from '../repository/data-repository.js';
import { type StrategyFilter } from '../repository/query-options.js';
import { DEFAULT_SCHEDULE, type ScheduleOptions } from '../schedule/schedule-options.js';
import { SyncScheduler } from '../schedule/sync-scheduler.js';
import { type TelemetryEvent } from '../schedule/telemetry.js';
import { type TierState } from '../schedule/tier-state.js';
import { EntityKeyHandler, metadataKeyOf } from '../strategy/entity-key-handler.js';
import { parseMetadata } from '../sync/blob-metadata.js';
import { Turns } from '../sync/turns.js';
import { type IPersistence, type TierReport } from '../tiers/persistence.js';
import { type OrchestratorOptions } from './orchestrator-options.js';
import { Tiers } from './tiers.js';

/**
 * Entities of an application in memory, on the device and in clouds. `load` makes the one that `getInstance` gives; `create` makes any number side by
 * side. Whoever makes one ends it with `unload`.
 */
export class DataOrchestrator {
  static #instance: DataOrchestrator | undefined;
  static readonly #loads = new Turns();

  readonly #options: OrchestratorOptions;
  readonly #scheduler: SyncScheduler;
  readonly #data: DataManager;
  readonly #mirror: StoreMirror;
  readonly #hydrator: Hydrator;
  readonly #observables: ObservableManager;
  readonly #tiers: Tiers;
  readonly #states = new BehaviorSubject<readonly TierState[]>([]);
  readonly #repositories = new Map<string, DataRepository<Entity>>();
  #isLoaded = true;

  private constructor(options: OrchestratorOptions) {
    const environment: EntitySyncEnvironment = {
      ...defaultEnvironment(),
      ...options.environment,
      ...(options.now ? { now: options.now } : {}),
    };
    const resolver = options.conflictResolver ?? lastWriterWins;
    this.#options = options;
    this.#mirror = new StoreMirror(options.store, (error) =>
      this.#tellError('the store refused a change', error),
    );
    this.#data = new DataManager({
      keys: new EntityKeyHandler(options.prefix, options.strategy, environment.randomBytes),
      clock: new EntityClock(environment.now),
      index: new EntityIndex(options.indexes ?? {}),
      store: this.#mirror,
      resolver,
    });
    this.#scheduler = new SyncScheduler(environment, scheduleOf(options.schedule));
    this.#tiers = new Tiers(
      {
        data: this.#data,
        resolver,
        environment,
        scheduler: this.#scheduler,
        persistStore: () => this.#persistStore(),
        onState: () => this.#showState(),
      },
      options.local,
    );
    this.#data.onAppChange = () => this.#tiers.markDirty();
    this.#hydrator = new Hydrator(
      this.#data,
      () => this.#tiers.sources(),
      () => this.#tiers.markDirty(),
    );
    this.#observables = new ObservableManager(this.#data, this.#hydrator);
    this.#showState();
  }

  /**
   * Makes the orchestrator that `getInstance` gives; one that was loaded before is unloaded first. It is there when what the device holds is in
   * memory, or could not be read (`states()` says why; it is tried again). Clouds are asked in the background.
   */
  static load(options: OrchestratorOptions): Promise<DataOrchestrator> {
    return DataOrchestrator.#loads.run(async () => {
      await DataOrchestrator.#instance?.unload();
      const orchestrator = await DataOrchestrator.create(options);
      DataOrchestrator.#instance = orchestrator;
      return orchestrator;
    });
  }

  /** Makes an orchestrator of its own; otherwise as `load`. */
  static async create(options: OrchestratorOptions): Promise<DataOrchestrator> {
    const orchestrator = new DataOrchestrator(options);
    await orchestrator.#begin();
    return orchestrator;
  }

  /** The orchestrator that was loaded. @throws EntitySyncError `not-loaded` */
  static getInstance(): DataOrchestrator {
    if (DataOrchestrator.#instance) return DataOrchestrator.#instance;
    throw notLoaded();
  }

  /** The entities of a name. @throws EntitySyncError `invalid-entity` for a reserved name, `not-loaded` */
  repo<T extends Entity, Filter extends object = StrategyFilter>(
    entityName: string,
  ): DataRepository<T, Filter> {
    this.#checkLoaded();
    const known = this.#repositories.get(entityName);
    if (known) return known as unknown as DataRepository<T, Filter>;
    const repository = new DataRepository<Entity>(entityName, {
      data: this.#data,
      hydrator: this.#hydrator,
      observables: this.#observables,
      checkLoaded: () => this.#checkLoaded(),
    });
    this.#repositories.set(entityName, repository);
    return repository as unknown as DataRepository<T, Filter>;
  }

  /** Runs something synchronous; observers are told once of all that it changed. What was saved before it threw stays saved. */
  batch<Result>(work: () => Result): Result {
    this.#checkLoaded();
    return this.#data.batch(work);
  }

  /**
   * Makes all tiers equal now; with the id of a cloud only memory, the device and that cloud. Rejects with the first failure, after every tier was tried.
   *
   * @throws EntitySyncError `not-loaded`; `invalid-entity` for an id that no cloud has
   */
  async syncNow(cloudId?: string): Promise<void> {
    this.#checkLoaded();
    await this.#tiers.sync(cloudId);
  }

  /** Resolves when all that was saved before is on the device (without one: in the clouds). @throws EntitySyncError `not-loaded` */
  async flush(): Promise<void> {
    this.#checkLoaded();
    await this.#tiers.flush();
  }

  /** Takes over what another tab wrote to the device. @throws EntitySyncError `not-loaded` */
  refresh(): Promise<void> {
    return this.flush();
  }

  /** Whether any tier may lack something that was saved here. */
  isDirty(): boolean {
    return this.#tiers.states().some(({ isDirty }) => isDirty);
  }

  /** `isDirty` now and whenever it changes. */
  observeDirty(): Observable<boolean> {
    return this.#states.pipe(
      map((states) => states.some(({ isDirty }) => isDirty)),
      distinctUntilChanged(),
    );
  }

  /** How it stands with the tiers below memory. */
  states(): readonly TierState[] {
    return this.#tiers.states();
  }

  /** `states` now and whenever it changes. */
  observeStates(): Observable<readonly TierState[]> {
    return this.#states.asObservable();
  }

  /** Duration, conflicts and size of each sync. */
  get telemetry$(): Observable<TelemetryEvent> {
    return this.#tiers.telemetry$.asObservable();
  }

  /** What changed, once for each transaction. */
  get changes$(): Observable<readonly DataChange[]> {
    return this.#data.changes$.pipe(
      map((changes) =>
        changes.map(({ kind, entityKey, entityName, id, source }) => ({
          kind,
          entityKey,
          entityName,
          id,
          source,
        })),
      ),
    );
  }

  /** Adds a cloud and begins to sync with it. @throws EntitySyncError `invalid-entity` for an id that is taken, `not-loaded` */
  attachCloud(id: string, cloud: IPersistence): void {
    this.#checkLoaded();
    this.#tiers.attach(id, cloud);
  }

  /** Ends syncing with a cloud; what it holds stays there. Whether it was attached. */
  detachCloud(id: string): boolean {
    this.#hydrator.forget(id);
    return this.#tiers.detach(id);
  }

  /** Reads everything in every tier below memory and says what is wrong, by the id of the tier. Nothing is changed. */
  async verify(): Promise<Readonly<Record<string, TierReport>>> {
    this.#checkLoaded();
    return this.#tiers.verify();
  }

  /**
   * Writes what is not on the device yet, tries the clouds once, for `schedule.leaveMs` at most, and ends: observables complete, later calls are refused. It
   * never rejects; what failed is told to the logger.
   */
  async unload(): Promise<void> {
    if (!this.#isLoaded) return;
    this.#isLoaded = false;
    if (DataOrchestrator.#instance === this) DataOrchestrator.#instance = undefined;
    this.#scheduler.close();
    await this.#tiers.leave(leaveMsOf(this.#options.schedule)).catch((error: unknown) => {
      this.#tellError('not all was synced before the end', error);
    });
    this.#observables.close();
    this.#data.close();
    this.#states.complete();
    this.#tiers.telemetry$.complete();
  }

  async #begin(): Promise<void> {
    await this.#readStore();
    if (this.#options.local) {
      await this.#tiers.flush().catch((error: unknown) => {
        this.#tellError('the device could not be read', error);
        this.#tiers.markDirty();
      });
    }
    if (this.#options.cloud) this.#tiers.attach('cloud', this.#options.cloud);
  }

  /** What a store that outlives the page holds from before; what cannot be read there is left alone. */
  async #readStore(): Promise<void> {
    const { store } = this.#options;
    const metadata = await store.loadData(metadataKeyOf(this.#data.keys.prefix));
    const found = new Map<string, EntityKeyData>();
    for (const key of Object.keys(parseMetadata(metadata).entityKeys)) {
      const value = (await store.loadData(key)) ?? null;
      try {
        if (value !== null) found.set(key, parseData(value, key));
      } catch (error) {
        this.#tellError('a key of the store could not be read', error);
      }
    }
    this.#data.mergeIn(found);
  }

  #tellError(what: string, error: unknown): void {
    this.#options.logger?.error(`entity-sync: ${what}`, { error: String(error) });
  }

  /** What the store fails with does not fail a sync: the tiers have what it lacks. */
  async #persistStore(): Promise<void> {
    const { prefix } = this.#data.keys;
    await this.#mirror
      .persist(metadataKeyOf(prefix), this.#data)
      .catch((error: unknown) => this.#tellError('the store refused its blobs', error));
  }

  #showState(): void {
    // Also called while the constructor connects the tiers.
    if (this.#tiers) this.#states.next(this.#tiers.states());
  }

  #checkLoaded(): void {
    if (!this.#isLoaded) throw notLoaded();
  }
}

const scheduleOf = (
  schedule: ScheduleOptions | 'manual' | undefined,
): Required<ScheduleOptions> | null =>
  schedule === 'manual' ? null : { ...DEFAULT_SCHEDULE, ...schedule };

const leaveMsOf = (schedule: ScheduleOptions | 'manual' | undefined): number =>
  (scheduleOf(schedule) ?? DEFAULT_SCHEDULE).leaveMs;

const notLoaded = (): EntitySyncError =>
  new EntitySyncError('not-loaded', 'entity-sync: load() was not called, or unload() was');
