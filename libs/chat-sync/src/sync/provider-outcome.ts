import { signal, untracked } from '@angular/core';
import { CloudError, type CloudSpace } from '@chat-vault/cloud-storage';
import { type ChatVaultError } from '@chat-vault/core';
import { type CloudSource } from '../cloud/cloud-source';
import { type ChatSyncStatus } from '../status/chat-sync-status';
import { statusOfError } from '../status/status-of-error';
import { type FailureLog } from './failure-log';

/** What the outcome of a provider's runs is told with. */
export interface OutcomeParts {
  readonly source: CloudSource;
  /** Where failures are told, for all providers. */
  readonly log: FailureLog;
  /** Unix ms. */
  now(): number;
  isOnline(): boolean;
}

const IDLE: ChatSyncStatus = { state: 'idle', message: 'Nothing is under way.', hint: '' };

/** How the last run of a provider ended, and what the present one waits for. */
export class ProviderOutcome {
  readonly #parts: OutcomeParts;
  readonly #last = signal<ChatSyncStatus>(IDLE);
  /** What is shown while a run waits as the service asked to. */
  readonly #waiting = signal<ChatSyncStatus | null>(null);

  constructor(parts: OutcomeParts) {
    this.#parts = parts;
  }

  /** The status that it makes. */
  status(provider: { readonly isRunning: boolean; readonly isConnected: boolean }): ChatSyncStatus {
    const { providerId, displayName } = this.#parts.source;
    if (provider.isRunning) {
      const message = `Syncing with ${displayName}.`;
      return this.#waiting() ?? { state: 'syncing', providerId, message, hint: '' };
    }
    const last = this.#last();
    if (last !== IDLE || provider.isConnected) return last;
    const message = `${displayName} is not connected.`;
    return { state: 'idle', message, hint: 'Connect it to back up this history there.' };
  }

  /** How the last run ended, without watching it. */
  get last(): ChatSyncStatus {
    return untracked(this.#last);
  }

  /** Nothing is wrong. */
  clear(): void {
    this.#last.set(IDLE);
  }

  /** A key came: what was refused for want of one is tried again. */
  noteUnlocked(): void {
    if (this.last.state === 'locked') this.clear();
  }

  /** The run waits for so long, or with `null` no more. */
  noteWait(ms: number | null): void {
    const words = 'chat-sync: the run goes on when the time that the service asked for is over';
    const asked = ms === null ? null : new CloudError('rate-limited', words, { retryAfterMs: ms });
    this.#waiting.set(asked && this.#statusOf(asked));
  }

  /** A run failed. A full cloud may tell how full; without figures the status is as true. */
  fail(error: ChatVaultError, space: () => Promise<CloudSpace | undefined>): void {
    const status = this.#statusOf(error);
    this.#parts.log.fail(this.#parts.source.providerId, status.message, error);
    this.#last.set(status);
    if (status.state === 'cloud-full') void this.#addSpace(status, space);
  }

  async #addSpace(status: ChatSyncStatus, ask: () => Promise<CloudSpace | undefined>) {
    try {
      const space = await ask();
      if (space && this.last === status) this.#last.set({ ...status, space } as ChatSyncStatus);
    } catch {
      // A service that cannot tell its figures now is still full.
    }
  }

  #statusOf(error: ChatVaultError): ChatSyncStatus {
    const { source } = this.#parts;
    return statusOfError(error, {
      providerId: source.providerId,
      displayName: source.displayName,
      isOnline: this.#parts.isOnline(),
      now: this.#parts.now(),
      hasFixedSignIn: untracked(() => source.hasFixedSignIn?.() ?? false),
    });
  }
}
