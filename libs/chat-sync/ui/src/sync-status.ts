import { Component, computed, inject, input, LOCALE_ID } from '@angular/core';
import { ChatSyncService } from '@chat-vault/chat-sync';
import { describeStatus, type StatusAction } from './describe-status';

const ACTION_LABELS: Readonly<Record<StatusAction, string>> = {
  sync: 'Sync now',
  retry: 'Try again',
  reconnect: 'Reconnect',
  'upload-again': 'Upload everything again',
};

/**
 * How backing up stands, in words with the next step and a button for it. Without `providerId` it speaks of all connected clouds. Changes are
 * announced politely. Colours: `--cv-good`, `--cv-busy`, `--cv-waiting`, `--cv-bad`, `--cv-muted`.
 */
@Component({
  selector: 'cv-sync-status',
  template: `
    <span class="mark" [class]="description().tone" aria-hidden="true"></span>
    <span class="words">
      <span role="status">
        {{ description().message }}
        @if (description().hint) {
          <span class="hint">{{ description().hint }}</span>
        }
      </span>
      @if (detail(); as detail) {
        <span class="hint">{{ detail }}</span>
      }
    </span>
    @if (description().action; as action) {
      <button type="button" (click)="perform(action)">{{ labels[action] }}</button>
    }
  `,
  styles: `
    :host {
      display: flex;
      align-items: center;
      gap: 0.75em;
    }
    .mark {
      flex: none;
      width: 0.75em;
      height: 0.75em;
      border-radius: 50%;
      background: currentColor;
    }
    .good {
      color: var(--cv-good, light-dark(#1a7f37, #4ac26b));
    }
    .busy {
      color: var(--cv-busy, light-dark(#0969da, #6cb6ff));
    }
    .waiting {
      color: var(--cv-waiting, light-dark(#9a6700, #d4a72c));
    }
    .bad {
      color: var(--cv-bad, light-dark(#cf222e, #ff8182));
    }
    .words {
      flex: 1;
      min-width: 0;
    }
    .hint {
      display: block;
      font-size: 0.875em;
      color: var(--cv-muted, light-dark(#57606a, #a7b1bc));
    }
    button {
      flex: none;
      font: inherit;
    }
  `,
})
export class SyncStatus {
  readonly #chatSync = inject(ChatSyncService);
  readonly #format = new Intl.DateTimeFormat(inject(LOCALE_ID), {
    dateStyle: 'medium',
    timeStyle: 'short',
  });

  /** The cloud to speak of; all connected ones when absent. */
  readonly providerId = input<string>();

  readonly #provider = computed(() =>
    this.#chatSync.providers().find(({ providerId }) => providerId === this.providerId()),
  );
  readonly #facts = computed(() => {
    const provider = this.#provider();
    if (provider) return provider;
    return {
      status: this.#chatSync.status(),
      isConnected: this.#chatSync.providers().some(({ isConnected }) => isConnected),
      pendingChanges: this.#chatSync.pendingChanges(),
      lastSyncedAt: this.#chatSync.lastSyncedAt(),
    };
  });
  protected readonly description = computed(() => describeStatus(this.#facts()));
  /** Times stand outside what is announced, as they change with each sync. */
  protected readonly detail = computed(() => {
    const { status, lastSyncedAt } = this.#facts();
    if (status.state === 'throttled') return `Waiting until ${this.#format.format(status.until)}.`;
    return lastSyncedAt ? `Last synced ${this.#format.format(lastSyncedAt)}.` : '';
  });
  protected readonly labels = ACTION_LABELS;

  protected async perform(action: StatusAction): Promise<void> {
    const { status } = this.#facts();
    const concerned = 'providerId' in status ? status.providerId : undefined;
    const providerId = concerned ?? this.providerId();
    if (action === 'upload-again') await this.#chatSync.reseed(providerId);
    else if (action === 'reconnect' && providerId !== undefined) await this.#reconnect(providerId);
    else await this.#chatSync.syncMessages(this.providerId());
  }

  async #reconnect(providerId: string): Promise<void> {
    const { ok } = await this.#chatSync.connect(providerId, { interactive: true });
    if (ok) await this.#chatSync.syncMessages(providerId);
  }
}
