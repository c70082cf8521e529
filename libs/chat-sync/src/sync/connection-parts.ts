import { type ChatStorage } from '@chat-vault/chat-storage';
import { type CloudStorage } from '@chat-vault/cloud-storage';
import { type RunOptions } from '@chat-vault/vault-engine';
import { type Engine } from './engine-factory';
import { type ProviderConnection } from './provider-connection';
import { type OutcomeParts } from './provider-outcome';

/** What a connection is made of. */
export interface ConnectionParts extends OutcomeParts {
  openStorage(): Promise<ChatStorage>;
  /** Called when messages were synced with it, before that counts as ended. Never rejects. */
  afterSync(connection: ProviderConnection): Promise<void>;
  /** `onWait` is told for how long the engine waits as the service asked to, and `null` when it goes on. */
  createEngine(
    cloud: CloudStorage,
    storage: ChatStorage,
    onWait: (ms: number | null) => void,
  ): Engine | Promise<Engine>;
}

/** What kind of run it is: a `sync` counts as a backup, `write` may clear that the cloud is full, `read` may not; `look` asks no cloud and is not shown. */
export type RunKind = 'sync' | 'write' | 'read' | 'look';

/** A run of the engine; its report may have warnings. */
export type EngineTask<Report> = (engine: Engine, options: RunOptions) => Promise<Report>;
