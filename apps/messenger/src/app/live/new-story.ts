import { Component, computed, inject, linkedSignal, output, signal } from '@angular/core';
import { Dialog } from '../ui/dialog';
import { ProblemNotice } from '../ui/problem-notice';
import { type ProblemText, problemText } from '../ui/problem-text';
import { LiveConversations } from './live-conversations';

/** Asks for the text of a story and who is to see it. */
@Component({
  selector: 'cv-new-story',
  imports: [Dialog, ProblemNotice],
  template: `
    <cv-dialog heading="New story" [isNarrow]="true" (dismissed)="dismissed.emit()">
      <form (submit)="$event.preventDefault(); post()">
        <label class="field">
          Text
          <textarea
            #field
            cvInitialFocus
            maxlength="1000"
            dir="auto"
            data-testid="story-text"
            (input)="text.set(field.value)"
          ></textarea>
        </label>
        <label class="field">
          Shown to
          <select #place data-testid="story-place" (change)="urn.set(place.value)">
            @for (choice of choices(); track choice.urn) {
              <option [value]="choice.urn" [selected]="choice.urn === urn()">
                {{ choice.title }}
              </option>
            }
          </select>
        </label>
        <p class="hint">It ends after 24 hours, and is not backed up.</p>
        <cv-problem-notice [problem]="problem()" testId="new-story-problem" />
        <button
          type="submit"
          class="button primary"
          data-testid="post-story"
          [disabled]="text().trim() === ''"
        >
          Post
        </button>
      </form>
    </cv-dialog>
  `,
  styleUrl: './live-form.css',
})
export class NewStory {
  readonly dismissed = output();

  readonly #conversations = inject(LiveConversations);
  protected readonly choices = computed(() =>
    this.#conversations.all().map(({ conversationUrn: urn }) => ({
      urn,
      title: this.#conversations.nameOf(urn)?.title ?? urn,
    })),
  );
  protected readonly text = signal('');
  protected readonly urn = linkedSignal(() => this.choices()[0]?.urn ?? '');
  protected readonly problem = signal<ProblemText | null>(null);

  protected async post(): Promise<void> {
    const text = this.text().trim();
    if (text === '' || this.urn() === '') return;
    try {
      await this.#conversations.postStory(this.urn(), text);
      this.dismissed.emit();
    } catch (error) {
      this.problem.set(problemText(error));
    }
  }
}
