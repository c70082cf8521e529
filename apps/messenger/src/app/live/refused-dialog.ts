import { Component, computed, effect, inject, output } from '@angular/core';
import { LiveSyncService } from '@chat-vault/chat-sync/live';
import { Dialog } from '../ui/dialog';
import { problemText } from '../ui/problem-text';
import { Toasts } from '../ui/toasts';
import { LiveConversations } from './live-conversations';
import { actionText, reasonText } from './live-words';

/** Everything that the server refused, to be tried again or forgotten; closes when nothing is left. */
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
            <button type="button" class="button" (click)="run('retry', item.opId)">Retry</button>
            <button type="button" class="button" (click)="run('drop', item.opId)">Forget</button>
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
  readonly #conversations = inject(LiveConversations);
  readonly #toasts = inject(Toasts);
  protected readonly refused = computed(() =>
    this.#live
      .outgoing()
      .filter(({ state }) => state === 'rejected')
      .map((operation) => {
        const name = this.#conversations.nameOf(operation.conversationUrn);
        return {
          opId: operation.opId,
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

  protected async run(command: 'retry' | 'drop', opId: string): Promise<void> {
    try {
      await this.#live[command](opId);
    } catch (error) {
      const { heading, advice } = problemText(error);
      this.#toasts.fail(`${heading}. ${advice}`);
    }
  }
}
