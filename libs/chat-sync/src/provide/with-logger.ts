import { type Logger } from '@chat-vault/core';
import { CHAT_SYNC_LOGGER } from './chat-sync-config';
import { type ChatSyncFeature } from './chat-sync-feature';

/** Tells progress and failures to a logger, made by a function that may `inject`, or given. */
export function withLogger(logger: Logger | (() => Logger)): ChatSyncFeature {
  const useFactory = typeof logger === 'function' ? logger : () => logger;
  return {
    kind: 'logger',
    name: 'withLogger',
    providers: [{ provide: CHAT_SYNC_LOGGER, useFactory }],
  };
}
