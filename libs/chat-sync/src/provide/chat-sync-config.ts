import { InjectionToken } from '@angular/core';
import { type Logger } from '@chat-vault/core';
import { type EngineOptions } from '@chat-vault/vault-engine';

/** What holds for all providers. */
export interface ChatSyncConfig {
  /** Folder of the account in the cloud; default `chat-vault`. */
  readonly basePath?: string;
  /** Identity of the account in the application; a vault of another account is refused and left alone. */
  readonly accountId?: string;
  /** Limits of the engine, for applications with unusual devices or clouds. */
  readonly engine?: Partial<EngineOptions>;
}

/** The first argument of `provideChatSync`. */
export const CHAT_SYNC_CONFIG = new InjectionToken<ChatSyncConfig>('CHAT_SYNC_CONFIG');

/** The logger of `withLogger`. */
export const CHAT_SYNC_LOGGER = new InjectionToken<Logger>('CHAT_SYNC_LOGGER');
