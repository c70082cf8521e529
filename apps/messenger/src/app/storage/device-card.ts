import { Component, computed, inject, resource } from '@angular/core';
import { ChatSyncService } from '@chat-vault/chat-sync';
import { Conversations } from '../conversations/conversations';
import { DeviceProfile } from '../device/device-profile';
import { Preferences } from '../device/preferences';
import { Icon } from '../ui/icon';
import { formatBytes } from '../ui/time-format';
import { Toasts } from '../ui/toasts';
import { persistenceText } from './persistence-text';

/** What concerns this device only: the person's name here, the space that is used, and whether the browser may clear it. */
@Component({
  selector: 'cv-device-card',
  imports: [Icon],
  template: `
    <h2>This device</h2>
    <div class="row">
      <label class="field">
        Your name
        <input
          #own
          maxlength="80"
          autocomplete="nickname"
          data-testid="settings-name"
          [value]="preferences.ownName()"
          (change)="rename(own.value)"
        />
      </label>
      <dl>
        <div>
          <dt>Device</dt>
          <dd>{{ profile.key || 'This browser' }}</dd>
        </div>
        @if (space.hasValue() && space.value(); as used) {
          <div>
            <dt>Space used here</dt>
            <dd>{{ used }}</dd>
          </div>
        }
      </dl>
    </div>
    @if (persistence(); as kept) {
      <div
        class="kept"
        data-testid="persistence"
        [class]="sync.persistence()"
        [attr.data-persistence]="sync.persistence()"
      >
        <cv-icon [name]="kept.icon" [size]="20" />
        <p>
          <strong>{{ kept.heading }}</strong>
          <span class="muted">{{ kept.text }}</span>
        </p>
      </div>
    }
    <p class="muted">
      To try syncing without a second computer, open
      <a href="/?device=two" target="_blank" rel="noopener">this page as another device</a>: it has
      its own database and settings.
    </p>
  `,
  styleUrl: './card.css',
  styles: `
    .row {
      display: grid;
      grid-template-columns: minmax(0, 1fr) auto;
      gap: var(--space-4) var(--space-6);
      align-items: end;
    }
    dl {
      display: flex;
      gap: var(--space-5);
    }
    dt {
      font-size: 0.75rem;
      font-weight: 600;
      color: var(--muted);
    }
    dd {
      min-height: 30px;
      font-size: var(--text-m);
      font-weight: 600;
    }
    .kept {
      display: flex;
      gap: var(--space-3);
      align-items: start;
      padding: var(--space-3) var(--space-4);
      border-radius: var(--radius);
      background: var(--sunken);
      font-size: var(--text-m);
    }
    .kept p {
      display: grid;
    }
    .kept strong {
      font-weight: 600;
    }
    .kept cv-icon {
      flex: none;
      color: var(--accent);
    }
    .kept.unbacked {
      background: var(--warn-soft);
    }
    .kept.unbacked cv-icon {
      color: var(--warn);
    }
    @media (max-width: 480px) {
      .row {
        grid-template-columns: 1fr;
      }
    }
  `,
})
export class DeviceCard {
  protected readonly preferences = inject(Preferences);
  protected readonly profile = inject(DeviceProfile);
  protected readonly sync = inject(ChatSyncService);
  readonly #conversations = inject(Conversations);
  /** Where there are no chats none can be lost. */
  protected readonly persistence = computed(() => {
    const persistence = this.sync.persistence();
    const isEmpty = this.#conversations.summaries().length === 0;
    return isEmpty && persistence !== 'safe' ? null : persistenceText(persistence);
  });
  readonly #toasts = inject(Toasts);
  protected readonly space = resource({
    loader: async () => {
      const { usage } = (await navigator.storage?.estimate?.()) ?? {};
      return usage === undefined ? '' : formatBytes(usage);
    },
  });

  protected rename(name: string): void {
    this.preferences.rename(name);
    this.#toasts.tell(`You write as ${this.preferences.ownName()} now`);
  }
}
