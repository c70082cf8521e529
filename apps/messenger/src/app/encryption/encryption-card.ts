import { Component, computed, inject, signal } from '@angular/core';
import { ChatSyncService } from '@chat-vault/chat-sync';
import { CLOCK } from '../device/clock';
import { Confirm } from '../ui/confirm';
import { Icon } from '../ui/icon';
import { formatBytes, formatCount, formatLongAgo } from '../ui/time-format';
import { Toasts } from '../ui/toasts';
import { ChangeKeyDialog } from './change-key-dialog';
import { ChangePassphraseDialog } from './change-passphrase-dialog';
import { CheckRecoveryDialog } from './check-recovery-dialog';
import { DividedNotice } from './divided-notice';
import { encryptionProblem } from './encryption-problem';
import { lockedWords } from './locked-words';
import { RecoveryReminder } from './recovery-reminder';
import { RewriteRuns } from './rewrite-runs';
import { TurnOffDialog } from './turn-off-dialog';
import { TurnOnDialog } from './turn-on-dialog';
import { UnlockForm } from './unlock-form';

type OpenDialog = 'turn-on' | 'check' | 'change' | 'change-key' | 'turn-off';

/** How encryption stands on this device, with what can be done about it. */
@Component({
  selector: 'cv-encryption-card',
  imports: [
    ChangeKeyDialog,
    ChangePassphraseDialog,
    CheckRecoveryDialog,
    DividedNotice,
    Icon,
    TurnOffDialog,
    TurnOnDialog,
    UnlockForm,
  ],
  templateUrl: './encryption-card.html',
  styleUrls: ['../storage/card.css', './encryption-card.css'],
  host: { 'data-testid': 'encryption-card', '[attr.data-state]': 'state().state' },
})
export class EncryptionCard {
  readonly #sync = inject(ChatSyncService);
  readonly #confirm = inject(Confirm);
  readonly #toasts = inject(Toasts);
  readonly #now = inject(CLOCK);
  protected readonly reminder = inject(RecoveryReminder);
  protected readonly rewrites = inject(RewriteRuns);
  protected readonly formatBytes = formatBytes;
  protected readonly formatCount = formatCount;
  protected readonly state = this.#sync.encryption;
  protected readonly lockedWords = lockedWords;
  protected readonly isUnfinished = computed(() => 'groups' in this.state());
  protected readonly dialog = signal<OpenDialog | null>(null);
  protected readonly verified = computed(() => {
    const at = this.reminder.verifiedAt();
    if (at === null) return 'Not yet on this device';
    const ago = formatLongAgo(at, new Date(this.#now()));
    const how = this.reminder.isByCode() ? '' : ', with the passphrase';
    return `${ago.charAt(0).toLocaleUpperCase()}${ago.slice(1)}${how}`;
  });

  protected open(dialog: OpenDialog): void {
    this.dialog.set(dialog);
  }

  protected close(): void {
    this.dialog.set(null);
  }

  protected rewrite(): void {
    void this.rewrites.run();
  }

  /** Forgets what was begun in a dialog that is gone. */
  protected async giveUp(): Promise<void> {
    await this.#sync.cancelRecovery();
  }

  protected async lock(): Promise<void> {
    const isSure = await this.#confirm.ask({
      heading: 'Lock on this device?',
      text: 'To unlock it you need the passphrase or the recovery code. Messages that are here stay readable; changes wait on this device until then.',
      confirmLabel: 'Lock',
    });
    if (!isSure) return;
    const outcome = await this.#sync.lock();
    if (outcome.ok) return;
    const { heading, advice } = encryptionProblem(outcome.error);
    this.#toasts.fail(`${heading}. ${advice}`);
  }
}
