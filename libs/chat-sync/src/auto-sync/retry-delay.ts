import { type ChatSyncStatus } from '../status/chat-sync-status';

/** What the wait before the next try of its own accord depends on. */
export interface RetryContext {
  /** Failures in a row, at least 1 when the status is one. */
  readonly failures: number;
  /** Unix ms. */
  readonly now: number;
  /** From 0 up to but not 1. */
  random(): number;
}

const BASE_MS = 10_000;
const MAX_MS = 15 * 60_000;

/**
 * How long to wait before syncing again by itself, in milliseconds; `null`: not until a person did something. Failures that may pass wait
 * exponentially longer, with full jitter above a floor; a full cloud or device is asked every 15 minutes.
 */
export function retryDelayMs(status: ChatSyncStatus, context: RetryContext): number | null {
  const { failures, now, random } = context;
  switch (status.state) {
    case 'idle':
    case 'syncing':
      return 0;
    case 'throttled':
      return Math.max(0, status.until.getTime() - now);
    case 'cloud-full':
    case 'storage-full':
      return MAX_MS;
    case 'offline':
    case 'connection-error':
    case 'sync-error':
      return BASE_MS / 2 + random() * Math.min(MAX_MS, BASE_MS * 2 ** Math.max(0, failures - 1));
    case 'auth-error':
    case 'locked':
    case 'upgrade-required':
      return null;
  }
}
