import { mergeContents, type VaultContent } from '@chat-vault/core';
import { type ChatStorage } from '../port/chat-storage.js';

/** What a storage under test is opened with. */
export interface ConformanceOptions {
  /** Wall clock, Unix ms. */
  readonly now: () => number;
  readonly ownSenderIds: readonly string[];
}

/** Opens a storage that is empty; the kit destroys it after the test. */
export type CreateStorage = (options: ConformanceOptions) => Promise<ChatStorage>;

/** A clock that stands still until a test moves it. */
export interface TestClock {
  nowMs: number;
}

/** What each test gets, fresh. */
export interface ConformanceContext {
  readonly storage: ChatStorage;
  readonly clock: TestClock;
}

/** Declares a test with a storage of its own. */
export type StorageTest = (
  title: string,
  test: (context: ConformanceContext) => Promise<void>,
) => void;

/** Everything in the storage as one content, in canonical order. */
export async function contentOf(storage: ChatStorage, partition?: string): Promise<VaultContent> {
  const pieces: VaultContent[] = [];
  for await (const piece of storage.exportAll(partition === undefined ? {} : { partition })) {
    pieces.push(piece);
  }
  return mergeContents(pieces);
}

/** No limit that a test would reach. */
export const ALL = { records: 100_000, bytes: 100_000_000 } as const;

/** Ids of the messages that a provider lacks, oldest change first. */
export async function pendingIds(
  storage: ChatStorage,
  provider: string,
): Promise<readonly string[]> {
  const { content } = await storage.pendingFor(provider, ALL);
  return content.messages.map(({ id }) => id);
}
