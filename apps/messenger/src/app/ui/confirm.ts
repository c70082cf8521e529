import { Component, Service, inject, signal } from '@angular/core';
import { Dialog } from './dialog';

/** A question before something that cannot be taken back. */
export interface Question {
  readonly heading: string;
  readonly text: string;
  /** What the button does, for example `Delete`. */
  readonly confirmLabel: string;
}

/** Asks the person to confirm. */
@Service()
export class Confirm {
  readonly #asked = signal<(Question & { readonly answer: (isConfirmed: boolean) => void }) | null>(
    null,
  );
  readonly asked = this.#asked.asReadonly();

  /** Whether the person confirmed. */
  ask(question: Question): Promise<boolean> {
    this.#asked()?.answer(false);
    return new Promise((resolve) => {
      this.#asked.set({
        ...question,
        answer: (isConfirmed) => {
          this.#asked.set(null);
          resolve(isConfirmed);
        },
      });
    });
  }
}

/** Shows the question that is being asked. */
@Component({
  selector: 'cv-confirm',
  imports: [Dialog],
  template: `
    @if (confirm.asked(); as question) {
      <cv-dialog
        [heading]="question.heading"
        [isNarrow]="true"
        (dismissed)="question.answer(false)"
      >
        <p>{{ question.text }}</p>
        <div class="actions">
          <button type="button" class="button" cvInitialFocus (click)="question.answer(false)">
            Cancel
          </button>
          <button
            type="button"
            class="button danger"
            data-testid="confirm"
            (click)="question.answer(true)"
          >
            {{ question.confirmLabel }}
          </button>
        </div>
      </cv-dialog>
    }
  `,
  styles: `
    p {
      color: var(--muted);
    }
    .actions {
      display: flex;
      justify-content: flex-end;
      gap: var(--space-3);
    }
  `,
})
export class ConfirmDialog {
  protected readonly confirm = inject(Confirm);
}
