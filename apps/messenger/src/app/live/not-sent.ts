import { Component, computed, inject, input } from '@angular/core';
import { type StampedMessage } from '@chat-vault/core';
import { LiveMessages } from './live-messages';
import { reasonText } from './live-words';

/** Below an own message that the server refused: why. Nothing below any other. */
@Component({
  selector: 'cv-not-sent',
  template: `
    @if (reason(); as why) {
      <p data-testid="not-sent">Not sent. {{ why }}</p>
    }
  `,
  styles: `
    p {
      padding: 3px 10px 2px;
      font-size: 0.75rem;
      color: var(--danger);
      text-align: end;
    }
  `,
})
export class NotSent {
  readonly message = input.required<StampedMessage>();

  readonly #messages = inject(LiveMessages);
  protected readonly reason = computed(() => {
    const sending = this.#messages.sendingOf(this.message());
    return sending?.state === 'refused' ? reasonText(sending.operation) : null;
  });
}
