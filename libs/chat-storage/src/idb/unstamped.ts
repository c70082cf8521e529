import {
  type ChatMessage,
  type ClearedConversation,
  FormatError,
  type MessageRef,
  parseChatMessage,
  parseMessageRef,
  type Reaction,
  type Stamp,
  type StampedMessage,
} from '@chat-vault/core';
import { StorageError } from '../port/storage-error.js';

/** In the place of a stamp until the transaction gives one. */
export const UNSTAMPED = '' as Stamp;

/** Messages checked between two turns of the event loop, so that no task exceeds 50 ms. */
const MESSAGES_PER_TURN = 2_000;

/**
 * Checks and copies what a person saves.
 *
 * @throws StorageError `invalid-message` for the first one that is not a message
 */
export async function checkedMessages(
  messages: ChatMessage | readonly ChatMessage[],
): Promise<readonly StampedMessage[]> {
  const list = 'id' in messages ? [messages] : messages;
  const checked: StampedMessage[] = [];
  for (const message of list) {
    checked.push({ ...inStorageTerms(() => parseChatMessage(message)), stamp: UNSTAMPED });
    if (checked.length % MESSAGES_PER_TURN === 0) await new Promise((next) => setTimeout(next));
  }
  return checked;
}

/**
 * Checks and copies a reference to a message.
 *
 * @throws StorageError `invalid-message`
 */
export const checkedRef = (ref: MessageRef): MessageRef =>
  inStorageTerms(() => parseMessageRef(ref));

/**
 * Checks a reaction to a message.
 *
 * @throws StorageError `invalid-message`
 */
export function checkedReaction(ref: MessageRef, senderId: string, emoji: string | null): Reaction {
  const { id, ...place } = checkedRef(ref);
  inStorageTerms(() => parseMessageRef({ ...ref, id: senderId }), 'senderId');
  if (emoji !== null) inStorageTerms(() => parseMessageRef({ ...ref, id: emoji }), 'emoji');
  return { ...place, messageId: id, senderId, emoji, stamp: UNSTAMPED };
}

/**
 * Checks the clearing of a conversation.
 *
 * @throws StorageError `invalid-message`
 */
export function checkedClearing(
  conversationUrn: string,
  upTo: string,
  deletedAt: string,
): ClearedConversation {
  const anyId = { id: '-' };
  inStorageTerms(() => parseMessageRef({ ...anyId, conversationUrn, sentTimestamp: deletedAt }));
  inStorageTerms(() => parseMessageRef({ ...anyId, conversationUrn, sentTimestamp: upTo }), 'upTo');
  return { conversationUrn, upTo, deletedAt, stamp: UNSTAMPED };
}

/** What the format refuses is the caller's mistake here, and told in the storage's own terms. */
function inStorageTerms<Value>(parse: () => Value, field?: string): Value {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    const details = field === undefined ? error.details : { field };
    throw new StorageError(
      'invalid-message',
      `chat-storage: the argument has no valid "${String(details['field'])}"; nothing was written`,
      { cause: error, details },
    );
  }
}
