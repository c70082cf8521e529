import { afterNextRender, DestroyRef, effect, inject, Service, untracked } from '@angular/core';
import { type RecoverySecret } from '@chat-vault/chat-sync/encryption';
import { type ChatStorage, type StorageChange } from '@chat-vault/chat-storage';
import { type CloudStorage, withRetry } from '@chat-vault/cloud-storage';
import { type VaultCodec } from '@chat-vault/core';
import { type ChatVaultEngineParts } from '@chat-vault/vault-engine';
import { CLOUD_SOURCES, type CloudSource } from '../cloud/cloud-source';
import { VaultEncryption } from '../encryption/vault-encryption';
import { BackgroundWork } from '../page/background-work';
import { BROWSER_WINDOW } from '../page/browser-window';
import { CHAT_SYNC_CLOCK } from '../page/chat-sync-clock';
import { CHAT_SYNC_CONFIG, CHAT_SYNC_LOGGER } from '../provide/chat-sync-config';
import { StorageAccess } from '../storage/storage-access';
import { ChatSyncError } from './chat-sync-error';
import { type Engine, ENGINE_FACTORY } from './engine-factory';
import { FailureLog } from './failure-log';
import { ProviderConnection } from './provider-connection';

/** The application's clouds, kept as the person, the settings and other tabs want them. */
@Service({ autoProvided: false })
export class CloudConnections {
  readonly #storage = inject(StorageAccess);
  readonly #work = inject(BackgroundWork);
  readonly #window = inject(BROWSER_WINDOW);
  readonly #clock = inject(CHAT_SYNC_CLOCK);
  readonly #config = inject(CHAT_SYNC_CONFIG);
  readonly #logger = inject(CHAT_SYNC_LOGGER, { optional: true });
  readonly #failures = new FailureLog({
    logger: this.#logger,
    now: () => this.#clock.monotonic(),
  });
  readonly #createEngine = inject(ENGINE_FACTORY);
  /** One wrapper for each cloud, so that all engines over it keep its limits together. */
  readonly #polite = new WeakMap<CloudStorage, CloudStorage>();
  readonly #encryption = inject(VaultEncryption);
  #started: Promise<ChatStorage> | null = null;
  #stopListening: (() => void) | null = null;
  #isUpdating = false;
  #unseen: StorageChange[] = [];

  /** Syncs what else is kept in the clouds, after each sync of messages with one. Shows by itself what it rejects with. */
  companion: ((connection: ProviderConnection) => Promise<void>) | null = null;

  /** In the order of `provideChatSync`; none on the server. */
  readonly all = (this.#window ? inject(CLOUD_SOURCES) : []).map((source) =>
    this.#createConnection(source),
  );

  constructor() {
    inject(DestroyRef).onDestroy(() => {
      this.#stopListening?.();
      for (const connection of this.all) connection.close();
    });
    if (!this.#window) return;
    afterNextRender(() => void this.#startQuietly());
    effect(() => this.#followSettings());
  }

  /** Those that are connected or on the way to it. */
  get wanted(): readonly ProviderConnection[] {
    return this.all.filter(({ isWanted }) => isWanted);
  }

  /** @throws ChatSyncError `unknown-provider`, `not-in-browser` */
  find(providerId: string): ProviderConnection {
    const connection = this.all.find((other) => other.providerId === providerId);
    if (connection) return connection;
    throw this.#window
      ? new ChatSyncError(
          'unknown-provider',
          `chat-sync: no cloud has the provider id "${providerId}"; add it to provideChatSync`,
        )
      : new ChatSyncError('not-in-browser', 'chat-sync: nothing is synced on the server');
  }

  /**
   * Opens the storage and connects again, without asking, what is remembered; once, and again after it failed.
   *
   * @throws StorageError, ChatSyncError
   */
  start(): Promise<ChatStorage> {
    this.#started ??= this.#work.track(this.#recall());
    return this.#started;
  }

  async #recall(): Promise<ChatStorage> {
    try {
      const storage = await this.#storage.open();
      await this.#encryption.recall(storage);
      await Promise.all(this.all.map((connection) => connection.recall(storage)));
      const subscription = storage.changes$.subscribe((change) => this.#note(storage, change));
      this.#stopListening = () => subscription.unsubscribe();
      this.#reopen(storage);
      return storage;
    } catch (error) {
      this.#started = null;
      throw error;
    }
  }

  async #startQuietly(): Promise<void> {
    try {
      await this.start();
    } catch {
      // The storage says why in its own status, and the next call tries again.
    }
  }

  /** Opens whatever should be open and is not; a failure is in the provider's own status, and what it lacks is counted all the same. */
  #reopen(storage: ChatStorage): void {
    for (const connection of this.wanted) {
      const opening = connection.open({ interactive: false }).catch(() => undefined);
      const counted = opening.then(() => connection.countPending(storage));
      void this.#work.track(counted.catch((error: unknown) => this.#storage.note(error)));
    }
  }

  #followSettings(): void {
    for (const { source } of this.all) source.opener();
    untracked(() => {
      const outdated = this.all.filter(({ isOutdated }) => isOutdated);
      for (const connection of outdated) connection.close();
      if (outdated.length > 0) void this.#work.track(this.#reopenOutdated());
    });
  }

  async #reopenOutdated(): Promise<void> {
    this.#reopen(await this.start());
  }

  #note(storage: ChatStorage, change: StorageChange): void {
    this.#unseen.push(change);
    if (!this.#isUpdating) void this.#work.track(this.#update(storage));
  }

  /** Counts again what is pending, once for all changes that came meanwhile, and follows what other tabs connect and disconnect. */
  async #update(storage: ChatStorage): Promise<void> {
    this.#isUpdating = true;
    try {
      while (this.#unseen.length > 0) {
        const isElsewhere = this.#unseen.some(({ fromOtherContext }) => fromOtherContext);
        this.#unseen = [];
        if (isElsewhere) {
          await this.#encryption.recall(storage);
          await Promise.all(this.all.map((connection) => connection.recall(storage)));
          this.#reopen(storage);
        }
        for (const connection of this.wanted) await connection.countPending(storage);
      }
    } catch (error) {
      this.#storage.note(error);
    } finally {
      this.#isUpdating = false;
    }
  }

  /** Folder of the account in every cloud; `undefined` for the default. */
  get basePath(): string | undefined {
    return this.#config.basePath;
  }

  /** The engine between the storage and a cloud, repeating calls that fail in passing. */
  async createEngine(
    cloud: CloudStorage,
    storage: ChatStorage,
    onWait?: (ms: number | null) => void,
  ): Promise<Engine> {
    const parts = this.#partsOf(cloud, storage, onWait);
    return this.#encryption.createEngine(parts, this.#createEngine);
  }

  /** The engine of a file that is read or written once: it seals nothing, and opens what is sealed where there is a key, or `secret` opens one in the file. */
  async createPassingEngine(
    cloud: CloudStorage,
    storage: ChatStorage,
    secret?: RecoverySecret,
  ): Promise<Engine> {
    const parts = this.#partsOf(cloud, storage);
    return this.#encryption.createPassingEngine(parts, this.#createEngine, secret);
  }

  /** What opens sealed files, where this application can have keys. */
  codec(): Promise<VaultCodec | undefined> {
    return this.#encryption.codec();
  }

  #partsOf(
    cloud: CloudStorage,
    storage: ChatStorage,
    onWait?: (ms: number | null) => void,
  ): ChatVaultEngineParts {
    const { engine: options, ...config } = this.#config;
    return {
      ...config,
      storage,
      cloud: this.#politeCloud(cloud, onWait),
      ...(this.#logger && { logger: this.#logger }),
      ...(options && { options }),
    };
  }

  #politeCloud(cloud: CloudStorage, onWait?: (ms: number | null) => void): CloudStorage {
    const known = this.#polite.get(cloud);
    if (known) return known;
    const polite = withRetry(cloud, {
      sleep: (ms, signal) => this.#clock.sleep(ms, signal),
      random: () => this.#clock.random(),
      now: () => this.#clock.monotonic(),
      ...(onWait && { onWait }),
    });
    this.#polite.set(cloud, polite);
    return polite;
  }

  #createConnection(source: CloudSource): ProviderConnection {
    return new ProviderConnection({
      source,
      log: this.#failures,
      openStorage: () => this.#storage.open(),
      createEngine: (cloud, storage, onWait) => this.createEngine(cloud, storage, onWait),
      afterSync: async (connection) => this.companion?.(connection).catch(() => undefined),
      now: () => this.#clock.now(),
      isOnline: () => this.#window?.navigator.onLine ?? true,
    });
  }
}
