import { Service, computed, inject, signal } from '@angular/core';
import { ChatSyncService } from '@chat-vault/chat-sync';
import { problemText } from '../ui/problem-text';
import { formatCount } from '../ui/time-format';
import { Toasts } from '../ui/toasts';

/** Brings everything from the connected clouds to this device; goes on when the person leaves the page that shows it. */
@Service()
export class KeepAll {
  readonly #sync = inject(ChatSyncService);
  readonly #toasts = inject(Toasts);
  readonly #running = signal<AbortController | null>(null);

  readonly isRunning = computed(() => this.#running() !== null);

  /** What came stays, and the next run goes on from there. */
  stop(): void {
    this.#running()?.abort();
  }

  async run(): Promise<void> {
    const stop = new AbortController();
    this.#running.set(stop);
    const result = await this.#sync.restoreAll({ signal: stop.signal });
    this.#running.set(null);
    if (stop.signal.aborted) {
      this.#toasts.tell('Stopped; what came is here, and the next time goes on from there');
    } else if (!result.ok) {
      const { heading, advice } = problemText(result.error);
      this.#toasts.fail(`${heading}. ${advice}`);
    } else if (result.report.incomplete) {
      this.#toasts.fail(
        'Not everything could be read. Verify the cloud; what could be read is on this device.',
      );
    } else {
      const count = formatCount(result.report.messagesNew);
      this.#toasts.tell(`Everything is on this device now: ${count} messages were brought here`);
    }
  }
}
