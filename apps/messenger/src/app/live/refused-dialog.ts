import { Component, computed, effect, inject, output } from '@angular/core';
import { LiveSyncService } from '@chat-vault/chat-sync/live';
import { type MessageRef } from '@chat-vault/core';
import { Dialog } from '../ui/dialog';
import { problemText } from '../ui/problem-text';
import { Toasts } from '../ui/toasts';
import { LiveConversations } from './live-conversations';
import { LiveMessages } from './live-messages';
import { actionText, reasonText } from './live-words';

/**
 * Everything that the server refused, to be tried again or forgotten; a message that nobody got is deleted here, as without its mark it would
 * look sent. Closes when nothing is left.
 */
@Component({
  selector: 'cv-refused-dialog',
  imports: [Dialog],
  template: `
    <cv-dialog heading="Not sent" [isNarrow]="true" (dismissed)="dismissed.emit()">
      <ul>
        @for (item of refused(); track item.opId) {
          <li data-testid="refused">
            <p>
              <strong>{{ item.what }}</strong>
              <span>{{ item.place }}{{ item.why }}</span>
            </p>
            <button type="button" class="button" (click)="retry(item.opId)">Retry</button>
            @if (item.message; as message) {
              <button type="button" class="button" (click)="delete(message)">Delete</button>
            } @else {
              <button type="button" class="button" (click)="forget(item.opId)">Forget</button>
            }
          </li>
        }
      </ul>
    </cv-dialog>
  `,
  styles: `
    ul {
      display: grid;
      gap: var(--space-4);
    }
    li {
      display: flex;
      flex-wrap: wrap;
      gap: var(--space-2);
    }
    p {
      display: grid;
      flex: 1 1 100%;
    }
    span {
      font-size: var(--text-s);
      color: var(--muted);
    }
  `,
})
export class RefusedDialog {
  readonly dismissed = output();

  readonly #live = inject(LiveSyncService);
  readonly #messages = inject(LiveMessages);
  readonly #conversations = inject(LiveConversations);
  readonly #toasts = inject(Toasts);
  protected readonly refused = computed(() =>
    this.#live
      .outgoing()
      .filter(({ state }) => state === 'rejected')
      .map((operation) => {
        const name = this.#conversations.nameOf(operation.conversationUrn);
        const { opId, action, conversationUrn, messageId: id, sentTimestamp } = operation;
        const isMessage =
          action === 'MESSAGE_SEND' && id !== undefined && sentTimestamp !== undefined;
        return {
          opId,
          message: isMessage ? { conversationUrn, sentTimestamp, id } : null,
          what: actionText(operation),
          place: name === null ? '' : `${name.title}: `,
          why: reasonText(operation),
        };
      }),
  );

  constructor() {
    effect(() => {
      if (this.refused().length === 0) this.dismissed.emit();
    });
  }

  protected retry(opId: string): Promise<void> {
    return this.#run(() => this.#live.retry(opId));
  }

  protected forget(opId: string): Promise<void> {
    return this.#run(() => this.#live.drop(opId));
  }

  protected delete(message: MessageRef): Promise<void> {
    return this.#run(() => this.#messages.delete(message));
  }

  async #run(command: () => Promise<void>): Promise<void> {
    try {
      await command();
    } catch (error) {
      const { heading, advice } = problemText(error);
      this.#toasts.fail(`${heading}. ${advice}`);
    }
  }
}
