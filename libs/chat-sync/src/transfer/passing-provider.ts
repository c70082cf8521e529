import { type ChatStorage } from '@chat-vault/chat-storage';
import { type ChatSyncClock } from '../page/chat-sync-clock';

/** The part of `navigator.locks` that is used. */
export interface TransferLocks {
  request(
    name: string,
    options: { readonly ifAvailable?: boolean },
    work: (lock: unknown) => Promise<void>,
  ): Promise<unknown>;
}

/** What a cloud that passes by needs. */
export interface PassingParts {
  readonly storage: ChatStorage;
  readonly clock: Pick<ChatSyncClock, 'now' | 'random'>;
  /** `null` where the browser has none. */
  readonly locks: TransferLocks | null;
}

const PREFIX = 'chat-sync:passing:';
/** Without locks nobody knows whether another tab is still at it; after so long it is not. */
const ABANDONED_AFTER_MS = 24 * 60 * 60 * 1000;

/**
 * Does something with a cloud that nobody connected, under a provider id of its own: whatever becomes known of it is forgotten at the end,
 * also when it fails. What a page that died left behind is forgotten by the next call.
 */
export async function withPassingProvider<Result>(
  parts: PassingParts,
  work: (providerId: string) => Promise<Result>,
): Promise<Result> {
  await forgetAbandoned(parts);
  const { storage, clock, locks } = parts;
  const chance = Math.floor(clock.random() * 2 ** 48).toString(36);
  const providerId = `${PREFIX}${clock.now().toString(36)}:${chance}`;
  const pass = async () => {
    try {
      return await work(providerId);
    } finally {
      await storage.forgetProvider(providerId);
    }
  };
  if (!locks) return pass();
  let done: { readonly result: Result } | undefined;
  await locks.request(providerId, {}, async () => {
    done = { result: await pass() };
  });
  if (!done) throw new Error(`chat-sync: the lock "${providerId}" was never given`);
  return done.result;
}

async function forgetAbandoned({ storage, clock, locks }: PassingParts): Promise<void> {
  const passing = (await storage.providers()).filter((id) => id.startsWith(PREFIX));
  for (const providerId of passing) {
    const startedAt = parseInt(providerId.slice(PREFIX.length), 36);
    if (locks) {
      await locks.request(providerId, { ifAvailable: true }, async (lock) => {
        if (lock !== null) await storage.forgetProvider(providerId);
      });
    } else if (clock.now() - startedAt > ABANDONED_AFTER_MS) {
      await storage.forgetProvider(providerId);
    }
  }
}
