import { Component, computed, inject, viewChild } from '@angular/core';
import { SecretField } from '../encryption/secret-field';
import { CopyRuns } from './copy-runs';

/** Asks for the secret of an encrypted copy for which this device has no key. */
@Component({
  selector: 'cv-locked-copy',
  imports: [SecretField],
  template: `
    <form data-testid="locked-copy" (submit)="$event.preventDefault(); open()">
      <cv-secret-field
        #secret
        testId="copy-secret"
        label="Passphrase or recovery code of the copy"
      />
      <div class="buttons">
        <button type="submit" class="button primary" data-testid="copy-open" [disabled]="isBusy()">
          {{ isBusy() ? 'Opening…' : 'Open the copy' }}
        </button>
        <button
          type="button"
          class="button"
          data-testid="copy-leave"
          [disabled]="isBusy()"
          (click)="runs.leaveLocked()"
        >
          Leave it
        </button>
      </div>
    </form>
  `,
  styles: `
    form {
      display: grid;
      gap: var(--space-3);
    }
    .buttons {
      display: flex;
      flex-wrap: wrap;
      gap: var(--space-3);
    }
    @media (max-width: 480px) {
      .button {
        flex: 1 1 auto;
      }
    }
  `,
})
export class LockedCopy {
  protected readonly runs = inject(CopyRuns);
  private readonly secret = viewChild.required<SecretField>('secret');
  protected readonly isBusy = computed(() => this.runs.work() !== null);

  protected open(): void {
    const text = this.secret().text();
    if (text === '') this.secret().focus();
    else void this.runs.openLocked(text);
  }
}
