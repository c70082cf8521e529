import { Component, computed, inject, input, output, signal } from '@angular/core';
import { LiveSyncService } from '@chat-vault/chat-sync/live';
import { type Story } from '@chat-vault/live-sync';
import { Contacts } from '../contacts/contacts';
import { injectNow } from '../device/clock';
import { Avatar } from '../ui/avatar';
import { Dialog } from '../ui/dialog';
import { ProblemNotice } from '../ui/problem-notice';
import { type ProblemText, problemText } from '../ui/problem-text';
import { formatAgo, formatWait } from '../ui/time-format';
import { LiveAccount } from './live-account';
import { LiveConversations } from './live-conversations';

/** One story, with what is left of its day; an own one can be deleted. */
@Component({
  selector: 'cv-story-dialog',
  imports: [Avatar, Dialog, ProblemNotice],
  template: `
    <cv-dialog [heading]="heading()" [isNarrow]="true" (dismissed)="dismissed.emit()">
      <div class="story" data-testid="story">
        <p class="text" dir="auto">{{ story().payloadText ?? 'This app cannot show it.' }}</p>
        <p class="meta">
          <cv-avatar [name]="sender().name" [colour]="sender().colour" [size]="24" />
          <span>{{ posted() }} · {{ place() }} · ends in {{ left() }}</span>
        </p>
        <cv-problem-notice [problem]="problem()" testId="story-problem" />
        @if (isOwn()) {
          <div class="actions">
            <button
              type="button"
              class="button danger"
              data-testid="delete-story"
              (click)="delete()"
            >
              Delete
            </button>
          </div>
        }
      </div>
    </cv-dialog>
  `,
  styles: `
    .story {
      display: grid;
      gap: var(--space-4);
    }
    .text {
      padding: var(--space-5) var(--space-4);
      border-radius: var(--radius);
      background: var(--bubble-own);
      font-size: var(--text-l);
      text-align: center;
      white-space: pre-wrap;
      overflow-wrap: anywhere;
    }
    .meta {
      display: flex;
      align-items: center;
      gap: var(--space-2);
      font-size: var(--text-s);
      color: var(--muted);
    }
    .actions {
      display: flex;
      justify-content: flex-end;
    }
  `,
})
export class StoryDialog {
  readonly story = input.required<Story>();
  readonly dismissed = output();

  readonly #live = inject(LiveSyncService);
  readonly #account = inject(LiveAccount);
  readonly #contacts = inject(Contacts);
  readonly #conversations = inject(LiveConversations);
  readonly #now = injectNow();
  protected readonly problem = signal<ProblemText | null>(null);
  protected readonly isOwn = computed(() => this.story().senderId === this.#account.userId());
  protected readonly sender = computed(() => this.#contacts.person(this.story().senderId));
  protected readonly heading = computed(() =>
    this.isOwn() ? 'Your story' : `Story of ${this.sender().name}`,
  );
  protected readonly place = computed(
    () => this.#conversations.nameOf(this.story().conversationUrn)?.title ?? 'Live',
  );
  protected readonly posted = computed(() =>
    formatAgo(new Date(this.story().postedAt), new Date(this.#now())),
  );
  protected readonly left = computed(() =>
    formatWait(Math.max(0, Date.parse(this.story().expiresAt) - this.#now())),
  );

  protected async delete(): Promise<void> {
    const { conversationUrn, id } = this.story();
    try {
      await this.#live.deleteStory(conversationUrn, id);
      this.dismissed.emit();
    } catch (error) {
      this.problem.set(problemText(error));
    }
  }
}
