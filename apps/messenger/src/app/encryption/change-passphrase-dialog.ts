import { Component, DestroyRef, inject, output, signal, viewChild } from '@angular/core';
import { ChatSyncService } from '@chat-vault/chat-sync';
import { Dialog } from '../ui/dialog';
import { ProblemNotice } from '../ui/problem-notice';
import { type ProblemText } from '../ui/problem-text';
import { Toasts } from '../ui/toasts';
import { secretProblem, writingProblem } from './encryption-problem';
import { NewPassphrase } from './new-passphrase';
import { SecretField } from './secret-field';
import { withTyped } from './typed-secret';

const KEEP_BOTH =
  'Keep the old and the new passphrase: a cloud of yours may have the new one already. Change it once more, with the same two, when that cloud answers.';

/** Another passphrase, for whoever has the current one or the recovery code. */
@Component({
  selector: 'cv-change-passphrase-dialog',
  imports: [Dialog, NewPassphrase, ProblemNotice, SecretField],
  template: `
    <cv-dialog heading="Change the passphrase" data-testid="change-dialog" (dismissed)="close()">
      <form (submit)="$event.preventDefault(); change()">
        <p class="muted">
          The recovery code stays as it is, and devices that are unlocked stay so. Whoever made a
          copy of your cloud before can still open that copy with the old passphrase.
        </p>
        <cv-secret-field
          #current
          testId="current-secret"
          label="Current passphrase or recovery code"
        />
        <hr />
        <cv-new-passphrase #next label="New passphrase" />
        <cv-problem-notice testId="change-problem" [problem]="problem()" />
        <div class="actions">
          <button type="button" class="button" (click)="close()">Cancel</button>
          <button
            type="submit"
            class="button primary"
            data-testid="change-passphrase-now"
            [disabled]="isBusy()"
          >
            {{ isBusy() ? 'Changing…' : 'Change' }}
          </button>
        </div>
      </form>
    </cv-dialog>
  `,
  styleUrl: '../ui/dialog-body.css',
  styles: `
    :host {
      position: absolute;
    }
    hr {
      width: 100%;
      margin: 0;
      border: 0;
      border-top: 1px solid var(--line);
    }
  `,
})
export class ChangePassphraseDialog {
  readonly dismissed = output();
  readonly #sync = inject(ChatSyncService);
  readonly #toasts = inject(Toasts);
  private readonly current = viewChild.required<SecretField>('current');
  private readonly next = viewChild.required<NewPassphrase>('next');
  protected readonly isBusy = signal(false);
  protected readonly problem = signal<ProblemText | null>(null);

  #isGone = false;

  constructor() {
    inject(DestroyRef).onDestroy(() => (this.#isGone = true));
  }

  /** While it is being changed it cannot be left: each cloud has the old one or the new one, and it is told which. */
  protected close(): void {
    if (!this.isBusy()) this.dismissed.emit();
  }

  protected async change(): Promise<void> {
    const text = this.current().text();
    if (text === '') return this.current().focus();
    const next = await this.next().take();
    if (next === null || this.isBusy()) return;
    this.isBusy.set(true);
    this.problem.set(null);
    const outcome = await withTyped(text, (secret) => this.#sync.changePassphrase(secret, next));
    this.isBusy.set(false);
    if (!outcome.ok) {
      const problem = this.#problemOf(outcome.error, text);
      this.problem.set(problem);
      if (this.#isGone) this.#toasts.fail(`${problem.heading}. ${problem.advice}`);
      else this.current().focus();
      return;
    }
    this.#toasts.tell('The passphrase was changed');
    if (!this.#isGone) this.dismissed.emit();
  }

  /** One cloud may have the new passphrase where another one failed. */
  #problemOf(error: Error & { readonly code: string }, text: string): ProblemText {
    const connected = this.#sync.providers().filter(({ isConnected }) => isConnected);
    const isUntouched =
      error.code === 'mistyped-code' || (error.code === 'wrong-secret' && connected.length < 2);
    return isUntouched ? secretProblem(error, text) : writingProblem(error, KEEP_BOTH);
  }
}
