import {
  afterNextRender,
  computed,
  DestroyRef,
  effect,
  inject,
  Injector,
  linkedSignal,
  Service,
  untracked,
} from '@angular/core';
import { BackgroundWork } from '../page/background-work';
import { BROWSER_WINDOW } from '../page/browser-window';
import { CHAT_SYNC_CLOCK } from '../page/chat-sync-clock';
import { StorageAccess } from '../storage/storage-access';
import { ChatSyncService } from '../sync/chat-sync-service';
import { type ProviderState } from '../sync/provider-state';
import { needsPerson } from '../status/chat-sync-status';
import { AUTO_SYNC_OPTIONS } from './auto-sync-options';
import { retryDelayMs } from './retry-delay';

const EVERY_MS = 5 * 60_000;
const AFTER_WRITE_MS = 5_000;
/** While writes go on, so many quiet times pass at most. */
const MAX_QUIET_TIMES = 10;
/** A failure whose status is hidden behind something that runs is tried again after this. */
const MIN_RETRY_MS = 10_000;
/** A page that becomes visible again so soon after a sync has nothing to catch up on. */
const VISIBLE_GAP_MS = 30_000;

/** Starts syncs by itself, one at a time, and leaves a failing provider alone for a while. */
@Service({ autoProvided: false })
export class AutoSync {
  readonly #chatSync = inject(ChatSyncService);
  readonly #access = inject(StorageAccess);
  readonly #work = inject(BackgroundWork);
  readonly #clock = inject(CHAT_SYNC_CLOCK);
  readonly #injector = inject(Injector);
  readonly #window = inject(BROWSER_WINDOW);
  readonly #options = inject(AUTO_SYNC_OPTIONS) ?? {};
  readonly #ending = new AbortController();
  readonly #retries = new Map<string, { readonly failures: number; readonly notBefore: number }>();
  #cancelWake: (() => void) | null = null;
  #cancelWrite: (() => void) | null = null;
  #writeDeadline: number | null = null;
  #isRunning = false;
  #isAskedAgain = false;
  #endedAt = -Infinity;

  constructor() {
    const isWanted = inject(AUTO_SYNC_OPTIONS) !== null;
    if (!this.#window || !isWanted) return;
    inject(DestroyRef).onDestroy(() => this.#end());
    afterNextRender(() => this.#begin(), { injector: this.#injector });
  }

  #begin(): void {
    if (this.#ending.signal.aborted || !this.#window) return;
    const { signal } = this.#ending;
    const { document } = this.#window;
    const { onReconnect = true, onVisible = true } = this.#options;
    if (onReconnect) {
      this.#window.addEventListener('online', () => this.#retryNow(), { signal });
    }
    document.addEventListener(
      'visibilitychange',
      () => {
        if (document.hidden) this.#hurry();
        else if (onVisible) this.#lookAgain();
      },
      { signal },
    );
    this.#followWrites();
    this.#followConnections();
  }

  #end(): void {
    this.#ending.abort();
    this.#cancelWake?.();
    this.#cancelWrite?.();
  }

  #followWrites(): void {
    effect(
      (onCleanup) => {
        const subscription = this.#access.opened()?.changes$.subscribe((change) => {
          if (change.kind === 'local-write' && !change.fromOtherContext) this.#noteWrite();
        });
        onCleanup(() => subscription?.unsubscribe());
      },
      { injector: this.#injector },
    );
  }

  /** What was just connected, or connected again, is synced at once; at the start too, as that is off the first paint. */
  #followConnections(): void {
    const blocked = linkedSignal<readonly ProviderState[], ReadonlySet<string>>({
      source: this.#chatSync.providers,
      computation: (providers, before) => new Set(blockedIds(providers, before?.value)),
    });
    const ready = computed(() => {
      const providers = this.#chatSync.providers().filter(({ isConnected }) => isConnected);
      const ids = providers.map(({ providerId }) => providerId);
      return ids.filter((providerId) => !blocked().has(providerId)).join();
    });
    effect(
      () => {
        if (ready() !== '') untracked(() => this.#start());
      },
      { injector: this.#injector },
    );
  }

  #noteWrite(): void {
    const { afterWriteMs = AFTER_WRITE_MS } = this.#options;
    if (afterWriteMs <= 0) return;
    const now = this.#clock.now();
    this.#writeDeadline ??= now + MAX_QUIET_TIMES * afterWriteMs;
    this.#cancelWrite?.();
    const waitMs = Math.max(0, Math.min(afterWriteMs, this.#writeDeadline - now));
    this.#cancelWrite = this.#clock.after(waitMs, () => this.#start());
  }

  /** The page may be killed while it is hidden: what was to be backed up in a moment is backed up now. */
  #hurry(): void {
    if (this.#cancelWrite) this.#start();
  }

  #lookAgain(): void {
    if (this.#clock.now() - this.#endedAt >= VISIBLE_GAP_MS) this.#start();
  }

  /** With the network back, waits that were due to failures are over; those that a service asked for are not. */
  #retryNow(): void {
    for (const { providerId, status } of untracked(this.#chatSync.providers)) {
      if (status.state === 'offline' || status.state === 'connection-error') {
        this.#retries.delete(providerId);
      }
    }
    this.#start();
  }

  #start(): void {
    if (this.#ending.signal.aborted) return;
    this.#cancelWake?.();
    this.#cancelWrite?.();
    this.#cancelWake = this.#cancelWrite = this.#writeDeadline = null;
    if (this.#isRunning) this.#isAskedAgain = true;
    else void this.#work.track(this.#run());
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    const synced = new Set<string>();
    do {
      this.#isAskedAgain = false;
      const due = untracked(this.#chatSync.providers).filter((provider) => this.#isDue(provider));
      for (const { providerId, isSyncing } of due) {
        // Asked again while it ran: that was enough, unless it had passed the point where it would have seen the newest changes.
        if (synced.has(providerId) && !this.#hasPending(providerId)) continue;
        let isDone = await this.#sync(providerId);
        // So may a sync have that a person had started and that this one joined.
        if (isDone && isSyncing && this.#hasPending(providerId)) {
          isDone = await this.#sync(providerId);
        }
        if (isDone) synced.add(providerId);
      }
      // What a later cloud brought is new to those before it.
      for (const { providerId } of due.slice(0, -1)) {
        if (await this.#isBehind(providerId)) await this.#sync(providerId);
      }
    } while (this.#isAskedAgain && !this.#ending.signal.aborted);
    this.#isRunning = false;
    this.#endedAt = this.#clock.now();
    this.#planNext();
  }

  async #isBehind(providerId: string): Promise<boolean> {
    if (this.#ending.signal.aborted || this.#retries.has(providerId)) return false;
    const pending = this.#access.use((storage) => storage.pendingSummary(providerId));
    // A storage that fails says so in its own status.
    return ((await pending.catch(() => undefined))?.records ?? 0) > 0;
  }

  async #sync(providerId: string): Promise<boolean> {
    const { ok } = await this.#chatSync.syncMessages(providerId, { signal: this.#ending.signal });
    this.#note(providerId, { hasFailed: !ok });
    return ok;
  }

  #hasPending(providerId: string): boolean {
    return (this.#find(providerId)?.pendingChanges ?? 0) > 0;
  }

  #find(providerId: string): ProviderState | undefined {
    return untracked(this.#chatSync.providers).find((other) => other.providerId === providerId);
  }

  #isDue(provider: ProviderState): boolean {
    const { providerId, isConnected, status } = provider;
    if (!isConnected || this.#isWaitingForNetwork(provider)) return false;
    if (status.state === 'idle' || status.state === 'syncing') return true;
    const delayMs = retryDelayMs(status, this.#retryContext(1));
    const notBefore = this.#retries.get(providerId)?.notBefore ?? 0;
    return delayMs !== null && this.#clock.now() >= notBefore;
  }

  /** Whether a cloud that was not reached would not be now either, and the browser will tell when that changes. */
  #isWaitingForNetwork({ status }: ProviderState): boolean {
    const { onReconnect = true } = this.#options;
    return onReconnect && status.state === 'offline' && this.#window?.navigator.onLine === false;
  }

  /** Plans the next try after a failure, and after an outcome that asks for one. While something else runs, only the sync's own result tells. */
  #note(providerId: string, sync: { readonly hasFailed: boolean }): void {
    const provider = this.#find(providerId);
    const state = provider?.status.state;
    const isWell = state === 'idle' || (state === 'syncing' && !sync.hasFailed);
    if (!provider || isWell) {
      this.#retries.delete(providerId);
      return;
    }
    const failures = (this.#retries.get(providerId)?.failures ?? 0) + 1;
    const context = this.#retryContext(failures);
    const delayMs = retryDelayMs(provider.status, context) || MIN_RETRY_MS;
    this.#retries.set(providerId, { failures, notBefore: context.now + delayMs });
  }

  #retryContext(failures: number) {
    return { failures, now: this.#clock.now(), random: () => this.#clock.random() };
  }

  /** The interval, or earlier when a provider is to be tried again. A hidden page waits until it is seen. */
  #planNext(): void {
    if (this.#ending.signal.aborted) return;
    const { everyMs = EVERY_MS } = this.#options;
    const now = this.#clock.now();
    const waits = untracked(this.#chatSync.providers).flatMap((provider) => {
      const retry = this.#retries.get(provider.providerId);
      return retry && !this.#isWaitingForNetwork(provider) ? [retry.notBefore - now] : [];
    });
    if (everyMs > 0) waits.push(everyMs);
    if (waits.length === 0) return;
    this.#cancelWake = this.#clock.after(Math.max(1_000, Math.min(...waits)), () => {
      if (this.#window?.document.hidden) this.#cancelWake = null;
      else this.#start();
    });
  }
}

/** Those that only a person can help; while one of them is tried again it stays so. */
function blockedIds(
  providers: readonly ProviderState[],
  before: ReadonlySet<string> | undefined,
): readonly string[] {
  const blocked = providers.filter(
    ({ providerId, status }) =>
      needsPerson(status) || (status.state === 'syncing' && before?.has(providerId)),
  );
  return blocked.map(({ providerId }) => providerId);
}
