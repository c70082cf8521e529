import { Service, computed, inject } from '@angular/core';
import { ChatHistory } from '@chat-vault/chat-sync';
import { LiveSyncService } from '@chat-vault/chat-sync/live';
import { type ChatMessage, type MessageRef } from '@chat-vault/core';
import { type OutgoingOperation } from '@chat-vault/live-sync';
import { LiveAccount } from './live-account';
import { isLiveUrn } from './live-urn';

/** What carries a message itself; what else is about it says nothing of how far it got. */
const CARRIES: ReadonlySet<OutgoingOperation['action']> = new Set(['MESSAGE_SEND', 'MESSAGE_EDIT']);

/** How far a message got: others have it, it waits, or the server refused it. */
export type Sending =
  | { readonly state: 'sent' | 'waiting' }
  | { readonly state: 'refused'; readonly operation: OutgoingOperation };

/**
 * What a person does in live conversations.
 * @throws what `LiveSyncService` rejects with
 */
@Service()
export class LiveMessages {
  readonly #live = inject(LiveSyncService);
  readonly #history = inject(ChatHistory);
  readonly #account = inject(LiveAccount);
  readonly #byMessage = computed(() => {
    const found = new Map<string, OutgoingOperation>();
    for (const operation of this.#live.outgoing()) {
      const { messageId, state, action } = operation;
      if (messageId === undefined || !CARRIES.has(action)) continue;
      if (state === 'rejected' || !found.has(messageId)) found.set(messageId, operation);
    }
    return found;
  });

  /** The name under which the person writes in a conversation; `null` where it is not a live one. */
  senderIn(conversationUrn: string): string | null {
    return isLiveUrn(conversationUrn) ? this.#account.userId() : null;
  }

  takes(conversationUrn: string): boolean {
    return isLiveUrn(conversationUrn);
  }

  /** How far an own message got; `null` where that says nothing: it does not travel, or nobody is signed in. */
  sendingOf(message: Pick<ChatMessage, 'conversationUrn' | 'id'>): Sending | null {
    if (!isLiveUrn(message.conversationUrn) || !this.#live.isSignedIn()) return null;
    const operation = this.#byMessage().get(message.id);
    if (operation === undefined) return { state: 'sent' };
    return operation.state === 'rejected' ? { state: 'refused', operation } : { state: 'waiting' };
  }

  send(message: ChatMessage): Promise<void> {
    return this.#live.send(message);
  }

  edit(message: ChatMessage): Promise<void> {
    return this.#live.edit(message);
  }

  /** Deletes an own message for everybody; one that the server refused only here, as nobody else has it. */
  async delete(message: MessageRef): Promise<void> {
    const refused = this.#refusedOf(message.id);
    if (refused.some(({ action }) => action === 'MESSAGE_SEND'))
      await this.#history.delete(message);
    else await this.#live.delete(message);
    for (const { opId } of refused) await this.#live.drop(opId);
  }

  react(message: MessageRef, emoji: string | null): Promise<void> {
    return this.#live.react(message, emoji);
  }

  /** Says on all devices that everything so far is read; of a conversation that the person left only here. */
  markRead(conversationUrn: string): Promise<void> {
    const isMember = this.#live
      .conversations()
      .some((conversation) => conversation.conversationUrn === conversationUrn);
    return (isMember ? this.#live : this.#history).markRead(conversationUrn);
  }

  /** Sends what was refused of a message once more. */
  async retry(messageId: string): Promise<void> {
    for (const { opId } of this.#refusedOf(messageId)) {
      try {
        await this.#live.retry(opId);
      } catch (error) {
        // What was done with a message has gone along with it.
        if ((error as { readonly code?: unknown }).code !== 'no-such-operation') throw error;
      }
    }
  }

  #refusedOf(messageId: string): readonly OutgoingOperation[] {
    return this.#live
      .outgoing()
      .filter((operation) => operation.messageId === messageId && operation.state === 'rejected');
  }
}
