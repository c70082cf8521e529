import { Service, computed, inject, signal } from '@angular/core';
import { ChatSyncService } from '@chat-vault/chat-sync';
import { DeviceProfile } from '../device/device-profile';
import { progressText } from '../storage/progress-text';
import { formatCount } from '../ui/time-format';
import { Toasts } from '../ui/toasts';
import { encryptionProblem } from './encryption-problem';

/** Name of what is kept on this device. */
const DUE = 'rewrite-due';

/** Writes what is in the clouds anew, as encryption stands now; goes on when the person leaves the page that shows it. */
@Service()
export class RewriteRuns {
  readonly #sync = inject(ChatSyncService);
  readonly #toasts = inject(Toasts);
  readonly #profile = inject(DeviceProfile);
  readonly #isDue = signal(this.#profile.read(DUE) !== null);
  readonly #running = signal<AbortController | null>(null);

  /** Whether the key was changed here, and what the old one encrypted was not all written anew. */
  readonly isDue = this.#isDue.asReadonly();
  readonly isRunning = computed(() => this.#running() !== null);
  readonly progress = computed(
    () => this.#sync.providers().find(({ isSyncing }) => isSyncing)?.progress ?? null,
  );
  readonly progressWords = computed(() => progressText(this.progress()));

  /** What was written stays, and the next run goes on from there. */
  stop(): void {
    this.#running()?.abort();
  }

  /** The key was changed: it is offered until it was done. */
  noteKeyChanged(): void {
    this.#keepDue(true);
  }

  async run(): Promise<void> {
    if (this.#running() !== null) return;
    const stop = new AbortController();
    this.#running.set(stop);
    try {
      await this.#rewriteAll(stop.signal);
    } finally {
      this.#running.set(null);
    }
  }

  /** One cloud after the other; one that fails does not keep the others from it. */
  async #rewriteAll(signal: AbortSignal): Promise<void> {
    let left = 0;
    let failed: Error | null = null;
    const connected = this.#sync.providers().filter(({ isConnected }) => isConnected);
    if (connected.length === 0) {
      this.#toasts.fail(
        'No cloud is connected. Connect the cloud that holds your chats, then try again.',
      );
      return;
    }
    for (const { providerId } of connected) {
      const result = await this.#sync.rewriteHistory(providerId, { signal });
      if (signal.aborted) {
        this.#toasts.tell('Stopped; the next time goes on from there');
        return;
      }
      if (result.ok) left += result.report.filesRemaining;
      else failed ??= result.error;
    }
    if (failed === null && left === 0) this.#keepDue(false);
    this.#tell(failed, left);
  }

  #keepDue(isDue: boolean): void {
    this.#profile.write(DUE, isDue ? 'yes' : null);
    this.#isDue.set(isDue);
  }

  #tell(failed: Error | null, left: number): void {
    if (failed !== null) {
      const { heading, advice } = encryptionProblem(failed);
      this.#toasts.fail(`${heading}. ${advice}`);
    } else if (left > 0) {
      this.#toasts.tell(`Written anew; ${formatCount(left)} files are left for the next time`);
    } else {
      this.#toasts.tell(
        'Everything that was there is written anew. The old files are removed in about a week',
      );
    }
  }
}
