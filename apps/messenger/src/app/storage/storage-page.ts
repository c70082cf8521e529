import { Component, computed, inject, resource } from '@angular/core';
import { RouterLink } from '@angular/router';
import { ChatHistory, ChatSyncService } from '@chat-vault/chat-sync';
import { Conversations } from '../conversations/conversations';
import { Icon } from '../ui/icon';
import { CloudList } from './cloud-list';
import { DeviceCard } from './device-card';
import { MonthTable } from './month-table';
import { type MonthLine, monthLines } from './month-lines';
import { SyncCard } from './sync-card';

/** Where the chats are kept: the clouds, how backing up stands, and which month is where. */
@Component({
  selector: 'cv-storage-page',
  imports: [CloudList, DeviceCard, Icon, MonthTable, RouterLink, SyncCard],
  templateUrl: './storage-page.html',
  styleUrl: './storage-page.css',
})
export class StoragePage {
  readonly #sync = inject(ChatSyncService);
  readonly #history = inject(ChatHistory);
  readonly #conversations = inject(Conversations);

  /** The first connected cloud, which the page speaks of. */
  protected readonly provider = computed(
    () => this.#sync.providers().find(({ isConnected }) => isConnected) ?? null,
  );
  readonly #inventoryParams = computed(() => ({
    providerId: this.provider()?.providerId ?? null,
    syncedAt: this.provider()?.lastSyncedAt?.getTime() ?? null,
    summaries: this.#conversations.summaries(),
  }));
  readonly #lines = resource({
    params: () => this.#inventoryParams(),
    loader: async ({ params, abortSignal }) => {
      const here = await (await this.#history.storage()).months();
      if (params.providerId === null || params.syncedAt === null) return monthLines(here, null);
      const result = await this.#sync.inventory(params.providerId, { signal: abortSignal });
      return monthLines(here, result.ok ? result.report : null);
    },
  });
  /** Newest first. */
  protected readonly lines = computed<readonly MonthLine[]>((): readonly MonthLine[] =>
    this.#lines.hasValue() ? this.#lines.value() : [],
  );
  protected readonly isLoading = this.#lines.isLoading;

  protected refresh(): void {
    this.#lines.reload();
  }
}
