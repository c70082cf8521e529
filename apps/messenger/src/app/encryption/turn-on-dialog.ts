import { Component, DestroyRef, computed, inject, output, signal, viewChild } from '@angular/core';
import { ChatSyncService, type Outcome } from '@chat-vault/chat-sync';
import { type RecoverySheet } from '@chat-vault/chat-sync/encryption';
import { Confirm } from '../ui/confirm';
import { Dialog } from '../ui/dialog';
import { FocusOnShow } from '../ui/focus-on-show';
import { ProblemNotice } from '../ui/problem-notice';
import { type ProblemText } from '../ui/problem-text';
import { formatCount } from '../ui/time-format';
import { Toasts } from '../ui/toasts';
import { AskedGroups } from './asked-groups';
import { encryptionProblem, writingProblem } from './encryption-problem';
import { NewPassphrase } from './new-passphrase';
import { RecoveryReminder } from './recovery-reminder';
import { RecoverySheetView } from './recovery-sheet';
import { RewriteRuns } from './rewrite-runs';
import { UnlockForm } from './unlock-form';

/** How far turning on is. Nothing is written before `storing`. */
type Step =
  | { readonly kind: 'passphrase'; readonly isBusy: boolean }
  | { readonly kind: 'sheet'; readonly sheet: RecoverySheet }
  | { readonly kind: 'groups'; readonly sheet: RecoverySheet }
  | { readonly kind: 'storing'; readonly sheet: RecoverySheet }
  | { readonly kind: 'begun' }
  | { readonly kind: 'done' };

const HEADINGS: Readonly<Record<Step['kind'], string>> = {
  passphrase: 'Encrypt your chats',
  sheet: 'Your recovery code',
  groups: 'Type it back',
  storing: 'Turning encryption on…',
  begun: 'Encryption was turned on before',
  done: 'Your chats are encrypted',
};

const NOTHING_CHANGED =
  'Nothing was changed yet. The recovery code that you saw opens nothing then: throw it away, and a new one is made the next time.';
const KEEP_THE_SHEET =
  'Keys may lie in one of your clouds already. Keep the passphrase and the recovery code: when you are asked to unlock it, they open it.';

/** Turns encryption on in three steps: the passphrase, the recovery code, and typing some of it back. Closed before the end, it changed nothing. */
@Component({
  selector: 'cv-turn-on-dialog',
  imports: [
    AskedGroups,
    Dialog,
    FocusOnShow,
    NewPassphrase,
    ProblemNotice,
    RecoverySheetView,
    UnlockForm,
  ],
  templateUrl: './turn-on-dialog.html',
  styleUrls: ['../ui/dialog-body.css', './turn-on-dialog.css'],
})
export class TurnOnDialog {
  readonly dismissed = output();

  readonly #sync = inject(ChatSyncService);
  readonly #confirm = inject(Confirm);
  readonly #reminder = inject(RecoveryReminder);
  readonly #toasts = inject(Toasts);
  readonly #rewrites = inject(RewriteRuns);
  private readonly passphrase = viewChild(NewPassphrase);
  private readonly asked = viewChild(AskedGroups);
  protected readonly formatCount = formatCount;

  protected readonly step = signal<Step>({ kind: 'passphrase', isBusy: false });
  protected readonly problem = signal<ProblemText | null>(null);
  protected readonly heading = computed(() => HEADINGS[this.step().kind]);
  /** Files that lie in the clouds from before; `null` when none does. */
  protected readonly left = computed(() => {
    const state = this.#sync.encryption();
    return state.state === 'unlocked' ? state.plainFiles || null : null;
  });
  #isGone = false;
  /** Whether storing was tried: the keys may lie in one of the clouds even where it failed. */
  protected readonly wasTried = signal(false);
  /** Whether the person said so, and read what to keep. */
  #isGivenUp = false;

  constructor() {
    inject(DestroyRef).onDestroy(() => {
      this.#isGone = true;
      if (!this.#isUnfinished()) return;
      void this.#sync.cancelRecovery();
      if (this.wasTried() && !this.#isGivenUp) this.#toasts.fail(KEEP_THE_SHEET);
    });
  }

  /** In the middle it is asked whether to give up; while keys are being stored it cannot be left. */
  protected async close(): Promise<void> {
    if (this.step().kind === 'storing') return;
    if (this.#isUnfinished()) {
      if (!(await this.#wantsToGiveUp())) return;
      this.#isGivenUp = true;
    }
    this.dismissed.emit();
  }

  protected async makeCode(): Promise<void> {
    const passphrase = (await this.passphrase()?.take()) ?? null;
    const step = this.step();
    if (passphrase === null || step.kind !== 'passphrase' || step.isBusy) return;
    this.#go({ kind: 'passphrase', isBusy: true });
    const outcome = await this.#sync.enableEncryption({ passphrase });
    if (this.#isGone) {
      if (outcome.ok) await this.#sync.cancelRecovery();
    } else if (outcome.ok) {
      this.#go({ kind: 'sheet', sheet: outcome.report });
    } else {
      const wasBegun = outcome.error.code === 'already-encrypted';
      this.#go(wasBegun ? { kind: 'begun' } : { kind: 'passphrase', isBusy: false });
      this.problem.set(encryptionProblem(outcome.error));
    }
  }

  protected showSheet(sheet: RecoverySheet): void {
    this.#go({ kind: 'sheet', sheet });
  }

  protected askGroups(sheet: RecoverySheet): void {
    this.#go({ kind: 'groups', sheet });
  }

  protected async store(sheet: RecoverySheet): Promise<void> {
    const asked = this.asked();
    if (!asked) return;
    const problem = asked.problem();
    if (problem) return this.problem.set(problem);
    const typed = asked.typed();
    this.wasTried.set(true);
    this.#go({ kind: 'storing', sheet });
    const outcome = await this.#sync.confirmRecovery(typed);
    if (outcome.ok) this.#reminder.begin();
    if (this.#isGone) return this.#tellAfterwards(outcome);
    if (outcome.ok) return this.#go({ kind: 'done' });
    const wasFaster = outcome.error.code === 'already-encrypted';
    if (wasFaster) await this.#sync.cancelRecovery();
    this.#go(wasFaster ? { kind: 'begun' } : { kind: 'groups', sheet });
    this.problem.set(writingProblem(outcome.error, KEEP_THE_SHEET));
  }

  protected rewrite(): void {
    void this.#rewrites.run();
    this.dismissed.emit();
  }

  /** The page was left while the keys were being stored. */
  async #tellAfterwards(outcome: Outcome<unknown>): Promise<void> {
    if (outcome.ok) return this.#toasts.tell('Your chats are encrypted from now on');
    await this.#sync.cancelRecovery();
    const { heading, advice } = writingProblem(outcome.error, KEEP_THE_SHEET);
    this.#toasts.fail(`Encryption was not turned on. ${heading}. ${advice}`);
  }

  #go(step: Step): void {
    this.problem.set(null);
    this.step.set(step);
  }

  #isUnfinished(): boolean {
    const { kind } = this.step();
    return kind === 'sheet' || kind === 'groups';
  }

  #wantsToGiveUp(): Promise<boolean> {
    return this.#confirm.ask({
      heading: 'Give up turning encryption on?',
      text: this.wasTried() ? KEEP_THE_SHEET : NOTHING_CHANGED,
      confirmLabel: 'Give up',
    });
  }
}
