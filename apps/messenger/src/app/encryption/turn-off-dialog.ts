import { Component, inject, output, signal, viewChild } from '@angular/core';
import { ChatSyncService } from '@chat-vault/chat-sync';
import { Dialog } from '../ui/dialog';
import { FocusOnShow } from '../ui/focus-on-show';
import { ProblemNotice } from '../ui/problem-notice';
import { type ProblemText } from '../ui/problem-text';
import { secretProblem } from './encryption-problem';
import { RecoveryReminder } from './recovery-reminder';
import { RewriteRuns } from './rewrite-runs';
import { SecretField } from './secret-field';
import { withTyped } from './typed-secret';

/** Turns encryption off on this device, for whoever has the secret. */
@Component({
  selector: 'cv-turn-off-dialog',
  imports: [Dialog, FocusOnShow, ProblemNotice, SecretField],
  template: `
    <cv-dialog heading="Turn encryption off" data-testid="turn-off-dialog" (dismissed)="close()">
      @if (isDone()) {
        <div class="step">
          <div class="notice warning" tabindex="-1" cvFocusOnShow data-testid="turn-off-done">
            <strong>This device saves files that can be read again</strong>
            <span>
              Now turn it off on each of your other devices: until then they go on encrypting.
            </span>
          </div>
          <p class="muted">
            What was encrypted stays so, and this device can still open it. It can be written anew
            now, readable for whoever keeps the cloud.
          </p>
          <div class="actions">
            <button type="button" class="button" data-testid="turn-off-rewrite" (click)="rewrite()">
              Write it anew
            </button>
            <button
              type="button"
              class="button primary"
              data-testid="turn-off-close"
              (click)="dismissed.emit()"
            >
              Leave it
            </button>
          </div>
        </div>
      } @else {
        <form (submit)="$event.preventDefault(); turnOff()">
          <p class="muted">
            Whoever keeps your cloud can then read what is saved from now on. Nothing in the cloud
            tells your other devices: turn it off on each of them too.
          </p>
          <cv-secret-field #secret testId="turn-off-secret" />
          <cv-problem-notice testId="turn-off-problem" [problem]="problem()" />
          <div class="actions">
            <button type="button" class="button" (click)="close()">Cancel</button>
            <button
              type="submit"
              class="button danger"
              data-testid="turn-off-now"
              [disabled]="isBusy()"
            >
              {{ isBusy() ? 'Turning off…' : 'Turn off' }}
            </button>
          </div>
        </form>
      }
    </cv-dialog>
  `,
  styleUrl: '../ui/dialog-body.css',
  styles: `
    :host {
      position: absolute;
    }
    [tabindex='-1']:focus-visible {
      outline: none;
    }
  `,
})
export class TurnOffDialog {
  readonly dismissed = output();
  readonly #sync = inject(ChatSyncService);
  readonly #rewrites = inject(RewriteRuns);
  readonly #reminder = inject(RecoveryReminder);
  private readonly secret = viewChild<SecretField>('secret');
  protected readonly isBusy = signal(false);
  protected readonly isDone = signal(false);
  protected readonly problem = signal<ProblemText | null>(null);

  protected close(): void {
    if (!this.isBusy()) this.dismissed.emit();
  }

  protected async turnOff(): Promise<void> {
    const text = this.secret()?.text() ?? '';
    if (text === '') return this.secret()?.focus();
    if (this.isBusy()) return;
    this.isBusy.set(true);
    this.problem.set(null);
    const outcome = await withTyped(text, (secret) => this.#sync.disableEncryption(secret));
    this.isBusy.set(false);
    if (!outcome.ok) {
      this.problem.set(secretProblem(outcome.error, text));
      this.secret()?.focus();
      return;
    }
    this.#reminder.end();
    this.isDone.set(true);
  }

  protected rewrite(): void {
    void this.#rewrites.run();
    this.dismissed.emit();
  }
}
