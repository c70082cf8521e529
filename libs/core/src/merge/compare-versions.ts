import { canonicalJson } from '../json/canonical-json.js';
import { compareText } from '../model/message-key.js';
import { recordToJson, type VaultRecord } from '../model/record-json.js';
import {
  type ClearedConversation,
  type MessageTombstone,
  type Reaction,
  type StampedMessage,
} from '../model/records.js';

/** A version of one message key. */
export type MessageVersion = StampedMessage | MessageTombstone;

/** Whether the version is a deletion. */
export const isTombstone = (version: MessageVersion): version is MessageTombstone =>
  'deletedAt' in version;

/**
 * Total order of the versions of one key; the greatest wins: greater stamp, then the tombstone, then the greater canonical JSON
 * (docs/vault-format.md, "Merge").
 */
export function compareVersions(a: MessageVersion, b: MessageVersion): number {
  if (a.stamp !== b.stamp) return a.stamp < b.stamp ? -1 : 1;
  const isDeleted = Number(isTombstone(a)) - Number(isTombstone(b));
  return isDeleted === 0 ? compareJson(a, b) : isDeleted;
}

/** Total order of one person's reactions to one message; the greatest wins. */
export const compareReactions = (a: Reaction, b: Reaction): number =>
  compareText(a.stamp, b.stamp) || compareJson(a, b);

/** Total order of clearings with the same conversation, stamp and reach; the greatest wins. */
export const compareClearings = (a: ClearedConversation, b: ClearedConversation): number =>
  compareText(a.conversationUrn, b.conversationUrn) ||
  compareText(a.upTo, b.upTo) ||
  compareText(a.stamp, b.stamp) ||
  compareJson(a, b);

const compareJson = (a: VaultRecord, b: VaultRecord): number =>
  a === b ? 0 : compareText(canonicalJson(recordToJson(a)), canonicalJson(recordToJson(b)));
