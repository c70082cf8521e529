import { canonicalJson } from '../json/canonical-json.js';
import { compareText } from '../json/text.js';
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
 * (docs/vault-format.md, "Merge"). 0 only for versions with the same JSON form.
 */
export function compareVersions(a: MessageVersion, b: MessageVersion): number {
  if (a.stamp !== b.stamp) return a.stamp < b.stamp ? -1 : 1;
  if (isTombstone(a)) return isTombstone(b) ? compareJson(a, b) : 1;
  if (isTombstone(b)) return -1;
  return isSameMessage(a, b) ? 0 : compareJson(a, b);
}

/** Total order of one person's reactions to one message; the greatest wins. */
export const compareReactions = (a: Reaction, b: Reaction): number =>
  compareText(a.stamp, b.stamp) || compareJson(a, b);

/** Total order of clearings: by conversation, reach, stamp, and of equal ones by canonical JSON; there the greatest wins. */
export const compareClearings = (a: ClearedConversation, b: ClearedConversation): number =>
  compareText(a.conversationUrn, b.conversationUrn) ||
  compareText(a.upTo, b.upTo) ||
  compareText(a.stamp, b.stamp) ||
  compareJson(a, b);

const compareJson = (a: VaultRecord, b: VaultRecord): number =>
  a === b ? 0 : compareText(canonicalJson(recordToJson(a)), canonicalJson(recordToJson(b)));

/** Whether two versions under one key and stamp are surely equal: the ordinary case when a file is read again, and far cheaper than their JSON. */
function isSameMessage(a: StampedMessage, b: StampedMessage): boolean {
  if (a === b) return true;
  return (
    a.senderId === b.senderId &&
    a.typeId === b.typeId &&
    a.expiresAt === b.expiresAt &&
    a.tags === undefined &&
    b.tags === undefined &&
    a.extra === undefined &&
    b.extra === undefined &&
    isSameBytes(a.payloadBytes, b.payloadBytes)
  );
}

function isSameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let index = 0; index < a.length; index++) if (a[index] !== b[index]) return false;
  return true;
}
