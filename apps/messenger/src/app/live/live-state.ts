import { Component, computed, inject, input } from '@angular/core';
import { Connectivity } from '@chat-vault/chat-sync/live';
import { LiveConversations } from './live-conversations';

/** Under the title of a live conversation, on phones: how sending stands. Elsewhere it is in the list beside. */
@Component({
  selector: 'cv-live-state',
  imports: [Connectivity],
  template: `
    @if (isLive()) {
      <span aria-hidden="true">·</span> <cv-connectivity data-testid="thread-connectivity" />
    }
  `,
  styles: `
    :host {
      --cv-good: var(--ok);
      --cv-waiting: var(--muted);
      --cv-bad: var(--danger);
    }
    cv-connectivity {
      margin-inline-start: 0.35em;
    }
    @media (min-width: 720px) {
      :host {
        display: none;
      }
    }
  `,
})
export class LiveState {
  readonly urn = input.required<string>();

  readonly #conversations = inject(LiveConversations);
  protected readonly isLive = computed(() => this.#conversations.of(this.urn()) !== null);
}
