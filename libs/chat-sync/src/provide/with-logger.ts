import { type Logger } from '@chat-vault/core';
import { CHAT_SYNC_LOGGER } from './chat-sync-config';
import { type ChatSyncFeature } from './chat-sync-feature';

/**
 * Tells failures and their end to a logger, made by a function that may `inject`, or given. What goes on for the same reason is told
 * at most 10 times an hour for all clouds together, with how often it was left out; another reason at once.
 */
export function withLogger(logger: Logger | (() => Logger)): ChatSyncFeature {
  const useFactory = typeof logger === 'function' ? logger : () => logger;
  return {
    kind: 'logger',
    name: 'withLogger',
    providers: [{ provide: CHAT_SYNC_LOGGER, useFactory }],
  };
}
