import { Component, computed, inject, resource } from '@angular/core';
import { RouterLink } from '@angular/router';
import { ChatHistory, ChatSyncService } from '@chat-vault/chat-sync';
import { Conversations } from '../conversations/conversations';
import { EncryptionCard } from '../encryption/encryption-card';
import { Icon } from '../ui/icon';
import { CloudList } from './cloud-list';
import { CopyCard } from './copy-card';
import { DeviceCard } from './device-card';
import { MonthTable } from './month-table';
import { type MonthLine, monthLines } from './month-lines';
import { PICKED_FOLDER, REGISTERED } from './providers';
import { SyncCard } from './sync-card';

/** States in which nothing may be known of what a cloud holds. */
const CLOSED: ReadonlySet<string> = new Set(['auth-error', 'connection-error', 'locked']);

/** Where the chats are kept: the clouds, how backing up stands, and which month is where. */
@Component({
  selector: 'cv-storage-page',
  imports: [
    CloudList,
    CopyCard,
    DeviceCard,
    EncryptionCard,
    Icon,
    MonthTable,
    RouterLink,
    SyncCard,
  ],
  templateUrl: './storage-page.html',
  styleUrl: './storage-page.css',
})
export class StoragePage {
  readonly #sync = inject(ChatSyncService);
  readonly #history = inject(ChatHistory);
  readonly #conversations = inject(Conversations);

  protected readonly connected = computed(() =>
    this.#sync.providers().filter(({ isConnected }) => isConnected),
  );
  /** Whether there is something to encrypt, or somebody did. */
  protected readonly hasEncryption = computed(
    () => this.connected().length > 0 || this.#sync.encryption().state !== 'off',
  );
  /** The first connected cloud that can be asked, whose months are shown. */
  protected readonly provider = computed(() => {
    const open = this.connected().find(({ status }) => !CLOSED.has(status.state));
    return open ?? this.connected()[0] ?? null;
  });
  readonly #providerId = computed(() => this.provider()?.providerId ?? null);
  readonly #syncedAt = computed(() => this.provider()?.lastSyncedAt?.getTime() ?? null);
  readonly #lines = resource({
    params: () => ({
      providerId: this.#providerId(),
      syncedAt: this.#syncedAt(),
      summaries: this.#conversations.summaries(), // messages came or went
    }),
    loader: async ({ params, abortSignal }) => {
      const { providerId, syncedAt } = params;
      const storage = await this.#history.storage();
      const here = await storage.months();
      if (providerId === null || syncedAt === null) {
        return monthLines({ here, inventory: null, pendingMonths: [] });
      }
      const result = await this.#sync.inventory(providerId, { signal: abortSignal });
      const { partitions: pendingMonths } = await storage.pendingSummary(providerId);
      return monthLines({ here, inventory: result.ok ? result.report : null, pendingMonths });
    },
  });
  /** Newest first. */
  protected readonly lines = computed<readonly MonthLine[]>((): readonly MonthLine[] =>
    this.#lines.hasValue() ? this.#lines.value() : [],
  );
  protected readonly isLoading = this.#lines.isLoading;

  constructor() {
    // Where connecting opens a window or a dialog, the browser wants it right after the click.
    for (const providerId of [PICKED_FOLDER, ...REGISTERED])
      void this.#sync.prepareConnect(providerId);
  }

  protected refresh(): void {
    this.#lines.reload();
  }
}
