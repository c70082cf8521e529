import { type ChatSyncStatus } from '@chat-vault/chat-sync';

/** Whether the browser only wants to be told again that this page may use a folder, as after a restart: one click, and nothing is wrong. */
export const asksPermission = (status: ChatSyncStatus): boolean =>
  status.state === 'auth-error' && status.error.details['permission'] === 'prompt';
