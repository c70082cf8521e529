import {
  type ChatMessage,
  type HybridClock,
  type MessageTombstone,
  type Reaction,
  type StampedMessage,
} from '@chat-vault/core';
import { compareReactions, compareVersions } from '@chat-vault/core/records';
import { StorageError } from '../port/storage-error.js';
import { type Decide } from './merge-run.js';
import { isMessage, isReaction, type PageRecord } from './page-record.js';

/** Records from elsewhere: the greater version stays. */
export const decideByMerge: Decide = (existing, incoming) => {
  if (!existing) return incoming;
  const order = compareStored(existing, incoming);
  return order < 0 ? incoming : order === 0 ? existing : undefined;
};

/**
 * A person's own writes, which carry no stamp yet: a new version when it says something new, kept in `stamped` too.
 * Saving over a tombstone makes the message exist again; deleting what is deleted changes nothing.
 */
export const decideLocally =
  (clock: HybridClock, stamped: Map<PageRecord, PageRecord>): Decide =>
  (existing, incoming) => {
    if (existing && saysNothingNew(existing, incoming)) return undefined;
    const record = { ...incoming, stamp: clock.now() };
    stamped.set(incoming, record);
    return record;
  };

/** Whether two messages are equal but for their stamps. */
function saysNothingNew(existing: PageRecord, incoming: PageRecord): boolean {
  if (isReaction(existing)) return isReaction(incoming) && existing.emoji === incoming.emoji;
  if (!isMessage(incoming)) return !isMessage(existing);
  if (!isMessage(existing)) return false;
  for (const field of ['senderId', 'expiresAt'] as const) {
    if (existing[field] !== incoming[field]) {
      throw new StorageError(
        'invalid-message',
        `chat-storage: message "${incoming.id}" has another ${field} than before; save it as a new message`,
        { details: { field, id: incoming.id, conversationUrn: incoming.conversationUrn } },
      );
    }
  }
  return isSameContent(existing, incoming);
}

const isSameContent = (a: ChatMessage, b: ChatMessage): boolean =>
  a.typeId === b.typeId &&
  (a.tags === undefined) === (b.tags === undefined) &&
  isSameList(a.tags ?? [], b.tags ?? []) &&
  isSameList(a.payloadBytes, b.payloadBytes);

const isSameList = (a: ArrayLike<unknown>, b: ArrayLike<unknown>): boolean => {
  if (a.length !== b.length) return false;
  for (let index = 0; index < a.length; index++) if (a[index] !== b[index]) return false;
  return true;
};

/** The merge rule; messages that are plainly the same, as in a repeated restore, need no canonical JSON. */
function compareStored(a: PageRecord, b: PageRecord): number {
  if (isReaction(a)) return compareReactions(a, b as Reaction);
  const isSame =
    isMessage(a) &&
    isMessage(b) &&
    a.stamp === b.stamp &&
    a.senderId === b.senderId &&
    a.expiresAt === b.expiresAt &&
    !a.extra &&
    !b.extra &&
    isSameContent(a, b);
  return isSame ? 0 : compareVersions(a, b as StampedMessage | MessageTombstone);
}
