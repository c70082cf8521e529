import { Component, computed, inject, input, linkedSignal } from '@angular/core';
import { Icon } from '../ui/icon';
import { LiveConversations } from './live-conversations';
import { MembersDialog } from './members-dialog';

/** In the bar of a live conversation: its members. Nothing in any other. */
@Component({
  selector: 'cv-live-menu',
  imports: [Icon, MembersDialog],
  template: `
    @if (isLive()) {
      <button
        type="button"
        class="icon-button"
        aria-label="Members"
        title="Members"
        data-testid="open-members"
        (click)="isOpen.set(true)"
      >
        <cv-icon name="people" [size]="20" />
      </button>
      @if (isOpen()) {
        <cv-members-dialog [urn]="urn()" (dismissed)="isOpen.set(false)" />
      }
    }
  `,
  styles: `
    :host {
      display: contents;
    }
    .icon-button {
      margin-inline-end: calc(-1 * var(--space-2));
    }
    cv-members-dialog {
      display: contents;
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
