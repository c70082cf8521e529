import { Component, computed, inject, signal } from '@angular/core';
import { ChatSyncService } from '@chat-vault/chat-sync';
import { CLOCK } from '../device/clock';
import { Icon } from '../ui/icon';
import { formatLongAgo } from '../ui/time-format';
import { CheckRecoveryDialog } from './check-recovery-dialog';
import { DividedNotice } from './divided-notice';
import { lockedWords } from './locked-words';
import { RecoveryReminder } from './recovery-reminder';
import { UnlockForm } from './unlock-form';

/** Above the conversations, for people who encrypt: unlocks a locked device where they are, and asks now and then for the recovery code. */
@Component({
  selector: 'cv-encryption-notice',
  imports: [CheckRecoveryDialog, DividedNotice, Icon, UnlockForm],
  template: `
    <cv-divided-notice />
    @if (isLocked()) {
      <section aria-labelledby="cv-locked" data-testid="locked-notice">
        <h2 id="cv-locked"><cv-icon name="lock" [size]="18" /> {{ words().heading }}</h2>
        <p>{{ words().text }}</p>
        <cv-unlock-form />
      </section>
    } @else if (reminder.isDue()) {
      <section aria-labelledby="cv-reminder" data-testid="recovery-reminder">
        <h2 id="cv-reminder">
          <cv-icon name="shield" [size]="18" /> Do you still have your recovery code?
        </h2>
        <p>
          Type it once in a while, and you know where it is.
          <span data-testid="reminder-last">{{ last() }}</span>
        </p>
        <div class="buttons">
          <button
            type="button"
            class="button primary"
            data-testid="reminder-check"
            (click)="isCheckOpen.set(true)"
          >
            Check it
          </button>
          <button
            type="button"
            class="button"
            data-testid="reminder-later"
            (click)="reminder.snooze()"
          >
            Later
          </button>
        </div>
      </section>
    }
    @defer (when isCheckOpen()) {
      @if (isCheckOpen()) {
        <cv-check-recovery-dialog (dismissed)="isCheckOpen.set(false)" />
      }
    }
  `,
  styles: `
    section {
      display: grid;
      gap: var(--space-2);
      margin: 0 var(--space-3) var(--space-3);
      padding: var(--space-3) var(--space-4);
      border-radius: var(--radius);
      background: var(--warn-soft);
      font-size: var(--text-m);
    }
    [data-testid='recovery-reminder'] {
      background: var(--ok-soft);
    }
    cv-divided-notice {
      --divided-margin: 0 var(--space-3) var(--space-3);
    }
    h2 {
      display: flex;
      align-items: center;
      gap: var(--space-2);
      font-size: var(--text-m);
      font-weight: 650;
    }
    p {
      font-size: var(--text-s);
    }
    cv-icon {
      flex: none;
    }
    .buttons {
      display: flex;
      gap: var(--space-3);
    }
  `,
})
export class EncryptionNotice {
  readonly #sync = inject(ChatSyncService);
  readonly #now = inject(CLOCK);
  protected readonly reminder = inject(RecoveryReminder);
  protected readonly isLocked = computed(() => this.#sync.encryption().state === 'locked');
  protected readonly words = computed(() => lockedWords(this.#sync.encryption()));
  protected readonly isCheckOpen = signal(false);
  protected readonly last = computed(() => {
    const at = this.reminder.verifiedAt();
    if (at === null) return 'It was not checked on this device yet.';
    const how = this.reminder.isByCode() ? '' : ', with the passphrase';
    return `The last success was ${formatLongAgo(at, new Date(this.#now()))}${how}.`;
  });
}
