import { type Injector } from '@angular/core';
import { type ChatStorage } from '@chat-vault/chat-storage';
import { type KeyringPlace } from '@chat-vault/vault-engine/keyring';
import { CHAT_SYNC_CONFIG } from '../provide/chat-sync-config';
import { ChatSyncError } from '../sync/chat-sync-error';
import { CloudConnections } from '../sync/cloud-connections';
import { type EngineTask } from '../sync/connection-parts';
import { type ProviderConnection } from '../sync/provider-connection';

/** What is done with the keyring of a cloud. */
export type CloudWork = (place: KeyringPlace, connection: ProviderConnection) => Promise<void>;

/** The clouds that are connected now, for what concerns the keyring of each. */
export class ConnectedClouds {
  readonly #injector: Injector;

  constructor(injector: Injector) {
    this.#injector = injector;
  }

  /** Of all clouds of the application. */
  get providerIds(): readonly string[] {
    return this.#connections.all.map(({ providerId }) => providerId);
  }

  /** Of those that are connected. */
  get wantedIds(): readonly string[] {
    return this.#connections.wanted.map(({ providerId }) => providerId);
  }

  get #connections(): CloudConnections {
    return this.#injector.get(CloudConnections);
  }

  /** @throws StorageError */
  storage(): Promise<ChatStorage> {
    return this.#connections.start();
  }

  /** What was refused for want of a key is tried again. */
  noteUnlocked(): void {
    for (const connection of this.#connections.all) connection.noteUnlocked();
  }

  /** Makes what was decided true in the clouds; what fails is made up for by the next sync, and says why. */
  async syncAll(): Promise<void> {
    for (const connection of this.#connections.wanted)
      await connection.run('sync', (engine, run) => engine.sync(run));
  }

  /** Does something in every connected cloud, one after the other. @throws ChatSyncError `not-connected`; the first failure of the work */
  async inAll(work: CloudWork, signal?: AbortSignal): Promise<void> {
    const [failed] = await this.tryAll(work, signal);
    if (failed !== undefined) throw failed;
  }

  /** Gives what failed; the other clouds were done all the same. @throws ChatSyncError `not-connected` */
  async tryAll(work: CloudWork, signal?: AbortSignal): Promise<readonly unknown[]> {
    const storage = await this.storage();
    const { basePath, accountId } = this.#injector.get(CHAT_SYNC_CONFIG);
    const account = {
      ...(basePath !== undefined && { basePath }),
      ...(accountId !== undefined && { accountId }),
    };
    const connections = this.#connections.wanted;
    if (connections.length === 0) throw notConnected();
    const failed: unknown[] = [];
    for (const connection of connections) {
      const task: EngineTask<object> = async ({ cloud }, run) => {
        const call = run.signal ? { signal: run.signal } : {};
        // A wrong passphrase is no state of the cloud, so it is not thrown in the run.
        await work({ storage, cloud, ...account, ...call }, connection).catch((error: unknown) =>
          failed.push(error),
        );
        return {};
      };
      const outcome = await connection.run('look', task, signal);
      if (!outcome.ok) failed.push(outcome.error);
      signal?.throwIfAborted();
    }
    return failed;
  }
}

const notConnected = (): ChatSyncError =>
  new ChatSyncError('not-connected', 'chat-sync: no cloud is connected; connect one first');
