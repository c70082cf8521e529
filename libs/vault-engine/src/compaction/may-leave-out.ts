import { type ClearedConversation } from '@chat-vault/core';
import { isCovered } from '@chat-vault/core/records';
import { type Listing } from '../cloud/listing.js';
import { type Run } from '../run/run.js';
import { type KeyGroup } from './key-groups.js';

/** Whether a compaction may leave a key's message out (docs/sync-engine.md, "Compaction"). */
export type MayLeaveOut = (group: KeyGroup) => boolean;

const EXPIRY_MARGIN_MS = 7 * 24 * 60 * 60 * 1000;

/**
 * A message that a clearing in this plan's carried delta covers, or one that expired before both this device's clock and the newest server time of the listing
 * minus seven days. Tombstones and reactions always stay.
 */
export function mayLeaveOut(
  run: Run,
  listing: Pick<Listing, 'newestAt'>,
  cleared: readonly ClearedConversation[],
): MayLeaveOut {
  const expiredBefore = Math.min(run.env.now(), listing.newestAt - EXPIRY_MARGIN_MS);
  return ({ message }) => {
    if (message === undefined) return false;
    const { expiresAt } = message;
    if (expiresAt !== undefined && Date.parse(expiresAt) < expiredBefore) return true;
    return isCovered(message, cleared);
  };
}

/** The group without its message where that may be left out; `null` when nothing remains. */
export function withoutRemovable(group: KeyGroup, mayGo: MayLeaveOut): KeyGroup | null {
  if (!mayGo(group)) return group;
  const { conversationUrn, sentTimestamp, id, reactions } = group;
  return reactions.length > 0 ? { conversationUrn, sentTimestamp, id, reactions } : null;
}
