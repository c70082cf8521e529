import {
  Component,
  DestroyRef,
  computed,
  inject,
  input,
  output,
  signal,
  viewChild,
  viewChildren,
} from '@angular/core';
import { ChatSyncService, type Outcome } from '@chat-vault/chat-sync';
import { type RecoverySheet } from '@chat-vault/chat-sync/encryption';
import { Confirm } from '../ui/confirm';
import { Dialog } from '../ui/dialog';
import { FocusOnShow } from '../ui/focus-on-show';
import { ProblemNotice } from '../ui/problem-notice';
import { type ProblemText } from '../ui/problem-text';
import { Toasts } from '../ui/toasts';
import { AskedGroups } from './asked-groups';
import { secretProblem, writingProblem } from './encryption-problem';
import { NewPassphrase } from './new-passphrase';
import { RecoveryReminder } from './recovery-reminder';
import { RecoverySheetView } from './recovery-sheet';
import { RewriteRuns } from './rewrite-runs';
import { SecretField } from './secret-field';
import { readSecret, withAllTyped } from './typed-secret';

/** How far changing the key is. Nothing is written before `storing`. */
type Step =
  | { readonly kind: 'asking'; readonly isBusy: boolean }
  | { readonly kind: 'sheet'; readonly sheet: RecoverySheet }
  | { readonly kind: 'groups'; readonly sheet: RecoverySheet }
  | { readonly kind: 'storing'; readonly sheet: RecoverySheet }
  | { readonly kind: 'done' };

const NOTHING_CHANGED =
  'Nothing was changed yet. The new recovery code that you saw opens nothing then: throw it away, and keep the old sheet.';
const KEEP_BOTH =
  'The new key may lie in one of your clouds already. Keep the old and the new sheet and passphrase: when you are asked to unlock it, one of them opens it.';
const OTHER_SECRET: ProblemText = {
  heading: 'One of the two opens nothing',
  advice:
    'Type the passphrase, or the recovery code, of each of the two devices: small and capital letters differ. Nothing was changed.',
};

/** Makes a new key and a new recovery code, typed back before anything is written; of two keys that two devices made at once, it makes one. */
@Component({
  selector: 'cv-change-key-dialog',
  imports: [
    AskedGroups,
    Dialog,
    FocusOnShow,
    NewPassphrase,
    ProblemNotice,
    RecoverySheetView,
    SecretField,
  ],
  templateUrl: './change-key-dialog.html',
  styleUrls: ['../ui/dialog-body.css', './turn-on-dialog.css'],
})
export class ChangeKeyDialog {
  /** Whether two keys are there, so that two secrets are asked for. */
  readonly isUniting = input(false);
  readonly dismissed = output();

  readonly #sync = inject(ChatSyncService);
  readonly #confirm = inject(Confirm);
  readonly #reminder = inject(RecoveryReminder);
  readonly #toasts = inject(Toasts);
  readonly #rewrites = inject(RewriteRuns);
  private readonly secrets = viewChildren(SecretField);
  private readonly passphrase = viewChild(NewPassphrase);
  private readonly asked = viewChild(AskedGroups);

  protected readonly step = signal<Step>({ kind: 'asking', isBusy: false });
  protected readonly problem = signal<ProblemText | null>(null);
  protected readonly wantsPassphrase = signal(false);
  /** A recovery code is replaced, so with nothing else a passphrase has to be chosen. */
  protected readonly needsPassphrase = computed(() => {
    const texts = this.secrets().map((field) => field.text());
    return texts.length > 0 && texts.every((text) => readSecret(text).kind === 'recovery-code');
  });
  protected readonly heading = computed(() => {
    const isUniting = this.isUniting();
    switch (this.step().kind) {
      case 'asking':
        return isUniting ? 'Make one key of two' : 'Change the key';
      case 'sheet':
        return 'Your new recovery code';
      case 'groups':
        return 'Type it back';
      case 'storing':
        return 'Changing the key…';
      case 'done':
        return isUniting ? 'There is one key now' : 'The key was changed';
    }
  });
  /** Clouds that may not have the new key yet: the old secrets still open them. `''`: none. */
  protected readonly late = computed(() =>
    this.#sync
      .providers()
      .filter(({ isConnected, status }) => isConnected && status.state !== 'idle')
      .map(({ displayName }) => displayName)
      .join(', '),
  );
  #isGone = false;
  /** Whether storing was tried: the new key may lie in one of the clouds even where it failed. */
  #wasTried = false;
  /** Whether the person said so, and read what to keep. */
  #isGivenUp = false;

  constructor() {
    inject(DestroyRef).onDestroy(() => {
      this.#isGone = true;
      if (!this.#isUnfinished()) return;
      void this.#sync.cancelRecovery();
      if (this.#wasTried && !this.#isGivenUp) this.#toasts.fail(KEEP_BOTH);
    });
  }

  /** In the middle it is asked whether to give up; while the key is being stored it cannot be left. */
  protected async close(): Promise<void> {
    if (this.step().kind === 'storing') return;
    if (this.#isUnfinished()) {
      if (!(await this.#wantsToGiveUp())) return;
      this.#isGivenUp = true;
    }
    this.dismissed.emit();
  }

  protected async makeCode(): Promise<void> {
    const empty = this.secrets().find((field) => field.text() === '');
    if (empty) return empty.focus();
    const texts = this.secrets().map((field) => field.text());
    const next = await this.passphrase()?.take();
    const step = this.step();
    if (next === null || step.kind !== 'asking' || step.isBusy) return;
    this.#go({ kind: 'asking', isBusy: true });
    const options = next === undefined ? {} : { passphrase: next };
    const outcome = await withAllTyped(texts, (typed) => this.#sync.rotateKeys(typed, options));
    if (this.#isGone) {
      if (outcome.ok) await this.#sync.cancelRecovery();
    } else if (outcome.ok) {
      this.#go({ kind: 'sheet', sheet: outcome.report });
    } else {
      this.#go({ kind: 'asking', isBusy: false });
      this.problem.set(this.#problemOf(outcome.error, texts));
      this.secrets()[0]?.focus();
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
    this.#wasTried = true;
    this.#go({ kind: 'storing', sheet });
    const outcome = await this.#sync.confirmRecovery(typed);
    if (outcome.ok) {
      this.#reminder.begin();
      this.#rewrites.noteKeyChanged();
    }
    if (this.#isGone) return this.#tellAfterwards(outcome);
    if (outcome.ok) return this.#go({ kind: 'done' });
    this.#go({ kind: 'groups', sheet });
    this.problem.set(writingProblem(outcome.error, KEEP_BOTH));
  }

  protected rewrite(): void {
    void this.#rewrites.run();
    this.dismissed.emit();
  }

  /** The page was left while the key was being stored. */
  async #tellAfterwards(outcome: Outcome<unknown>): Promise<void> {
    if (outcome.ok) {
      const late = this.late();
      this.#toasts.tell(
        late === ''
          ? 'The key was changed. Throw the old recovery sheet away'
          : `The key was changed. Keep the old recovery sheet until ${late} has synced`,
      );
      return;
    }
    await this.#sync.cancelRecovery();
    const { heading, advice } = writingProblem(outcome.error, KEEP_BOTH);
    this.#toasts.fail(`The key was not changed. ${heading}. ${advice}`);
  }

  #problemOf(error: Error & { readonly code: string }, texts: readonly string[]): ProblemText {
    const isOneOfTwo = texts.length > 1 && error.code === 'wrong-secret';
    return isOneOfTwo ? OTHER_SECRET : secretProblem(error, texts[0] ?? '');
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
      heading: 'Give up changing the key?',
      text: this.#wasTried ? KEEP_BOTH : NOTHING_CHANGED,
      confirmLabel: 'Give up',
    });
  }
}
