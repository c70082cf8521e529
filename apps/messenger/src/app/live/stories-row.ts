import { Component, computed, inject, signal } from '@angular/core';
import { LiveSyncService } from '@chat-vault/chat-sync/live';
import { Avatar } from '../ui/avatar';
import { Icon } from '../ui/icon';
import { LiveAccount } from './live-account';
import { NewStory } from './new-story';
import { StoryDialog } from './story-dialog';

/** The stories of the last 24 hours, the newest first, and the way to post one; nothing where nobody would see it. */
@Component({
  selector: 'cv-stories-row',
  imports: [Avatar, Icon, NewStory, StoryDialog],
  template: `
    @if (live.conversations().length > 0) {
      <ul aria-label="Stories">
        <li>
          <button type="button" data-testid="new-story" (click)="isPosting.set(true)">
            <span class="ring add"><cv-icon name="compose" [size]="18" /></span>
            <span class="name">New story</span>
          </button>
        </li>
        @for (story of stories(); track story.id) {
          <li>
            <button type="button" data-testid="open-story" (click)="openId.set(story.id)">
              <span class="ring"><cv-avatar [name]="story.senderId" [size]="38" /></span>
              <span class="name">
                <span class="visually-hidden">Story of</span>
                {{ story.isOwn ? 'You' : story.senderId }}
              </span>
            </button>
          </li>
        }
      </ul>
    }
    @if (open(); as story) {
      <cv-story-dialog [story]="story" (dismissed)="openId.set(null)" />
    }
    @if (isPosting()) {
      <cv-new-story (dismissed)="isPosting.set(false)" />
    }
  `,
  styles: `
    ul {
      display: flex;
      gap: var(--space-1);
      padding: 2px var(--space-3) var(--space-2);
      overflow-x: auto;
      scrollbar-width: thin;
    }
    button {
      display: grid;
      justify-items: center;
      gap: 3px;
      width: 68px;
      padding: var(--space-1) 2px;
      border: 0;
      border-radius: var(--radius);
      background: none;
      cursor: pointer;
    }
    button:hover {
      background: var(--hover);
    }
    .ring {
      display: grid;
      place-items: center;
      width: 46px;
      height: 46px;
      border: 2px solid var(--accent);
      border-radius: 50%;
    }
    .add {
      border: 1.5px dashed var(--line-strong);
      color: var(--muted);
    }
    .name {
      position: relative;
      max-width: 100%;
      overflow: hidden;
      font-size: 0.75rem;
      color: var(--muted);
      text-overflow: ellipsis;
      white-space: nowrap;
    }
  `,
})
export class StoriesRow {
  protected readonly live = inject(LiveSyncService);
  readonly #account = inject(LiveAccount);
  protected readonly stories = computed(() =>
    this.live
      .stories()
      .map((story) => ({ ...story, isOwn: story.senderId === this.#account.userId() }))
      .toSorted((a, b) => (a.postedAt < b.postedAt ? 1 : -1)),
  );
  protected readonly openId = signal<string | null>(null);
  /** Closes by itself when the story ends. */
  protected readonly open = computed(
    () => this.stories().find(({ id }) => id === this.openId()) ?? null,
  );
  protected readonly isPosting = signal(false);
}
