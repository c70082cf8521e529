import { Service, inject } from '@angular/core';
import { ChatHistory } from '@chat-vault/chat-sync';
import { type ChatMessage, type StampedMessage } from '@chat-vault/core';
import { v7 as uuidv7 } from 'uuid';
import { CLOCK } from '../device/clock';
import { Preferences } from '../device/preferences';
import { LiveMessages } from '../live/live-messages';
import { EDITED_TAG } from './message-row';
import { type MessageRow } from './thread-rows';
import { textMessage } from './text-message';

/**
 * What a person does in a conversation. Each resolves when the change is on disk here; the cloud gets it with the next sync, the people of a live
 * conversation at once.
 * @throws StorageError, ChatSyncError `not-signed-in` in a live conversation
 */
@Service()
export class MessageActions {
  readonly #history = inject(ChatHistory);
  readonly #live = inject(LiveMessages);
  readonly #preferences = inject(Preferences);
  readonly #now = inject(CLOCK);

  async send(conversationUrn: string, text: string): Promise<void> {
    const now = this.#now();
    const message = textMessage({
      id: uuidv7({ msecs: now }),
      conversationUrn,
      senderId: this.#live.senderIn(conversationUrn) ?? this.#preferences.ownName(),
      sentTimestamp: new Date(now).toISOString(),
      text,
    });
    if (this.#live.takes(conversationUrn)) await this.#live.send(message);
    else await this.#history.save(message);
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
    if (this.#live.takes(conversationUrn)) await this.#live.edit(edited);
    else await this.#history.save(edited);
  }

  async delete(message: StampedMessage): Promise<void> {
    if (this.#live.takes(message.conversationUrn)) await this.#live.delete(message);
    else await this.#history.delete(message);
  }

  /** Gives a reaction, or takes it back when it is the one already given; a person has one reaction a message. */
  async react({ message, reactions }: MessageRow, emoji: string): Promise<void> {
    const isGiven = reactions.some((chip) => chip.isOwn && chip.emoji === emoji);
    const given = isGiven ? null : emoji;
    if (this.#live.takes(message.conversationUrn)) await this.#live.react(message, given);
    else await this.#history.react(message, this.#preferences.ownName(), given);
  }

  /** Sends what the server refused of a message once more. */
  async retry(message: StampedMessage): Promise<void> {
    await this.#live.retry(message.id);
  }

  /** Deletes everything in a conversation, on all devices. */
  async clear(conversationUrn: string): Promise<void> {
    await this.#history.clearConversation(conversationUrn);
  }

  /** Says that everything so far was read on this device, in a live conversation on all devices. */
  async markRead(conversationUrn: string): Promise<void> {
    if (this.#live.takes(conversationUrn)) await this.#live.markRead(conversationUrn);
    else await this.#history.markRead(conversationUrn);
  }
}
