import { type ChatStorage, type MessagePosition } from '@chat-vault/chat-storage';
import { type CloudStorage } from '@chat-vault/cloud-storage';
import { type Logger, type VaultCodec } from '@chat-vault/core';
import { type EngineOptions } from './engine-options.js';
import { type Environment } from './environment.js';
import {
  type BackupReport,
  type CompactionReport,
  type GarbageReport,
  type HistoryPage,
  type RestoreReport,
  type RunOptions,
  type SyncReport,
  type VaultInventory,
  type VerifyReport,
} from './reports/reports.js';

/** What an engine is made of. */
export interface ChatVaultEngineParts {
  readonly storage: ChatStorage;
  readonly cloud: CloudStorage;
  /** Default: `gzipCodec()`. */
  readonly codec?: VaultCodec;
  /** Folder of the account in the cloud, default `chat-vault`. */
  readonly basePath?: string;
  /** Identity of the account in the app; a vault of another one is refused as `foreign-vault`. */
  readonly accountId?: string;
  readonly logger?: Logger;
  readonly options?: Partial<EngineOptions>;
  /** For tests and simulations. */
  readonly environment?: Partial<Environment>;
}

/** Turns a `ChatStorage` and a `CloudStorage` into one history on all devices. Holds no state of its own. */
export declare class ChatVaultEngine {
  constructor(parts: ChatVaultEngineParts);
  sync(options?: RunOptions): Promise<SyncReport>;
  restore(options?: RunOptions): Promise<RestoreReport>;
  backup(options?: RunOptions): Promise<BackupReport>;
  restoreMonth(
    target: { readonly month: string; readonly conversationUrn?: string },
    options?: RunOptions,
  ): Promise<RestoreReport>;
  loadOlder(
    query: {
      readonly conversationUrn: string;
      readonly before?: MessagePosition;
      readonly limit: number;
    },
    options?: RunOptions,
  ): Promise<HistoryPage>;
  compact(options?: RunOptions): Promise<CompactionReport>;
  collectGarbage(options?: RunOptions): Promise<GarbageReport>;
  verify(options?: RunOptions & { readonly month?: string }): Promise<VerifyReport>;
  repair(options?: RunOptions): Promise<BackupReport>;
  reseed(options?: RunOptions): Promise<BackupReport>;
  inventory(options?: RunOptions): Promise<VaultInventory>;
}
