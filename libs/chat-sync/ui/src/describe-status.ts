import { type ChatSyncStatus } from '@chat-vault/chat-sync';

/** What a button of the status does. */
export type StatusAction = 'sync' | 'retry' | 'reconnect' | 'upload-again';

/** The status in words, with the next step. */
export interface StatusDescription {
  readonly message: string;
  /** `''` when there is nothing to add. */
  readonly hint: string;
  /** What a person can do here; `null` when nothing. */
  readonly action: StatusAction | null;
  readonly tone: 'good' | 'busy' | 'waiting' | 'bad';
}

/** What the words depend on. */
export interface StatusFacts {
  readonly status: ChatSyncStatus;
  readonly isConnected: boolean;
  readonly pendingChanges: number;
  readonly lastSyncedAt: Date | null;
}

/** The words for a status. "Backed up" is said only when nothing is pending after a sync. */
export function describeStatus(facts: StatusFacts): StatusDescription {
  const { status } = facts;
  const { message, hint } = status;
  switch (status.state) {
    case 'idle':
      return facts.isConnected
        ? describeIdle(facts)
        : { message, hint, action: null, tone: 'waiting' };
    case 'syncing':
      return { message, hint, action: null, tone: 'busy' };
    case 'throttled':
    case 'locked':
      return { message, hint, action: null, tone: 'waiting' };
    case 'offline':
      return { message, hint, action: 'retry', tone: 'waiting' };
    case 'auth-error':
      return { message, hint, action: status.canReconnect ? 'reconnect' : null, tone: 'bad' };
    case 'upgrade-required':
      return { message, hint, action: null, tone: 'bad' };
    case 'sync-error':
      return {
        message,
        hint,
        action: status.error.code === 'vault-emptied' ? 'upload-again' : 'retry',
        tone: 'bad',
      };
    case 'connection-error':
    case 'cloud-full':
    case 'storage-full':
      return { message, hint, action: 'retry', tone: 'bad' };
  }
}

function describeIdle({ pendingChanges, lastSyncedAt }: StatusFacts): StatusDescription {
  if (pendingChanges > 0) {
    const message =
      pendingChanges === 1
        ? '1 change is not backed up yet.'
        : `${pendingChanges} changes are not backed up yet.`;
    return { message, hint: '', action: 'sync', tone: 'waiting' };
  }
  if (!lastSyncedAt) {
    return { message: 'Not synced yet.', hint: '', action: 'sync', tone: 'waiting' };
  }
  return { message: 'Everything is backed up.', hint: '', action: 'sync', tone: 'good' };
}
