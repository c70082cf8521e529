import { Component, computed, inject } from '@angular/core';
import { RouterLink } from '@angular/router';
import { ChatSyncService } from '@chat-vault/chat-sync';
import { EntityRepositories } from '@chat-vault/chat-sync/entities';
import { CLOCK } from '../device/clock';
import { Icon, type IconName } from '../ui/icon';
import { problemText } from '../ui/problem-text';
import { formatAgo, formatCount } from '../ui/time-format';
import { asksPermission } from './asks-permission';

/** At the foot of the list: how backing up stands, the way to the storage page, and a button to sync now. */
@Component({
  selector: 'cv-sync-button',
  imports: [Icon, RouterLink],
  template: `
    <a routerLink="/storage" data-testid="open-storage" [class.trouble]="isTrouble()">
      <cv-icon [name]="icon()" [size]="20" />
      <span class="words">
        <span class="state" data-testid="sync-state" [attr.data-state]="sync.status().state">
          {{ state() }}
        </span>
        <span class="detail">{{ detail() }}</span>
      </span>
    </a>
    @if (isConnected()) {
      <button
        type="button"
        class="icon-button"
        aria-label="Sync now"
        title="Sync now"
        data-testid="sync-now"
        [disabled]="sync.isSyncing()"
        [class.turning]="sync.isSyncing()"
        (click)="sync.syncMessages()"
      >
        <cv-icon name="sync" [size]="20" />
      </button>
    }
  `,
  styles: `
    :host {
      display: flex;
      align-items: center;
      gap: var(--space-1);
      padding: var(--space-2);
      padding-bottom: max(var(--space-2), env(safe-area-inset-bottom));
      border-top: 1px solid var(--line);
    }
    a {
      display: flex;
      flex: 1;
      align-items: center;
      gap: var(--space-3);
      min-width: 0;
      min-height: 48px;
      padding: var(--space-1) var(--space-2);
      border-radius: var(--radius);
      color: var(--text);
      text-decoration: none;
    }
    a:hover {
      background: var(--hover);
    }
    cv-icon {
      flex: none;
      color: var(--accent);
    }
    .trouble cv-icon,
    .trouble .state {
      color: var(--danger);
    }
    .words {
      display: grid;
      min-width: 0;
      line-height: 1.3;
    }
    .state {
      overflow: hidden;
      font-size: 0.875rem;
      font-weight: 600;
      text-overflow: ellipsis;
      white-space: nowrap;
    }
    .detail {
      overflow: hidden;
      font-size: 0.75rem;
      color: var(--muted);
      text-overflow: ellipsis;
      white-space: nowrap;
    }
    .turning cv-icon {
      animation: turn 1s linear infinite;
    }
    @keyframes turn {
      to {
        rotate: 1turn;
      }
    }
  `,
})
export class SyncButton {
  protected readonly sync = inject(ChatSyncService);
  readonly #now = inject(CLOCK);
  readonly #entities = inject(EntityRepositories);

  protected readonly isConnected = computed(() =>
    this.sync.providers().some((provider) => provider.isConnected),
  );
  protected readonly isLocked = computed(() => this.sync.encryption().state === 'locked');
  /** Why contacts, settings and drafts are not backed up, where messages are. */
  readonly #entitiesProblem = computed(() => {
    const error = this.#entities.lastError();
    const isFine = this.sync.status().state === 'idle' && this.isConnected() && !this.isLocked();
    return isFine && error !== null ? problemText(error) : null;
  });
  protected readonly isTrouble = computed(() => {
    if (this.#entitiesProblem() !== null) return true;
    const status = this.sync.status();
    if (asksPermission(status)) return false;
    const { state } = status;
    if (state === 'locked') return false;
    return state !== 'idle' && state !== 'syncing' && state !== 'offline' && state !== 'throttled';
  });
  protected readonly icon = computed((): IconName => {
    if (this.isTrouble()) return 'alert';
    if (this.sync.status().state === 'offline') return 'offline';
    if (this.sync.status().state === 'throttled') return 'clock';
    if (this.isLocked()) return 'lock';
    return this.isConnected() && this.sync.pendingChanges() === 0 ? 'shield' : 'cloud';
  });
  protected readonly state = computed(() => {
    const status = this.sync.status();
    if (status.state === 'syncing') return 'Syncing…';
    if (this.isLocked()) return 'Locked on this device';
    if (status.state !== 'idle') return status.message;
    if (!this.isConnected()) return 'Not backed up';
    if (this.#entitiesProblem() !== null) return 'Not everything is backed up';
    const pending = this.sync.pendingChanges();
    if (pending > 0)
      return `${formatCount(pending)} ${pending === 1 ? 'change' : 'changes'} to back up`;
    return this.sync.lastSyncedAt() === null ? 'Not synced yet' : 'Backed up';
  });
  protected readonly detail = computed(() => {
    const status = this.sync.status();
    if (this.isLocked()) return 'Unlock to go on syncing';
    const problem = this.#entitiesProblem();
    if (problem !== null) return problem.heading;
    if (status.state !== 'idle' && status.state !== 'syncing') return status.hint;
    if (!this.isConnected()) return 'Connect a cloud of yours';
    const last = this.sync.lastSyncedAt();
    return last === null
      ? 'Sync to fetch what is there'
      : `Synced ${formatAgo(last, new Date(this.#now()))}`;
  });
}
