import { type ChatStorage, StorageError } from '@chat-vault/chat-storage';
import { type ChatMessage } from '@chat-vault/core';

/** Messages saved in one transaction. */
const BATCH_MESSAGES = 2_000;

/** What a step of an import did to the storage. */
export interface WriteResult {
  readonly added: number;
  /** Already here, or deleted here before: left as they are. */
  readonly known: number;
  /** Why the storage refused a message, one for each. */
  readonly refused: readonly string[];
}

/** Brings what the clouds have of a month (`2024-01`) to this device, as far as they can be reached. */
export type FetchMonth = (month: string) => Promise<unknown>;

/**
 * Saves imported messages that are not known yet. Each month concerned is fetched from the connected clouds first, and what is here then is
 * left alone, so that importing twice changes nothing, also on a second device: edits stay, and what was deleted stays deleted.
 */
export class ImportWriter {
  readonly #storage: ChatStorage;
  /** Keys of the messages and deletions of each month that was looked at. */
  readonly #knownByMonth = new Map<string, Set<string>>();
  readonly #conversationUrns = new Set<string>();
  #waiting: ChatMessage[] = [];
  readonly #fetchMonth: FetchMonth | undefined;
  #isEmpty: boolean | null = null;

  constructor(storage: ChatStorage, fetchMonth?: FetchMonth) {
    this.#storage = storage;
    this.#fetchMonth = fetchMonth;
  }

  /** Conversations that got messages. */
  get conversationUrns(): readonly string[] {
    return [...this.#conversationUrns];
  }

  /** Takes messages, and saves them as soon as they make a batch. */
  async add(messages: readonly ChatMessage[]): Promise<WriteResult> {
    let known = 0;
    for (const message of messages) {
      const seen = await this.#known(message.sentTimestamp.slice(0, 7));
      const key = keyOf(message.conversationUrn, message.sentTimestamp, message.id);
      this.#conversationUrns.add(message.conversationUrn);
      if (seen.has(key)) known += 1;
      else this.#waiting.push(message);
      seen.add(key);
    }
    const saved =
      this.#waiting.length < BATCH_MESSAGES ? { added: 0, refused: [] } : await this.#save();
    return { ...saved, known };
  }

  /** Saves what is left, and takes what was imported for read. */
  async finish(): Promise<WriteResult> {
    const saved = await this.#save();
    for (const urn of this.#conversationUrns) await this.#storage.markRead(urn);
    return { ...saved, known: 0 };
  }

  async #save(): Promise<Omit<WriteResult, 'known'>> {
    const messages = this.#waiting;
    this.#waiting = [];
    if (messages.length === 0) return { added: 0, refused: [] };
    try {
      await this.#storage.save(messages);
      return { added: messages.length, refused: [] };
    } catch (error) {
      if (!isRefusal(error)) throw error;
      return this.#saveOneByOne(messages); // one bad message must not stop the others
    }
  }

  async #saveOneByOne(messages: readonly ChatMessage[]): Promise<Omit<WriteResult, 'known'>> {
    const refused: string[] = [];
    for (const message of messages) {
      try {
        await this.#storage.save(message);
      } catch (error) {
        if (!isRefusal(error)) throw error;
        refused.push(error.message);
      }
    }
    return { added: messages.length - refused.length, refused };
  }

  async #known(month: string): Promise<Set<string>> {
    const loaded = this.#knownByMonth.get(month);
    if (loaded !== undefined) return loaded;
    await this.#fetchMonth?.(month);
    this.#isEmpty ??= !this.#fetchMonth && (await this.#storage.recordCount()) === 0;
    const keys = new Set<string>();
    this.#knownByMonth.set(month, keys);
    if (this.#isEmpty) return keys;
    for await (const { messages, tombstones } of this.#storage.exportAll({ partition: month })) {
      for (const { conversationUrn: urn, sentTimestamp, id } of messages) {
        keys.add(keyOf(urn, sentTimestamp, id));
      }
      for (const { conversationUrn: urn, sentTimestamp, messageId } of tombstones) {
        keys.add(keyOf(urn, sentTimestamp, messageId));
      }
    }
    return keys;
  }
}

function keyOf(conversationUrn: string, sentTimestamp: string, id: string): string {
  return `${conversationUrn} ${sentTimestamp} ${id}`;
}

function isRefusal(error: unknown): error is StorageError {
  return error instanceof StorageError && error.code === 'invalid-message';
}
