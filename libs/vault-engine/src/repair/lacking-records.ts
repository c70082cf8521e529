import { type ClearedConversation, type VaultContent } from '@chat-vault/core';
import {
  compareReactions,
  compareVersions,
  isCovered,
  mergeClearings,
} from '@chat-vault/core/records';
import { groupByKey, type KeyGroup } from '../compaction/key-groups.js';
import { keyText, type MonthContent } from '../survey/month-content.js';

/** What is known when deciding whether a local record is worth writing. */
export interface LackingContext {
  readonly cloud: MonthContent;
  readonly cleared: readonly ClearedConversation[];
  /** Unix milliseconds. */
  readonly now: number;
}

/** The local records that the cloud lacks or has in a lesser version, never a cleared or expired message. */
export function lackingRecords(local: VaultContent, context: LackingContext): readonly KeyGroup[] {
  const lacking: KeyGroup[] = [];
  for (const group of groupByKey(local)) {
    const known = context.cloud.get(keyText(group));
    const { message, tombstone, reactions, ...key } = group;
    const version = message ?? tombstone;
    const knownVersion = known?.message ?? known?.tombstone;
    const isGreater =
      version !== undefined &&
      (knownVersion === undefined || compareVersions(version, knownVersion) > 0);
    const isWorth = isGreater && !isGone(message, context);
    const newer = reactions.filter((reaction) => {
      const other = known?.reactions.find(({ senderId }) => senderId === reaction.senderId);
      return other === undefined || compareReactions(reaction, other) > 0;
    });
    if (isWorth || newer.length > 0)
      lacking.push({
        ...key,
        ...(isWorth && message ? { message } : {}),
        ...(isWorth && tombstone ? { tombstone } : {}),
        reactions: newer,
      });
  }
  return lacking;
}

function isGone(message: KeyGroup['message'], context: LackingContext): boolean {
  if (message === undefined) return false;
  if (message.expiresAt !== undefined && Date.parse(message.expiresAt) <= context.now) return true;
  return isCovered(message, context.cleared);
}

/** The clearings that no delta holds, of copies in catalogs and on this device: they live in deltas. */
export function lackingClearings(
  copies: readonly ClearedConversation[],
  inDeltas: readonly ClearedConversation[],
): readonly ClearedConversation[] {
  return mergeClearings(copies).filter(
    (clearing) =>
      !inDeltas.some(
        (other) =>
          other.conversationUrn === clearing.conversationUrn &&
          other.upTo >= clearing.upTo &&
          other.stamp >= clearing.stamp,
      ),
  );
}
