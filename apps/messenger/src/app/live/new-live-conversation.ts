import { Component, computed, inject, output, signal } from '@angular/core';
import { Dialog } from '../ui/dialog';
import { ProblemNotice } from '../ui/problem-notice';
import { type ProblemText, problemText } from '../ui/problem-text';
import { LiveConversations, namesIn } from './live-conversations';

/** Asks whom to write to live. */
@Component({
  selector: 'cv-new-live-conversation',
  imports: [Dialog, ProblemNotice],
  template: `
    <cv-dialog heading="New live conversation" [isNarrow]="true" (dismissed)="dismissed.emit()">
      <form (submit)="$event.preventDefault(); start()">
        <label class="field">
          With whom
          <input
            #people
            cvInitialFocus
            maxlength="500"
            autocomplete="off"
            placeholder="Bob"
            data-testid="live-people"
            [value]="text()"
            (input)="text.set(people.value)"
          />
        </label>
        <label class="field">
          Title (optional)
          <input
            #title
            maxlength="120"
            autocomplete="off"
            data-testid="live-title"
            (input)="heading.set(title.value)"
          />
        </label>
        <p class="hint">
          Names as people sign in, with commas between them. They see your messages at once when
          they are online, and later when they are not.
        </p>
        <cv-problem-notice [problem]="problem()" testId="new-live-problem" />
        <button
          type="submit"
          class="button primary"
          data-testid="start-live"
          [disabled]="names().length === 0"
        >
          Start
        </button>
      </form>
    </cv-dialog>
  `,
  styleUrl: './live-form.css',
})
export class NewLiveConversation {
  /** The URN of the conversation to open. */
  readonly started = output<string>();
  readonly dismissed = output();

  readonly #conversations = inject(LiveConversations);
  protected readonly text = signal('');
  protected readonly heading = signal('');
  protected readonly names = computed(() => namesIn(this.text()));
  protected readonly problem = signal<ProblemText | null>(null);

  protected async start(): Promise<void> {
    if (this.names().length === 0) return;
    try {
      const title = this.heading().trim() || null;
      this.started.emit(await this.#conversations.begin(this.names(), title));
    } catch (error) {
      this.problem.set(problemText(error));
    }
  }
}
