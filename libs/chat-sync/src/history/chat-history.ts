import { inject, Service } from '@angular/core';
import { type ChatStorage } from '@chat-vault/chat-storage';
import { type ChatMessage, type MessageRef, type StampedMessage } from '@chat-vault/core';
import { StorageAccess } from '../storage/storage-access';

/**
 * Reads and writes the messages of this device. A write resolves when it is safely on the device; it is shown by `injectConversation` and
 * backed up by the next sync. Every method rejects with a `StorageError`, or with a `ChatSyncError` `not-in-browser` on the server;
 * a full or closed storage also becomes the status of `ChatSyncService`.
 */
@Service({ autoProvided: false })
export class ChatHistory {
  readonly #storage = inject(StorageAccess);

  /** Adds messages, or new versions of them; sender and expiry of an existing one may not change. */
  save(messages: ChatMessage | readonly ChatMessage[]): Promise<void> {
    return this.#storage.use((storage) => storage.save(messages));
  }

  /** Deletes messages on all devices, also such that are not on this one. */
  delete(messages: MessageRef | readonly MessageRef[]): Promise<void> {
    return this.#storage.use((storage) => storage.delete(messages));
  }

  /** Sets one person's reaction, or takes it back with `null`. */
  react(message: MessageRef, senderId: string, emoji: string | null): Promise<void> {
    return this.#storage.use((storage) => storage.react(message, senderId, emoji));
  }

  /** Removes all messages sent at or before `upTo` (ISO-8601 UTC; default: now), on all devices. */
  clearConversation(conversationUrn: string, upTo?: string): Promise<void> {
    return this.#storage.use((storage) => storage.clearConversation(conversationUrn, upTo));
  }

  /** Moves this device's read marker to the newest message, or to `upTo` (ISO-8601 UTC); never back. */
  markRead(conversationUrn: string, upTo?: string): Promise<void> {
    return this.#storage.use((storage) => storage.markRead(conversationUrn, upTo));
  }

  /** A message that is on this device. */
  get(message: MessageRef): Promise<StampedMessage | undefined> {
    return this.#storage.use((storage) => storage.get(message));
  }

  /** The open storage itself, for what is not here: exporting all, months, other readers. Do not close it. */
  storage(): Promise<ChatStorage> {
    return this.#storage.open();
  }
}
