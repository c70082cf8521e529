import { Component, computed, inject, signal } from '@angular/core';
import { ChatSyncService } from '@chat-vault/chat-sync';
import { ChangeKeyDialog } from './change-key-dialog';

/** Says that two devices made keys at the same time, and makes one of them; nothing where that is not so. */
@Component({
  selector: 'cv-divided-notice',
  imports: [ChangeKeyDialog],
  template: `
    @if (isDivided()) {
      <section class="notice warning" aria-labelledby="cv-divided" data-testid="divided-notice">
        <strong id="cv-divided">Two devices turned encryption on at the same time</strong>
        <span>
          Each made a passphrase and a recovery code, and each of these opens only a part of your
          chats. Make one of them; until then keep them all.
        </span>
        <button type="button" class="button" data-testid="unite" (click)="isOpen.set(true)">
          Make one key of two
        </button>
      </section>
    }
    @defer (when isOpen()) {
      @if (isOpen()) {
        <cv-change-key-dialog [isUniting]="true" (dismissed)="isOpen.set(false)" />
      }
    }
  `,
  styles: `
    /* Where there is nothing to say it takes no room. */
    :host {
      display: contents;
    }
    section {
      margin: var(--divided-margin, 0);
    }
    .button {
      justify-self: start;
      margin-top: var(--space-2);
    }
  `,
})
export class DividedNotice {
  readonly #sync = inject(ChatSyncService);
  protected readonly isOpen = signal(false);
  protected readonly isDivided = computed(() => {
    const state = this.#sync.encryption();
    return state.state === 'unlocked' && state.isDivided;
  });
}
