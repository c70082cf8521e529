import { type ChatSyncConfig } from '@chat-vault/chat-sync';
import { type ChatStorage } from '@chat-vault/chat-storage';
import { type CloudStorage } from '@chat-vault/cloud-storage';
import { ChatVaultEngine, type SyncReport } from '@chat-vault/vault-engine';

/** Another device of the same person: its own storage, the same cloud, no Angular. */
export class TestDevice {
  /** For writing and reading there. */
  readonly storage: ChatStorage;
  /** For everything beyond `sync`. */
  readonly engine: ChatVaultEngine;

  constructor(storage: ChatStorage, cloud: CloudStorage, config: ChatSyncConfig) {
    const { engine: options, ...account } = config;
    this.storage = storage;
    const parts = { ...account, storage, cloud, ...(options && { options }) };
    this.engine = new ChatVaultEngine({ ...parts, locks: null });
  }

  /** Restores, merges, backs up. */
  sync(): Promise<SyncReport> {
    return this.engine.sync();
  }
}
