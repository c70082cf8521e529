import { computed, signal, untracked } from '@angular/core';
import { type ChatStorage } from '@chat-vault/chat-storage';
import { type CloudStorage } from '@chat-vault/cloud-storage';
import { type ChatVaultError } from '@chat-vault/core';
import { type SyncProgress, type SyncWarning } from '@chat-vault/vault-engine';
import {
  type CloudOpener,
  type CloudSource,
  type OpenedCloud,
  type OpenRequest,
} from '../cloud/cloud-source';
import { errorOfWarnings } from '../status/error-of-warning';
import { ChatSyncError, toChatVaultError, wasAborted } from './chat-sync-error';
import { type ConnectionParts, type EngineTask, type RunKind } from './connection-parts';
import { type Engine } from './engine-factory';
import { madeAgain } from './made-again';
import { ProviderOutcome } from './provider-outcome';
import {
  ENCRYPTION_DOCUMENTS,
  MEMORY_DOCUMENT,
  NO_MEMORY,
  parseProviderMemory,
  type ProviderMemory,
  type ProviderState,
} from './provider-state';
import { type Outcome } from './results';

/** One provider: whether it is connected, its engine while it is, and how its runs went. */
export class ProviderConnection {
  readonly source: CloudSource;
  readonly #parts: ConnectionParts;
  readonly #memory = signal<ProviderMemory>(NO_MEMORY);
  readonly #outcome: ProviderOutcome;
  readonly #runs = signal(0);
  readonly #isOpening = signal(false);
  readonly #progress = signal<SyncProgress | null>(null);
  readonly #pending = signal(0);
  readonly #warnings = signal<readonly SyncWarning[]>([]);
  readonly #lastSyncedMs = computed(() => this.#memory().lastSyncedAt);
  readonly #lastSyncedAt = computed(() => toDate(this.#lastSyncedMs()));
  /** Tasks of engines, also of such that were closed meanwhile. */
  readonly #tasks = new Set<Promise<unknown>>();
  #life = new AbortController();
  /** The cloud and what made it, since before it is signed in to: also one that could not be opened may have kept a sign-in. */
  #made: { readonly opener: CloudOpener; readonly opened: OpenedCloud } | null = null;
  #cloud: CloudStorage | null = null;
  #engine: Engine | null = null;
  #opener: CloudOpener | null = null;
  #opening: Promise<Engine> | null = null;
  /** Storing that it is disconnected; a read before its end would miss it. */
  #disconnecting: Promise<void> = Promise.resolve();
  /** Counts openings: only the newest may tell that it failed. */
  #turn = 0;

  readonly state = computed<ProviderState>(() => ({
    providerId: this.source.providerId,
    displayName: this.source.displayName,
    isConfigured: this.source.opener() !== null,
    isConnected: this.#memory().isConnected,
    isConnecting: this.#isOpening(),
    isSyncing: this.#runs() > 0,
    status: this.#outcome.status({
      isRunning: this.#runs() > 0,
      isConnected: this.#memory().isConnected,
    }),
    progress: this.#progress(),
    pendingChanges: this.#pending(),
    lastSyncedAt: this.#lastSyncedAt(),
    warnings: this.#warnings(),
  }));

  constructor(parts: ConnectionParts) {
    this.source = parts.source;
    this.#parts = parts;
    this.#outcome = new ProviderOutcome(parts);
  }

  get providerId(): string {
    return this.source.providerId;
  }

  get isConnected(): boolean {
    return untracked(this.#memory).isConnected;
  }

  /** Aborted when what runs with it must end: it is disconnected, or opened anew. */
  get ended(): AbortSignal {
    return this.#life.signal;
  }

  /** Whether it is connected or on the way to it. */
  get isWanted(): boolean {
    return this.isConnected || this.#opening !== null;
  }

  /** Whether its settings are other ones than those it was opened with, or came after it was to be opened. */
  get isOutdated(): boolean {
    const opener = untracked(this.source.opener);
    if (this.#opener) return this.#opener !== opener;
    const outcome = this.#outcome.last;
    const isLate = 'error' in outcome && outcome.error.code === 'not-configured';
    return isLate && opener !== null && this.#opening === null;
  }

  /** Reads what is kept of it; another tab may have connected or disconnected it. Never connected without what it lacks being counted. */
  async recall(storage: ChatStorage): Promise<void> {
    const before = untracked(this.#memory);
    await this.#disconnecting;
    const memory = parseProviderMemory(await storage.document(this.providerId, MEMORY_DOCUMENT));
    const isNews = memory.isConnected && !this.isConnected;
    const pending = isNews ? await this.#lacking(storage, memory) : null;
    // What a person did here meanwhile is newer than what was read.
    if (untracked(this.#memory) !== before) return this.recall(storage);
    const wasConnected = this.isConnected;
    this.#memory.set(memory);
    if (pending !== null) this.#pending.set(pending);
    if (wasConnected && !memory.isConnected) this.close();
  }

  /** Counts what this provider lacks: everything before the first sync, whatever the journal says. */
  async countPending(storage: ChatStorage): Promise<void> {
    if (!this.isConnected) return;
    this.#pending.set(await this.#lacking(storage, untracked(this.#memory)));
  }

  async #lacking(storage: ChatStorage, { lastSyncedAt }: ProviderMemory): Promise<number> {
    if (lastSyncedAt === null) return storage.recordCount();
    return (await storage.pendingSummary(this.providerId)).records;
  }

  /** The engine, opened and signed in when it is not yet. Failures become the status. */
  open(options: { readonly interactive: boolean }): Promise<Engine> {
    if (this.isOutdated) this.close();
    if (this.#engine && !options.interactive) return Promise.resolve(this.#engine);
    if (this.#opening && !options.interactive) return this.#opening;
    return this.#begin(options);
  }

  /** Lets the person choose another place; when that fails or none is chosen, it is opened again where it was. */
  async openElsewhere(): Promise<Engine> {
    this.close();
    try {
      return await this.#begin({ interactive: true, otherPlace: true });
    } catch (error) {
      if (this.isConnected) await this.open({ interactive: false }).catch(() => undefined);
      throw error;
    }
  }

  #begin(options: Pick<OpenRequest, 'interactive' | 'otherPlace'>): Promise<Engine> {
    const opening = this.#open(options).finally(() => {
      if (this.#opening === opening) this.#setOpening(null);
    });
    this.#setOpening(opening);
    return opening;
  }

  /** A newer opening takes the place of one that may never end, as where a person closed its window. */
  #setOpening(opening: Promise<Engine> | null): void {
    this.#opening = opening;
    this.#isOpening.set(opening !== null);
  }

  /** Ends what is under way and drops the engine; what is kept stays. */
  close(): void {
    this.#life.abort(new ChatSyncError('closed', `chat-sync: ${this.providerId} was closed`));
    this.#life = new AbortController();
    this.#made = this.#cloud = this.#engine = this.#opener = null;
    this.#setOpening(null);
    this.#outcome.clear();
    this.#warnings.set([]);
    this.#parts.log.forget(this.providerId);
  }

  /** Disconnects here first, so that nothing starts or runs on when storing it or signing out fails. Neither of these keeps the other from being done. */
  async disconnect(options: { readonly forget: boolean }): Promise<void> {
    const made = this.#made?.opened.cloud ?? null;
    const before = untracked(this.#memory);
    this.#memory.set(options.forget ? NO_MEMORY : { ...before, isConnected: false });
    this.#pending.set(0);
    this.close();
    const storing = this.#storeDisconnected(options);
    this.#disconnecting = storing.catch(() => undefined);
    const steps = await Promise.allSettled([storing, this.#signOut(made, before)]);
    for (const step of steps) if (step.status === 'rejected') throw step.reason;
  }

  async #storeDisconnected({ forget }: { readonly forget: boolean }): Promise<void> {
    const storage = await this.#parts.openStorage();
    if (forget) await this.#forget(storage, ENCRYPTION_DOCUMENTS);
    else await this.#remember(storage, { isConnected: false });
  }

  async #signOut(made: CloudStorage | null, before: ProviderMemory): Promise<void> {
    const opener = untracked(this.source.opener);
    const cloud = made ?? (opener && (await madeAgain(opener, before.remembered)));
    await cloud?.disconnect?.();
  }

  /** Runs the engine, with the run's progress and outcome as this provider's state. Never rejects. */
  async run<Report extends object>(
    kind: RunKind,
    task: EngineTask<Report>,
    signal?: AbortSignal,
  ): Promise<Outcome<Report>> {
    if (this.isOutdated) this.close();
    const life = this.#life.signal;
    const ended = signal ? AbortSignal.any([life, signal]) : life;
    const shown = kind === 'look' ? 0 : 1;
    let isOpen = false;
    this.#runs.update((runs) => runs + shown);
    try {
      const engine = await this.open({ interactive: false });
      isOpen = true;
      const report = await this.#runTask(engine, kind, task, ended);
      if (shown && !life.aborted) await this.#succeed(kind, report, life);
      if (kind === 'sync' && !life.aborted) await this.#parts.afterSync(this);
      return { ok: true, report };
    } catch (thrown) {
      const error = ended.aborted ? wasAborted(ended) : toChatVaultError(thrown);
      // A failure to open is the status already.
      const isKnown = !isOpen && error.code !== 'aborted';
      if (!ended.aborted && !isKnown) this.fail(error);
      // It was found to be ours before it was written to; what else it holds can be read.
      const isFull = kind === 'sync' && error.code === 'quota-exceeded';
      if (isFull && !ended.aborted) await this.#parts.afterSync(this);
      return { ok: false, error };
    } finally {
      this.#runs.update((runs) => runs - shown);
      if (untracked(this.#runs) === 0) this.#progress.set(null);
    }
  }

  /** Lets a failure be this provider's status. */
  fail(error: ChatVaultError): void {
    this.#outcome.fail(error, async () => this.#cloud?.space?.({ signal: this.#life.signal }));
  }

  /** A key came: what was refused for want of one is tried again. */
  noteUnlocked(): void {
    this.#outcome.noteUnlocked();
  }

  async #open(options: Pick<OpenRequest, 'interactive' | 'otherPlace'>): Promise<Engine> {
    const { interactive } = options;
    const life = this.#life.signal;
    const turn = (this.#turn += 1);
    try {
      const opener = untracked(this.source.opener);
      if (!opener) throw notConfigured(this.source.displayName);
      const opened = await this.#make(opener, options, life);
      await opened.cloud.connect?.({ interactive });
      const storage = await this.#parts.openStorage();
      life.throwIfAborted();
      await this.#settle(storage, opened, life);
      // Settled: were it opened again, it would not be another place any more.
      if (this.#made?.opened === opened)
        this.#made = { opener, opened: { ...opened, isOtherPlace: false } };
      const engine = await this.#parts.createEngine(opened.cloud, storage, (ms) =>
        this.#outcome.noteWait(ms),
      );
      life.throwIfAborted();
      this.#cloud = opened.cloud;
      this.#opener = opener;
      this.#engine = engine;
      this.#outcome.clear();
      return engine;
    } catch (thrown) {
      const error = toChatVaultError(thrown);
      const isNewest = !life.aborted && turn === this.#turn;
      if (isNewest && error.code !== 'aborted') this.fail(error);
      throw error;
    }
  }

  /** The cloud of the last opening while its settings are the same, as it knows of half-done uploads and of the limits of the service. */
  async #make(
    opener: CloudOpener,
    options: Pick<OpenRequest, 'interactive' | 'otherPlace'>,
    life: AbortSignal,
  ): Promise<OpenedCloud> {
    const known = this.#madeBy(opener);
    if (known && !options.otherPlace) return known;
    const opened = await opener({ ...options, remembered: untracked(this.#memory).remembered });
    life.throwIfAborted();
    const faster = this.#madeBy(opener);
    if (faster && !options.otherPlace) return faster;
    this.#made = { opener, opened };
    return opened;
  }

  /** What was made with these settings, unless another place is remembered by now. */
  #madeBy(opener: CloudOpener): OpenedCloud | null {
    if (this.#made?.opener !== opener) return null;
    const { opened } = this.#made;
    const isHere = opened.remember === untracked(this.#memory).remembered;
    return opened.remember === undefined || isHere ? opened : null;
  }

  async #runTask<Report>(
    engine: Engine,
    kind: RunKind,
    task: EngineTask<Report>,
    signal: AbortSignal,
  ): Promise<Report> {
    const onProgress = (progress: SyncProgress) => {
      if (kind !== 'look') this.#progress.set(progress);
    };
    const work = task(engine, { signal, onProgress });
    this.#tasks.add(work);
    try {
      return await work;
    } finally {
      this.#tasks.delete(work);
    }
  }

  /** Remembers the connection; at another place than the last time nothing known of the old one is true. */
  async #settle(storage: ChatStorage, opened: OpenedCloud, life: AbortSignal): Promise<void> {
    const before = untracked(this.#memory);
    const location = opened.location ?? null;
    const hasMoved =
      opened.isOtherPlace ||
      (before.location !== null && location !== null && before.location !== location);
    if (hasMoved) await this.#forget(storage, [MEMORY_DOCUMENT, ...ENCRYPTION_DOCUMENTS]);
    const remembered = opened.remember ?? (hasMoved ? undefined : before.remembered);
    const isKnown =
      before.isConnected && before.location === location && before.remembered === remembered;
    if (isKnown) return;
    const patch = { isConnected: true, location, remembered };
    await this.#remember(storage, { ...patch, ...(hasMoved && { lastSyncedAt: null }) }, life);
    await this.countPending(storage);
  }

  async #succeed(kind: RunKind, report: object, life: AbortSignal): Promise<void> {
    // A read for which all was here has learned nothing about the cloud.
    if (kind === 'read' && 'requests' in report && report.requests === 0) return;
    const warnings = 'warnings' in report ? (report.warnings as readonly SyncWarning[]) : [];
    const isFull = this.#outcome.last.state === 'cloud-full';
    if (kind !== 'read' || !isFull) this.#outcome.clear();
    this.#warnings.set(warnings);
    const problem = errorOfWarnings(warnings);
    if (problem) this.fail(problem);
    else this.#parts.log.succeed(this.providerId);
    if (problem || kind !== 'sync') return;
    const storage = await this.#parts.openStorage();
    await this.#remember(storage, { lastSyncedAt: this.#parts.now() }, life);
    await this.countPending(storage);
  }

  /** Forgets what is known, once what was aborted has ended: it may still be storing what it did. */
  async #forget(storage: ChatStorage, keep: readonly string[]): Promise<void> {
    await Promise.allSettled(this.#tasks);
    await storage.forgetProvider(this.providerId, { keep });
  }

  /** Remembers it, unless the life that it belongs to has ended: what a person did since is what counts. */
  async #remember(
    storage: ChatStorage,
    patch: Partial<ProviderMemory>,
    life = this.#life.signal,
  ): Promise<void> {
    if (life.aborted) return;
    const memory = { ...untracked(this.#memory), ...patch };
    await storage.updateSyncState(this.providerId, { documents: { [MEMORY_DOCUMENT]: memory } });
    if (!life.aborted) this.#memory.set(memory);
  }
}

const toDate = (ms: number | null): Date | null => (ms === null ? null : new Date(ms));

const notConfigured = (displayName: string): ChatSyncError =>
  new ChatSyncError('not-configured', `chat-sync: the settings of ${displayName} are missing`);
