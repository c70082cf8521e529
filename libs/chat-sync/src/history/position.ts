import { BOTTOM_POSITION, type MessagePosition, TOP_POSITION } from '@chat-vault/chat-storage';
import { type HistoryPage } from '@chat-vault/vault-engine';

/** Order of two places in a conversation; the greater is the newer. */
export const comparePositions = (a: MessagePosition, b: MessagePosition): number =>
  compareText(a.sentTimestamp, b.sentTimestamp) || compareText(a.id, b.id);

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** The place of a message. */
export const positionOf = ({ sentTimestamp, id }: MessagePosition): MessagePosition => ({
  sentTimestamp,
  id,
});

/** Down to which place a page that began at `before` is complete: all the way when nothing older exists. */
export function depthOf(page: HistoryPage, before?: MessagePosition): MessagePosition {
  if (!page.hasOlder && !page.incomplete) return BOTTOM_POSITION;
  const oldest = page.messages.at(-1);
  return oldest ? positionOf(oldest) : (before ?? TOP_POSITION);
}
