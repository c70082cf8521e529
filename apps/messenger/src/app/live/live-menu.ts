import { Component, computed, inject, input, linkedSignal } from '@angular/core';
import { Connectivity } from '@chat-vault/chat-sync/live';
import { Icon } from '../ui/icon';
import { LiveConversations } from './live-conversations';
import { MembersDialog } from './members-dialog';

/** In the bar of a live conversation: how sending stands, and its members. Nothing in any other. */
@Component({
  selector: 'cv-live-menu',
  imports: [Connectivity, Icon, MembersDialog],
  template: `
    @if (isLive()) {
      <cv-connectivity data-testid="thread-connectivity" />
      <button
        type="button"
        class="icon-button"
        aria-label="Members"
        title="Members"
        data-testid="open-members"
        (click)="isOpen.set(true)"
      >
        <cv-icon name="members" [size]="20" />
      </button>
      @if (isOpen()) {
        <cv-members-dialog [urn]="urn()" (dismissed)="isOpen.set(false)" />
      }
    }
  `,
  styles: `
    :host {
      display: contents;
      --cv-good: var(--ok);
      --cv-waiting: var(--muted);
      --cv-bad: var(--danger);
    }
    cv-connectivity {
      flex: none;
      font-size: var(--text-s);
    }
    .icon-button {
      margin-inline-end: calc(-1 * var(--space-2));
    }
    cv-members-dialog {
      display: contents;
    }
    @media (min-width: 720px) {
      cv-connectivity {
        display: none; /* it stands in the list beside */
      }
    }
  `,
})
export class LiveMenu {
  readonly urn = input.required<string>();

  readonly #conversations = inject(LiveConversations);
  protected readonly isLive = computed(() => this.#conversations.of(this.urn()) !== null);
  protected readonly isOpen = linkedSignal<string, boolean>({
    source: this.urn,
    computation: () => false,
  });
}
