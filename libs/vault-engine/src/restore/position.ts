import { BOTTOM_POSITION, type MessagePosition, TOP_POSITION } from '@chat-vault/chat-storage';
import { type Manifest, type ManifestSegment } from '@chat-vault/core/format';

/** Orders places in a conversation; negative when `a` is older. */
export function comparePositions(a: MessagePosition, b: MessagePosition): number {
  if (a.sentTimestamp !== b.sentTimestamp) return a.sentTimestamp < b.sentTimestamp ? -1 : 1;
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}

/** Whether everything is covered. */
export const isBottom = (position: MessagePosition): boolean =>
  comparePositions(position, BOTTOM_POSITION) <= 0;

/** The newer of two places. */
export const newerOf = (a: MessagePosition, b: MessagePosition): MessagePosition =>
  comparePositions(a, b) >= 0 ? a : b;

/** A lower bound of the places of a conversation in a segment, likewise. */
export function firstPositionWithin(
  manifest: Manifest,
  segment: ManifestSegment,
  conversation: number,
): MessagePosition {
  const [firstConversation, sentTimestamp, id] = segment.firstKey;
  if (firstConversation === conversation) return { sentTimestamp, id };
  return { sentTimestamp: manifest.conversations[conversation]?.first ?? '', id: '' };
}

/**
 * An upper bound of the places of a conversation in a segment. Where the segment ends with another conversation, only the instant of the last
 * record is known, so the bound lies above every id of that instant.
 */
export function lastPositionWithin(
  manifest: Manifest,
  segment: ManifestSegment,
  conversation: number,
): MessagePosition {
  const [lastConversation, sentTimestamp, id] = segment.lastKey;
  if (lastConversation === conversation) return { sentTimestamp, id };
  return { sentTimestamp: manifest.conversations[conversation]?.last ?? '', id: TOP_POSITION.id };
}
