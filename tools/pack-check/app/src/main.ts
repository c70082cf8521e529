import { afterNextRender, Component, computed, inject, signal } from '@angular/core';
import { bootstrapApplication } from '@angular/platform-browser';
import {
  ChatHistory,
  ChatSyncService,
  injectConversation,
  provideChatSync,
  withIdbStorage,
  withMemoryCloud,
} from '@chat-vault/chat-sync';
import { SyncStatus } from '@chat-vault/chat-sync/ui';
import { type ChatMessage } from '@chat-vault/core';

const message: ChatMessage = {
  id: 'first',
  conversationUrn: 'urn:chat:pack-check',
  senderId: 'urn:person:ann',
  typeId: 'text',
  sentTimestamp: '2024-01-31T10:15:30.123Z',
  payloadBytes: new TextEncoder().encode('Hello'),
};

@Component({
  selector: 'app-root',
  imports: [SyncStatus],
  template: `<cv-sync-status /><output>{{ verdict() }}</output>`,
})
class App {
  readonly #history = inject(ChatHistory);
  readonly #sync = inject(ChatSyncService);
  readonly #conversation = injectConversation(() => ({
    conversationUrn: message.conversationUrn,
  }));
  readonly #problem = signal('');
  readonly #isSynced = signal(false);

  /** "ok" once a message was saved, synced and shown; before that nothing, or what is wrong. */
  protected readonly verdict = computed(() => {
    const isShown = this.#conversation.messages().some(({ id }) => id === message.id);
    return this.#problem() || (this.#isSynced() && isShown ? 'ok' : '');
  });

  constructor() {
    afterNextRender(async () => {
      try {
        this.#problem.set(await this.#tryOut());
        this.#isSynced.set(true);
      } catch (error) {
        this.#problem.set(`${error}`);
      }
    });
  }

  /** Saves a message and syncs it; gives what is wrong, or nothing. */
  async #tryOut(): Promise<string> {
    await this.#history.save(message);
    const connected = await this.#sync.connect('memory');
    if (!connected.ok) return connected.error.message;
    const synced = await this.#sync.syncMessages('memory');
    if (!synced.ok) return synced.error.message;
    const pending = this.#sync.pendingChanges();
    return pending === 0 ? '' : `${pending} changes are pending after a sync`;
  }
}

void bootstrapApplication(App, {
  providers: [provideChatSync({ basePath: 'pack-check' }, withIdbStorage(), withMemoryCloud())],
});
