import { type ChatStorage } from '@chat-vault/chat-storage';
import { type CloudStorage } from '@chat-vault/cloud-storage';
import { type Logger, type VaultCodec } from '@chat-vault/core';
import { type EngineOptions } from './engine-options.js';
import { type Environment } from './environment.js';
import { type LockManagerLike } from './lock/provider-lock.js';

/** What an engine is made of. */
export interface ChatVaultEngineParts {
  readonly storage: ChatStorage;
  readonly cloud: CloudStorage;
  /** What is written, and read. Default: `gzipCodec()`. One whose extension ends in `.enc` seals. */
  readonly codec?: VaultCodec;
  /** Sealing codecs that are only read with: for a vault whose encryption is turned off. */
  readonly opens?: readonly VaultCodec[];
  /** Folder of the account in the cloud, default `chat-vault`. */
  readonly basePath?: string;
  /** Identity of the account in the app; a vault of another one is refused as `foreign-vault`. */
  readonly accountId?: string;
  readonly logger?: Logger;
  readonly options?: Partial<EngineOptions>;
  /** For tests and simulations. */
  readonly environment?: Partial<Environment>;
  /** Default: `navigator.locks` where there is one; `null` for a queue within this thread. */
  readonly locks?: LockManagerLike | null;
}
