import { Service, inject } from '@angular/core';
import { ChatHistory } from '@chat-vault/chat-sync';
import { type ChatMessage, type StampedMessage } from '@chat-vault/core';
import { v7 as uuidv7 } from 'uuid';
import { CLOCK } from '../device/clock';
import { Preferences } from '../device/preferences';
import { EDITED_TAG } from './message-row';
import { type MessageRow } from './thread-rows';
import { textMessage } from './text-message';

/**
 * What a person does in a conversation. Each resolves when the change is on disk here; the cloud gets it with the next sync.
 * @throws StorageError
 */
@Service()
export class MessageActions {
  readonly #history = inject(ChatHistory);
  readonly #preferences = inject(Preferences);
  readonly #now = inject(CLOCK);

  async send(conversationUrn: string, text: string): Promise<void> {
    const now = this.#now();
    const message = textMessage({
      id: uuidv7({ msecs: now }),
      conversationUrn,
      senderId: this.#preferences.ownName(),
      sentTimestamp: new Date(now).toISOString(),
      text,
    });
    await this.#history.save(message);
  }

  /** Saves another version of a message, marked as edited. */
  async edit(message: StampedMessage, text: string): Promise<void> {
    const { id, conversationUrn, senderId, sentTimestamp, expiresAt } = message;
    const tags = [...new Set([...(message.tags ?? []), EDITED_TAG])];
    const edited: ChatMessage = {
      ...textMessage({ id, conversationUrn, senderId, sentTimestamp, text }),
      tags,
      ...(expiresAt !== undefined && { expiresAt }),
    };
    await this.#history.save(edited);
  }

  async delete(message: StampedMessage): Promise<void> {
    await this.#history.delete(message);
  }

  /** Gives a reaction, or takes it back when it is the one already given; a person has one reaction a message. */
  async react({ message, reactions }: MessageRow, emoji: string): Promise<void> {
    const isGiven = reactions.some((chip) => chip.isOwn && chip.emoji === emoji);
    await this.#history.react(message, this.#preferences.ownName(), isGiven ? null : emoji);
  }

  /** Deletes everything in a conversation, on all devices. */
  async clear(conversationUrn: string): Promise<void> {
    await this.#history.clearConversation(conversationUrn);
  }

  /** Says that everything so far was read on this device. */
  async markRead(conversationUrn: string): Promise<void> {
    await this.#history.markRead(conversationUrn);
  }
}
