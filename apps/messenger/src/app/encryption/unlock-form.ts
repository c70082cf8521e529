import { Component, inject, output, signal, viewChild } from '@angular/core';
import { ChatSyncService } from '@chat-vault/chat-sync';
import { ProblemNotice } from '../ui/problem-notice';
import { type ProblemText } from '../ui/problem-text';
import { Toasts } from '../ui/toasts';
import { secretProblem } from './encryption-problem';
import { SecretField } from './secret-field';
import { withTyped } from './typed-secret';

/** Asks for the passphrase or the recovery code, and unlocks the history on this device. */
@Component({
  selector: 'cv-unlock-form',
  imports: [ProblemNotice, SecretField],
  template: `
    <form data-testid="unlock-form" (submit)="$event.preventDefault(); unlock()">
      <cv-secret-field #secret testId="unlock-secret" />
      <cv-problem-notice testId="unlock-problem" [problem]="problem()" />
      <button type="submit" class="button primary" data-testid="unlock" [disabled]="isBusy()">
        {{ isBusy() ? 'Unlocking…' : 'Unlock' }}
      </button>
    </form>
  `,
  styles: `
    form {
      display: grid;
      gap: var(--space-3);
    }
    .button {
      justify-self: start;
    }
    @media (max-width: 480px) {
      .button {
        justify-self: stretch;
      }
    }
  `,
})
export class UnlockForm {
  readonly unlocked = output();
  readonly #sync = inject(ChatSyncService);
  readonly #toasts = inject(Toasts);
  private readonly secret = viewChild.required<SecretField>('secret');
  protected readonly isBusy = signal(false);
  protected readonly problem = signal<ProblemText | null>(null);

  protected async unlock(): Promise<void> {
    const text = this.secret().text();
    if (text === '') return this.secret().focus();
    if (this.isBusy()) return;
    this.isBusy.set(true);
    this.problem.set(null);
    const outcome = await withTyped(text, (secret) => this.#sync.unlock(secret));
    this.isBusy.set(false);
    if (!outcome.ok) {
      this.problem.set(secretProblem(outcome.error, text));
      this.secret().focus();
      return;
    }
    this.#toasts.tell('Unlocked on this device');
    this.unlocked.emit();
    void this.#sync.syncMessages(); // the status of each cloud says how that went
  }
}
