import { type ChatVaultError } from '@chat-vault/core';
import { type SyncWarning } from '@chat-vault/vault-engine';
import { ChatSyncError } from '../sync/chat-sync-error';

/** The warning of a run that ended well but after which "all is backed up" would not be true, as an error; `null` when there is none. */
export function errorOfWarnings(warnings: readonly SyncWarning[]): ChatVaultError | null {
  for (const { code, message } of warnings) {
    if (code === 'vault-emptied' || code === 'upgrade-required') {
      return new ChatSyncError(code, message);
    }
    if (code === 'unknown-key') return new ChatSyncError('locked', message);
  }
  return null;
}
