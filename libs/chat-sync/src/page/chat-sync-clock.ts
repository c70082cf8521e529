import { InjectionToken } from '@angular/core';

/** Time and chance, so that a test can decide both. Times in milliseconds. */
export interface ChatSyncClock {
  /** Unix time. */
  now(): number;
  /** Time since any fixed moment; never goes back. */
  monotonic(): number;
  /** From 0 up to but not 1. */
  random(): number;
  /** Calls back once after so long, unless the returned function is called before. */
  after(ms: number, callback: () => void): () => void;
  /** Resolves after so long, rejects when aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** The clock of the page. */
export const CHAT_SYNC_CLOCK = new InjectionToken<ChatSyncClock>('CHAT_SYNC_CLOCK', {
  factory: () => ({
    now: () => Date.now(),
    monotonic: () => performance.now(),
    random: () => Math.random(),
    after,
    sleep,
  }),
});

function after(ms: number, callback: () => void): () => void {
  const timer = setTimeout(callback, ms);
  return () => clearTimeout(timer);
}

function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const cancel = after(ms, () => {
      signal?.removeEventListener('abort', abort);
      resolve();
    });
    const abort = () => {
      cancel();
      reject(signal?.reason);
    };
    signal?.addEventListener('abort', abort, { once: true });
  });
}
