import {
  afterNextRender,
  computed,
  DestroyRef,
  inject,
  Injector,
  Service,
  signal,
  untracked,
} from '@angular/core';
import { ChatSyncError, ɵSEAM } from '@chat-vault/chat-sync';
import { type ChatVaultError } from '@chat-vault/core';
import {
  type DataOrchestrator,
  type Entity,
  type TelemetryEvent,
  type TierReport,
} from '@chat-vault/entity-sync';
import { defer, EMPTY, type Observable, ReplaySubject, switchMap } from 'rxjs';
import { type EntitiesLife } from './entities-life';
import { type EntityAccess } from './entity-access';
import { EntityRepository } from './entity-repository';

/** Whether all worked, or why not. Never a rejection. */
export type EntitiesResult =
  { readonly ok: true } | { readonly ok: false; readonly error: ChatVaultError };

/**
 * Contacts, settings, labels and whatever else is no message, as repositories; how it stands with them is in signals. What the device holds is read after the first
 * paint, or when it is first asked for. On the server nothing happens.
 */
@Service({ autoProvided: false })
export class EntityRepositories {
  readonly #injector = inject(Injector);
  readonly #work = inject(ɵSEAM.BackgroundWork);
  readonly #hasPage = inject(ɵSEAM.BROWSER_WINDOW) !== null;
  readonly #life = signal<EntitiesLife | null>(null);
  readonly #opened$ = new ReplaySubject<DataOrchestrator>(1);
  readonly #problem = signal<ChatVaultError | null>(null);
  readonly #states = computed(() => this.#life()?.states() ?? []);
  readonly #access: EntityAccess = {
    hasPage: this.#hasPage,
    opened: () => untracked(this.#life)?.orchestrator ?? null,
    open: async () => (await this.#open()).orchestrator,
    opened$: defer(() => {
      this.#openInBackground();
      return this.#opened$;
    }),
  };
  #opening: Promise<EntitiesLife> | null = null;
  #hasEnded = false;

  /** Whether what this device holds has been read, so that an empty list is one. */
  readonly isReady = computed(() => this.#life() !== null);
  /** Whether entities are being written, read or synced. */
  readonly isSyncing = computed(() => this.#states().some(({ isSyncing }) => isSyncing));
  /** Whether this device or a connected cloud may lack something that was saved here. */
  readonly isDirty = computed(() => this.#states().some(({ isDirty }) => isDirty));
  /** Why entities could not be loaded, kept or synced; `null` once that works again. Nothing is lost, it is tried again. */
  readonly lastError = computed(() => this.#problem() ?? this.#life()?.error() ?? null);
  /** When entities were last synced with all clouds that are, since the page was opened: the oldest of their times; `null` while one was not. */
  readonly lastSyncedAt = computed(() => this.#life()?.lastSyncedAt() ?? null);
  /** Duration, conflicts and size of each sync; no content. */
  readonly telemetry$: Observable<TelemetryEvent> = this.#hasPage
    ? this.#access.opened$.pipe(switchMap((orchestrator) => orchestrator.telemetry$))
    : EMPTY;

  constructor() {
    if (!this.#hasPage) return;
    inject(ɵSEAM.CloudConnections).companion = async (connection) =>
      (await this.#open()).syncWith(connection);
    inject(DestroyRef).onDestroy(() => this.#end());
    afterNextRender(() => this.#openInBackground());
  }

  /**
   * The entities of a name; `Filter` is what the strategy's own filter takes.
   *
   * @throws ChatSyncError `configuration` for a name that no entity may have
   */
  repo<T extends Entity, Filter extends object = Readonly<Record<string, unknown>>>(
    entityName: string,
  ): EntityRepository<T, Filter> {
    if (entityName === '' || entityName === 'deleted')
      throw new ChatSyncError('configuration', `chat-sync: no entity may be named "${entityName}"`);
    return new EntityRepository<T, Filter>(entityName, this.#access);
  }

  /**
   * Writes what was saved to this device, and makes it and every connected cloud equal. A cloud whose messages were not synced since it was connected is synced with them, as only that
   * tells whether it is this account's and may be written to. Fails as those do; every cloud was tried then. With the id of a provider only that cloud is asked, connecting it without asking the person when it is not.
   */
  syncNow(providerId?: string): Promise<EntitiesResult> {
    return this.#resultOf((life) => life.syncNow(providerId));
  }

  /** Resolves when all that was saved before is on this device. */
  flush(): Promise<EntitiesResult> {
    return this.#resultOf((life) => life.orchestrator.flush());
  }

  /** Reads everything on this device and in the clouds that are synced, and says what is damaged, altered or missing, by `local` and `cloud:<provider id>`. Nothing is changed. */
  async verify(): Promise<
    | { readonly ok: true; readonly reports: Readonly<Record<string, TierReport>> }
    | { readonly ok: false; readonly error: ChatVaultError }
  > {
    let reports: Readonly<Record<string, TierReport>> = {};
    const result = await this.#resultOf(async (life) => {
      reports = await life.verify();
    });
    return result.ok ? { ok: true, reports } : result;
  }

  async #resultOf(work: (life: EntitiesLife) => Promise<void>): Promise<EntitiesResult> {
    try {
      await this.#work.track(work(await this.#open()));
      return { ok: true };
    } catch (thrown) {
      return { ok: false, error: ɵSEAM.toChatVaultError(thrown) };
    }
  }

  #openInBackground(): void {
    // Why it failed is in `lastError`, and the next call tries again.
    this.#open().catch(() => undefined);
  }

  #open(): Promise<EntitiesLife> {
    this.#opening ??= this.#work.track(this.#openNow());
    return this.#opening;
  }

  async #openNow(): Promise<EntitiesLife> {
    try {
      if (!this.#hasPage) throw notInBrowser();
      const { openEntities } = await ɵSEAM.loadCode(() => import('./entities-life'));
      if (this.#hasEnded) throw hasEnded();
      const life = await openEntities(this.#injector, () => this.#hasEnded);
      if (!life) throw hasEnded();
      this.#problem.set(null);
      this.#life.set(life);
      this.#opened$.next(life.orchestrator);
      return life;
    } catch (thrown) {
      const error = ɵSEAM.toChatVaultError(thrown);
      this.#opening = null;
      if (this.#hasPage) this.#problem.set(error);
      throw error;
    }
  }

  #end(): void {
    this.#hasEnded = true;
    this.#opened$.complete();
    const life = untracked(this.#life);
    if (life) void this.#work.track(life.close());
  }
}

const notInBrowser = (): ChatSyncError =>
  new ChatSyncError(
    'not-in-browser',
    'chat-sync: there are no entities on the server; read and write in the browser',
  );

const hasEnded = (): ChatSyncError =>
  new ChatSyncError('closed', 'chat-sync: the application has ended');
