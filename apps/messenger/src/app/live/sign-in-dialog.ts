import { Component, computed, inject, linkedSignal, output, signal } from '@angular/core';
import { LiveSyncService } from '@chat-vault/chat-sync/live';
import { Preferences } from '../device/preferences';
import { Dialog } from '../ui/dialog';
import { ProblemNotice } from '../ui/problem-notice';
import { type ProblemText } from '../ui/problem-text';
import { LoginRefused } from './development-login';
import { LiveAccount } from './live-account';

/** Asks under which name to write to others. */
@Component({
  selector: 'cv-sign-in-dialog',
  imports: [Dialog, ProblemNotice],
  template: `
    <cv-dialog [heading]="heading()" [isNarrow]="true" (dismissed)="dismissed.emit()">
      <form (submit)="$event.preventDefault(); signIn()">
        <label class="field">
          Your name
          <input
            #field
            cvInitialFocus
            maxlength="64"
            autocomplete="nickname"
            data-testid="live-name"
            [value]="name()"
            (input)="name.set(field.value)"
          />
        </label>
        <p class="hint">
          Others write to you by this name. This server is for trying things out: it asks for no
          password.
        </p>
        <cv-problem-notice [problem]="problem()" testId="sign-in-problem" />
        <button
          type="submit"
          class="button primary"
          data-testid="live-sign-in"
          [disabled]="isBusy() || name().trim() === ''"
        >
          {{ isBusy() ? 'Signing in…' : 'Sign in' }}
        </button>
      </form>
    </cv-dialog>
  `,
  styleUrl: './live-form.css',
})
export class SignInDialog {
  readonly dismissed = output();

  readonly #account = inject(LiveAccount);
  readonly #live = inject(LiveSyncService);
  readonly #preferences = inject(Preferences);
  readonly #before = this.#account.userId();
  protected readonly heading = computed(() =>
    this.#before === null ? 'Write to others live' : 'Sign in again',
  );
  protected readonly name = linkedSignal(
    () => this.#before ?? (this.#preferences.hasName() ? this.#preferences.ownName() : ''),
  );
  protected readonly isBusy = signal(false);
  protected readonly problem = signal<ProblemText | null>(null);

  protected async signIn(): Promise<void> {
    if (this.isBusy() || this.name().trim() === '') return;
    this.isBusy.set(true);
    this.problem.set(null);
    try {
      await this.#account.signIn(this.name());
      this.#live.signedIn();
      this.dismissed.emit();
    } catch (error) {
      this.problem.set(problemOf(error));
    } finally {
      this.isBusy.set(false);
    }
  }
}

function problemOf(error: unknown): ProblemText {
  if (error instanceof LoginRefused)
    return { heading: 'This name is not taken', advice: error.message };
  const advice = error instanceof TypeError ? 'Check the connection and try again.' : `${error}`;
  return { heading: 'The server cannot be reached', advice };
}
