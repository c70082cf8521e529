import {
  type ChatMessage,
  FormatError,
  type MessageRef,
  parseChatMessage,
  parseMessageRef,
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

function inStorageTerms<Value>(parse: () => Value): Value {
  try {
    return parse();
  } catch (error) {
    // What the format refuses is the caller's mistake here, and named in the storage's own terms.
    if (!(error instanceof FormatError)) throw error;
    throw new StorageError(
      'invalid-message',
      `chat-storage: ${error.message}; nothing was written`,
      {
        cause: error,
        details: error.details,
      },
    );
  }
}
