import { computed, inject, Service, untracked } from '@angular/core';
import { type MessagePosition, StorageError } from '@chat-vault/chat-storage';
import { type CallOptions } from '@chat-vault/cloud-storage';
import {
  type BackupReport,
  type HistoryPage,
  type RestoreReport,
  type RewriteReport,
  type SyncReport,
  type VaultInventory,
  type VerifyReport,
} from '@chat-vault/vault-engine';
import { type MigrateReport } from '@chat-vault/vault-engine/migrate';
import { EncryptionCalls } from '../encryption/encryption-calls';
import { readOlderPage } from '../history/older-page';
import { BackgroundWork } from '../page/background-work';
import { StoragePersistence } from '../persistence/storage-persistence';
import { type ChatSyncStatus, worstStatus } from '../status/chat-sync-status';
import { statusOfStorageError } from '../status/status-of-error';
import { StorageAccess } from '../storage/storage-access';
import { type MoveOptions } from '../transfer/move-vault';
import { type ImportOptions, type VaultFile } from '../transfer/vault-file';
import { VaultTransfers } from '../transfer/vault-transfers';
import { ChatSyncError, toChatVaultError } from './chat-sync-error';
import { CloudConnections } from './cloud-connections';
import { monthOfDate } from './month-of-date';
import { type EngineTask, type RunKind } from './connection-parts';
import { type ProviderConnection } from './provider-connection';
import { ENCRYPTION_DOCUMENTS, MEMORY_DOCUMENT, type ProviderState } from './provider-state';
import { failure, outcomeOf } from './outcome-of';
import {
  addReports,
  type ConnectResult,
  type DisconnectResult,
  type Failure,
  type Outcome,
  type RestoreResult,
  type SyncResult,
} from './results';

/**
 * Backs up this device's chat history in the clouds that the person connected, and brings back what they hold. State is in signals;
 * the methods that can ordinarily fail never reject. Aborting a call's `signal` ends it within one file, as a failure `aborted`. On the
 * server nothing happens.
 */
@Service({ autoProvided: false })
export class ChatSyncService extends EncryptionCalls {
  readonly #connections = inject(CloudConnections);
  readonly #storage = inject(StorageAccess);
  readonly #work = inject(BackgroundWork);
  readonly #persistence = inject(StoragePersistence);
  readonly #transfers = inject(VaultTransfers);

  /** Every cloud of the application, connected or not, in the order of `provideChatSync`. */
  readonly providers = computed<readonly ProviderState[]>(() =>
    this.#connections.all.map(({ state }) => state()),
  );
  readonly #connected = computed(() => this.providers().filter(({ isConnected }) => isConnected));
  /** Whether a backup, restore or check is under way. */
  readonly isSyncing = computed(() => this.providers().some(({ isSyncing }) => isSyncing));
  /** The worst status of the connected providers and of this device's own storage. */
  readonly status = computed<ChatSyncStatus>(() => {
    const problem = this.#storage.problem();
    const statuses = this.#connected().map(({ status }) => status);
    if (problem instanceof StorageError) statuses.push(statusOfStorageError(problem));
    return worstStatus(statuses) ?? NOTHING_CONNECTED;
  });
  /** What the run under way is doing, of the first provider that has one. */
  readonly progress = computed(
    () => this.providers().find(({ progress }) => progress)?.progress ?? null,
  );
  /** Changes on this device that at least one connected provider lacks: the greatest number of them. */
  readonly pendingChanges = computed(() =>
    Math.max(0, ...this.#connected().map(({ pendingChanges }) => pendingChanges)),
  );
  /** When all connected providers were last synced: the oldest of their times; `null` while one never was. */
  readonly lastSyncedAt = computed(() => oldest(this.#connected()));
  /**
   * What would be lost if the browser cleared this site's storage: nothing, as it promised not to (`safe`); nothing, as a cloud has it all
   * (`evictable`); something (`unbacked`). `null` until that is known.
   */
  readonly persistence = this.#persistence.state;
  /**
   * Connects a cloud and remembers it; `interactive` (default) may open a window or ask for permission, so call it from a click.
   * An application start connects what is remembered without asking. Nothing is synced yet.
   *
   * `otherPlace` lets the person choose a folder anew, when the remembered one is gone or the page is kept out of it. Another folder is
   * another cloud: what was known of the old one is forgotten, so the next sync merges what is in the new one and saves there all that is
   * on this device. When nothing is chosen all stays as it was.
   */
  async connect(
    providerId: string,
    options: { readonly interactive?: boolean; readonly otherPlace?: boolean } = {},
  ): Promise<ConnectResult> {
    const { interactive = true, otherPlace = false } = options;
    try {
      const connection = this.#connections.find(providerId);
      await this.#connections.start();
      const opening = otherPlace ? connection.openElsewhere() : connection.open({ interactive });
      await this.#work.track(opening);
      if (interactive) this.#persistence.ask();
      return { ok: true, provider: untracked(connection.state) };
    } catch (thrown) {
      return failure(thrown);
    }
  }

  /**
   * Loads the code that connecting takes, of one cloud or of all that are configured: where a window or a question is to appear the click
   * must not wait for it. Call it when the screen with the button opens. What could not be loaded now is loaded by `connect`.
   */
  async prepareConnect(providerId?: string): Promise<void> {
    const offered = this.#connections.all.filter(
      ({ source }) =>
        untracked(source.opener) && (providerId ?? source.providerId) === source.providerId,
    );
    await this.#work.track(Promise.allSettled(offered.map(({ source }) => source.prepare?.())));
  }

  /** Ends what is under way with a cloud and forgets the sign-in; with `forget` also what was known of the cloud, so that it would start anew. */
  async disconnect(
    providerId: string,
    options: { readonly forget?: boolean } = {},
  ): Promise<DisconnectResult> {
    try {
      const connection = this.#connections.find(providerId);
      await this.#connections.start();
      await this.#work.track(connection.disconnect({ forget: options.forget ?? false }));
      return { ok: true };
    } catch (thrown) {
      return failure(thrown);
    }
  }

  /** Syncs one provider (connecting it without asking when it is not), or every connected one, one after the other, so that each has what all have. */
  async syncMessages(providerId?: string, options: CallOptions = {}): Promise<SyncResult> {
    const task: EngineTask<SyncReport> = (engine, run) => engine.sync(run);
    return this.#runAll(providerId, 'sync', task, options);
  }

  /** Brings a month's messages (of one conversation) from every connected provider to this device; the month is that of `monthOfDate`. */
  async restoreVaultForDate(
    date: string | Date,
    conversationUrn?: string,
    options: CallOptions = {},
  ): Promise<RestoreResult> {
    try {
      const target = { month: monthOfDate(date), ...(conversationUrn && { conversationUrn }) };
      const task: EngineTask<RestoreReport> = (engine, run) => engine.restoreMonth(target, run);
      return await this.#runAll(undefined, 'read', task, options);
    } catch (thrown) {
      return failure(thrown);
    }
  }

  /**
   * Brings everything from every connected provider to this device, the newest months first: for reading without a network, or for a copy of
   * all of it. Aborted or failed, the next call goes on where it ended.
   */
  restoreAll(options: CallOptions = {}): Promise<RestoreResult> {
    const task: EngineTask<RestoreReport> = (engine, run) => engine.restoreAll(run);
    return this.#runAll(undefined, 'read', task, options);
  }

  /**
   * A page of history without gaps, fetched from the connected clouds where this device lacks it. What cannot be fetched makes the page
   * `incomplete`, with the reason, and leaves the local part.
   *
   * @throws the signal's reason when aborted
   */
  async loadOlder(
    query: {
      readonly conversationUrn: string;
      readonly before?: MessagePosition;
      readonly limit: number;
    },
    options: CallOptions = {},
  ): Promise<HistoryPage> {
    try {
      const storage = await this.#connections.start();
      const connections = this.#connections.wanted;
      return await this.#work.track(readOlderPage(storage, connections, query, options));
    } catch (thrown) {
      options.signal?.throwIfAborted();
      const error = toChatVaultError(thrown);
      return { messages: [], reactions: [], hasOlder: false, incomplete: true, error };
    }
  }

  /** Reads everything in the cloud, or one month (`2024-01`), and checks it. Without an id: the first connected provider. */
  verify(
    providerId?: string,
    options: CallOptions & { readonly month?: string } = {},
  ): Promise<Outcome<VerifyReport>> {
    const { month } = options;
    const task: EngineTask<VerifyReport> = (engine, run) =>
      engine.verify({ ...run, ...(month !== undefined && { month }) });
    return this.#runOne(providerId, 'read', task, options);
  }

  /** Commits again what the cloud still has and uploads what it lost and this device has. Without an id: the first connected provider. */
  repair(providerId?: string, options: CallOptions = {}): Promise<Outcome<BackupReport>> {
    return this.#runOne(providerId, 'write', (engine, run) => engine.repair(run), options);
  }

  /** Uploads the whole local history to an emptied cloud. Without an id: the first connected provider. */
  reseed(providerId?: string, options: CallOptions = {}): Promise<Outcome<BackupReport>> {
    const task: EngineTask<BackupReport> = (engine, run) =>
      engine.reseed({ ...run, keep: [MEMORY_DOCUMENT, ...ENCRYPTION_DOCUMENTS] });
    return this.#runOne(providerId, 'write', task, options);
  }

  /** What the cloud holds by month and what of it is here; costs no request and is not shown as a run. Without an id: the first connected provider. */
  inventory(providerId?: string, options: CallOptions = {}): Promise<Outcome<VaultInventory>> {
    return this.#runOne(providerId, 'look', (engine, run) => engine.inventory(run), options);
  }

  /**
   * Copies the vault of one connected cloud to another connected one, for good or as a second copy, then reads it back and compares. Before
   * it `from` is synced, so that nothing pending is left out; when that fails nothing was done. After it `to` is. Progress and failures are
   * in the state of `to`. Both stay connected, unless `release` is asked for and `mayRelease` says that `to` has everything: then `from` is
   * disconnected and what was known of it forgotten. Files are never removed.
   *
   * Failed or aborted, what was copied stays and the next call goes on. Fails with `unknown-provider`, `same-provider`, `not-connected`,
   * `foreign-vault` (another account's vault is at `to`; nothing was written), `vault-emptied`, `upgrade-required`, `aborted`, and as its
   * clouds do.
   */
  migrate(from: string, to: string, options: MoveOptions = {}): Promise<Outcome<MigrateReport>> {
    return outcomeOf(this.#transfers.move(from, to, options), options.signal);
  }

  /**
   * The vault as one ZIP file, to be kept anywhere: of a connected cloud (after what is pending was saved there), by default the first one;
   * of what this device holds with `providerId` `null` and where none is connected. The file is as readable as the cloud's files are.
   *
   * Fails with `nothing-to-export`, `unknown-provider`, `not-connected`, `aborted`, and as the cloud does; the stream may still fail
   * with `CloudError`.
   */
  exportVault(
    options: CallOptions & { readonly providerId?: string | null } = {},
  ): Promise<Outcome<VaultFile>> {
    return outcomeOf(this.#transfers.toFile(options.providerId, options), options.signal);
  }

  /**
   * Merges the vault in a ZIP file into this device, with or without a connected cloud; connected ones get it with their next sync.
   * Importing again changes nothing, and what was deleted here since stays deleted. Cut off, the next call starts over.
   *
   * Fails with `invalid` for what is no whole vault (`details.reason`, a `ZipRefusal`), `foreign-vault`, `upgrade-required`, `aborted`;
   * the first two change nothing. A file that is damaged in parts is taken as far as it can be read, and the report is `incomplete`.
   *
   * An encrypted one fails with `locked` where this device has no key for it: ask for the passphrase or the recovery code that was in force when it was saved, and give it
   * as `secret`. It opens the keys in the file, for this call only, and fails as `unlock` does.
   */
  importVault(file: Blob, options: ImportOptions = {}): Promise<Outcome<RestoreReport>> {
    return outcomeOf(this.#transfers.fromFile(file, options), options.signal);
  }

  /**
   * Writes anew what lies in a cloud from before encryption was turned on; after it was turned off, the other way round. May take long: progress is in the state of
   * the provider. Aborted or cut off, the next call goes on. Without an id: the first connected provider.
   */
  rewriteHistory(
    providerId?: string,
    options: CallOptions & { readonly maxVaults?: number } = {},
  ): Promise<Outcome<RewriteReport>> {
    const { maxVaults } = options;
    const task: EngineTask<RewriteReport> = (engine, run) =>
      engine.rewrite({ ...run, ...(maxVaults !== undefined && { maxVaults }) });
    return this.#runOne(providerId, 'write', task, options);
  }

  async #runAll<Report extends RestoreReport>(
    providerId: string | undefined,
    kind: RunKind,
    task: EngineTask<Report>,
    { signal }: CallOptions,
  ): Promise<
    | { readonly ok: true; readonly report: Report; readonly reports: readonly Report[] }
    | (Failure & { readonly reports: readonly Report[] })
  > {
    const done = new Map<ProviderConnection, Report>();
    let failed: Failure | undefined;
    const run = async (connection: ProviderConnection) => {
      const outcome = await this.#work.track(connection.run(kind, task, signal));
      const before = done.get(connection);
      if (!outcome.ok) failed ??= outcome;
      else done.set(connection, before ? addReports([before, outcome.report]) : outcome.report);
    };
    try {
      for (const connection of await this.#chosen(providerId)) {
        if (providerId === undefined && !connection.isWanted) continue;
        await run(connection);
      }
      // What a later cloud brought is new to those before it.
      const earlier = kind === 'sync' ? [...done.keys()].slice(0, -1) : [];
      for (const connection of earlier) {
        if (await this.#isBehind(connection)) await run(connection);
      }
    } catch (thrown) {
      failed = failure(thrown);
    }
    const reports = [...done.values()];
    const [first, ...others] = reports;
    if (failed || !first) return { ...(failed ?? failure(notConnected())), reports };
    return { ok: true, report: addReports([first, ...others]), reports };
  }

  async #runOne<Report extends object>(
    providerId: string | undefined,
    kind: RunKind,
    task: EngineTask<Report>,
    { signal }: CallOptions,
  ): Promise<Outcome<Report>> {
    try {
      const [connection] = await this.#chosen(providerId);
      if (!connection) throw notConnected();
      return await this.#work.track(connection.run(kind, task, signal));
    } catch (thrown) {
      return failure(thrown);
    }
  }

  async #isBehind(connection: ProviderConnection): Promise<boolean> {
    await connection.countPending(await this.#storage.open());
    return connection.isWanted && untracked(connection.state).pendingChanges > 0;
  }

  async #chosen(providerId: string | undefined): Promise<readonly ProviderConnection[]> {
    await this.#connections.start();
    if (providerId !== undefined) return [this.#connections.find(providerId)];
    return this.#connections.wanted;
  }
}

const NOTHING_CONNECTED: ChatSyncStatus = {
  state: 'idle',
  message: 'No cloud is connected.',
  hint: 'Connect one to back up this history.',
};

const notConnected = (): ChatSyncError =>
  new ChatSyncError('not-connected', 'chat-sync: no cloud is connected; call connect() first');

/** The earliest of their last syncs, `null` when one was never synced or there are none. */
const oldest = (providers: readonly ProviderState[]): Date | null =>
  providers.reduce<Date | null>(
    (first, { lastSyncedAt }, index) =>
      index === 0 || (first && lastSyncedAt && lastSyncedAt < first) || !lastSyncedAt
        ? lastSyncedAt
        : first,
    null,
  );
