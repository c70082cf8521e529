import { Component, inject, input, linkedSignal, output } from '@angular/core';
import { Preferences } from '../device/preferences';
import { Dialog } from '../ui/dialog';
import { conversationUrn } from './conversation-urn';

/** Asks with whom, or about what, to write. */
@Component({
  selector: 'cv-new-conversation',
  imports: [Dialog],
  template: `
    <cv-dialog heading="New conversation" [isNarrow]="true" (dismissed)="dismissed.emit()">
      <form (submit)="$event.preventDefault(); start()">
        <label class="field">
          Name
          <input
            #name
            cvInitialFocus
            maxlength="120"
            autocomplete="off"
            placeholder="A person or a topic"
            data-testid="new-conversation-name"
            [value]="title()"
            (input)="title.set(name.value)"
          />
        </label>
        @if (!preferences.hasName()) {
          <label class="field">
            Your name
            <input
              #own
              maxlength="80"
              autocomplete="nickname"
              [placeholder]="preferences.ownName()"
              data-testid="own-name"
              (change)="preferences.rename(own.value)"
            />
          </label>
        }
        <button
          type="submit"
          class="button primary"
          data-testid="start-conversation"
          [disabled]="title().trim() === ''"
        >
          Start
        </button>
      </form>
    </cv-dialog>
  `,
  styles: `
    form {
      display: grid;
      gap: var(--space-4);
    }
  `,
})
export class NewConversation {
  /** What was searched for. */
  readonly suggestion = input('');
  /** The URN of the conversation to open. */
  readonly started = output<string>();
  readonly dismissed = output();

  protected readonly preferences = inject(Preferences);
  protected readonly title = linkedSignal(() => this.suggestion());

  protected start(): void {
    if (this.title().trim() === '') return;
    this.started.emit(conversationUrn('own', this.title()));
  }
}
