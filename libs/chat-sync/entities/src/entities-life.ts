import { computed, effect, type Injector, signal, untracked } from '@angular/core';
import { ChatSyncService, ɵSEAM } from '@chat-vault/chat-sync';
import { type ChatVaultError } from '@chat-vault/core';
import { type DataOrchestrator, type TierReport, type TierState } from '@chat-vault/entity-sync';
import { filter, firstValueFrom } from 'rxjs';
import { CloudLinks, tierIdOf } from './cloud-links';
import { type Connection } from './connection';
import { closeDevice, openDevice } from './open-device';
import { sealingOf } from './sealing';
import { aloneAmongTabs, type TabLocks } from './tab-lock';
import { openTabChannel } from './tab-channel';
import { WriteTimer } from './write-timer';

/** Quiet time after a write as that of messages, where nothing else is asked for. */
const AFTER_WRITE_MS = 5_000;

/** Reads what the device holds. From then on it is kept equal with other tabs, and with a cloud when `syncWith` says so. `null` when the application ended meanwhile. */
export async function openEntities(
  injector: Injector,
  hasEnded: () => boolean,
): Promise<EntitiesLife | null> {
  const device = await openDevice(injector);
  if (!hasEnded()) return new EntitiesLife(injector, device);
  await closeDevice(device);
  return null;
}

/** The entities while the application runs: on this device, in its tabs, and in the connected clouds. */
export class EntitiesLife {
  readonly orchestrator: DataOrchestrator;
  readonly #name: string;
  readonly #device: Awaited<ReturnType<typeof openDevice>>;
  readonly #work: InstanceType<typeof ɵSEAM.BackgroundWork>;
  readonly #connections: InstanceType<typeof ɵSEAM.CloudConnections>;
  readonly #clock;
  readonly #locks: TabLocks | undefined;
  readonly #links: CloudLinks;
  readonly #timer: WriteTimer;
  readonly #closeTabs: () => void;
  readonly #states = signal<readonly TierState[]>([]);
  /** What kept a cloud from being synced at all, or from being written anew, by the id of its provider; it counts while the cloud is connected. */
  readonly #problems = signal<ReadonlyMap<string, ChatVaultError>>(new Map());
  readonly #ending = new AbortController();
  #turn: Promise<void> = Promise.resolve();
  #isBusy = false;

  /** How it stands with the device and each cloud. */
  readonly states = this.#states.asReadonly();
  readonly error = computed<ChatVaultError | null>(() => {
    const problems = this.#problems();
    const failed = this.#connections.all.find(
      ({ providerId, state }) => problems.has(providerId) && state().isConnected,
    );
    return errorOf(this.#states()) ?? (failed && problems.get(failed.providerId)) ?? null;
  });
  readonly lastSyncedAt = computed<Date | null>(() => {
    const times = this.#states().flatMap(({ tierId, syncedAt }) =>
      tierId === 'local' ? [] : [syncedAt],
    );
    const isKnown = times.length > 0 && !times.includes(null);
    return isKnown ? new Date(Math.min(...times.map(Number))) : null;
  });

  constructor(injector: Injector, device: Awaited<ReturnType<typeof openDevice>>) {
    const { orchestrator, local, name, prefix, tierOptions } = device;
    this.orchestrator = orchestrator;
    this.#device = device;
    this.#name = name;
    this.#work = injector.get(ɵSEAM.BackgroundWork);
    this.#connections = injector.get(ɵSEAM.CloudConnections);
    this.#clock = injector.get(ɵSEAM.CHAT_SYNC_CLOCK);
    const { encryption } = injector.get(ChatSyncService);
    this.#links = new CloudLinks({
      orchestrator,
      prefix,
      local,
      openStorage: () => this.#connections.start(),
      tierOptions,
      sealing: () => sealingOf(untracked(encryption)),
      codec: () => this.#connections.codec(),
    });
    const autoSync = injector.get(ɵSEAM.AUTO_SYNC_OPTIONS);
    const quietMs = autoSync ? (autoSync.afterWriteMs ?? AFTER_WRITE_MS) : 0;
    this.#timer = new WriteTimer(this.#clock, quietMs, () => this.#syncQuietly());
    const page = injector.get(ɵSEAM.BROWSER_WINDOW);
    this.#locks = page?.navigator.locks;
    page?.document.addEventListener(
      'visibilitychange',
      () => page.document.hidden && this.#timer.hurry(),
      { signal: this.#ending.signal },
    );
    this.#closeTabs = openTabChannel(injector, name, orchestrator);
    orchestrator.observeStates().subscribe((states) => this.#showStates(states));
    orchestrator.changes$.subscribe((changes) => {
      if (changes.some(({ source }) => source === 'app')) this.#timer.note();
    });
    effect(
      () => {
        for (const { state } of this.#connections.all) state();
        encryption();
        untracked(() => this.#dropEnded());
      },
      { injector },
    );
  }

  /** Syncs with a cloud with which messages were just synced, and with the others that are. Rejects with what that cloud or the device failed with. */
  async syncWith(connection: Connection): Promise<void> {
    await this.#attach(connection);
    await this.#sync();
    const error = this.#errorWith(connection);
    if (error) throw error;
  }

  /**
   * Syncs with every connected cloud, or with one; one that is new only after its messages. Rejects with the first failure, after all were tried.
   *
   * @throws ChatSyncError `unknown-provider`
   */
  async syncNow(providerId?: string): Promise<void> {
    const chosen = providerId === undefined ? null : this.#connections.find(providerId);
    await this.#connections.start();
    const all = chosen ? [chosen] : this.#connections.wanted;
    const known = all.filter((connection) => this.#links.has(connection));
    const failed: unknown[] = [];
    if (known.length > 0 || all.length === 0)
      await this.#sync(providerId).catch((error: unknown) => failed.push(error));
    // Only the sync of messages finds out what a key is that is not here.
    const others = all.filter((one) => !known.includes(one) || this.#links.lacksKey(one));
    for (const connection of others) {
      if (!chosen && !connection.isWanted) continue;
      const outcome = await connection.run('sync', (engine, run) => engine.sync(run));
      if (!outcome.ok) failed.push(outcome.error);
    }
    if (failed.length > 0) throw failed[0];
    const error = chosen ? this.#errorWith(chosen) : untracked(this.error);
    if (error) throw error;
  }

  /** Reads everything and says what is wrong. */
  verify(): Promise<Readonly<Record<string, TierReport>>> {
    return this.orchestrator.verify();
  }

  /** Writes what is not on the device yet, and ends. */
  async close(): Promise<void> {
    this.#ending.abort();
    this.#timer.stop();
    this.#links.dropAll();
    try {
      await closeDevice(this.#device);
    } finally {
      this.#closeTabs();
    }
  }

  get #stateNow(): readonly TierState[] {
    return this.orchestrator.states();
  }

  #syncQuietly(): void {
    this.#links.drop();
    // A cloud that was not synced yet waits for its messages; what fails is in the states, and is due with the next sync of messages.
    if (!this.#links.isEmpty) void this.#work.track(this.#sync().catch(() => undefined));
  }

  #errorWith({ providerId }: Connection): ChatVaultError | null {
    const tierIds = ['local', tierIdOf(providerId)];
    const states = this.#stateNow.filter(({ tierId }) => tierIds.includes(tierId));
    return errorOf(states) ?? untracked(this.#problems).get(providerId) ?? null;
  }

  /** Syncs with the clouds that are linked, or with one of them. */
  #sync(providerId?: string): Promise<void> {
    const done = this.#turn.then(() => this.#syncLinked(providerId));
    this.#turn = done.catch(() => undefined);
    return done;
  }

  async #syncLinked(providerId: string | undefined): Promise<void> {
    this.#links.drop();
    const lock = {
      name: `chat-sync-entities:${this.#name}`,
      locks: this.#locks,
      clock: this.#clock,
    };
    await aloneAmongTabs(lock, async () => {
      await this.#syncTiers(providerId);
      const outcomes = await this.#links.settle(providerId);
      for (const connection of this.#connections.all) {
        const outcome = outcomes.get(connection.providerId);
        if (outcome) this.#note(connection, outcome.error);
        if (outcome?.isDue) await this.#attach(connection).catch(() => undefined);
      }
      if ([...outcomes.values()].some(({ isDue }) => isDue)) await this.#syncTiers(providerId);
    });
  }

  /** Begins to sync with a cloud; what that fails with is noted. */
  async #attach(connection: Connection): Promise<void> {
    const { ended } = connection;
    try {
      await this.#links.attach(connection);
      this.#note(connection, undefined);
    } catch (thrown) {
      if (!ended.aborted && connection.isConnected) this.#note(connection, thrown);
      throw thrown;
    }
  }

  /** Of a cloud that is not connected any more nothing is wrong. */
  #dropEnded(): void {
    this.#links.drop();
    for (const connection of this.#connections.all)
      if (!connection.isConnected) this.#note(connection, undefined);
  }

  #note({ providerId }: Connection, thrown: unknown): void {
    const problems = new Map(untracked(this.#problems));
    if (!problems.delete(providerId) && thrown === undefined) return;
    if (thrown !== undefined) problems.set(providerId, ɵSEAM.toChatVaultError(thrown));
    this.#problems.set(problems);
  }

  /** What fails is in the states. */
  async #syncTiers(providerId: string | undefined): Promise<void> {
    const cloudId = providerId === undefined ? undefined : tierIdOf(providerId);
    await this.orchestrator.syncNow(cloudId).catch(() => undefined);
  }

  #showStates(states: readonly TierState[]): void {
    this.#states.set(states);
    if (this.#isBusy || !isSyncing(states)) return;
    this.#isBusy = true;
    const rest = this.orchestrator.observeStates().pipe(filter((next) => !isSyncing(next)));
    const ended = firstValueFrom(rest, { defaultValue: [] }).then(() => {
      this.#isBusy = false;
    });
    void this.#work.track(ended);
  }
}

const isSyncing = (states: readonly TierState[]): boolean =>
  states.some((state) => state.isSyncing);

function errorOf(states: readonly TierState[]): ChatVaultError | null {
  const failed = states.find(({ error }) => error !== null);
  return failed ? ɵSEAM.toChatVaultError(failed.error) : null;
}
