import { type Reaction, type StampedMessage } from '@chat-vault/core';
import { localDay } from '../ui/time-format';
import { messageText } from './text-message';

/** One emoji under a message. */
export interface ReactionChip {
  readonly emoji: string;
  readonly count: number;
  /** Whether the person is among those who gave it. */
  readonly isOwn: boolean;
  /** Who gave it, for the tooltip. */
  readonly senders: string;
}

/** A message as a thread shows it. */
export interface MessageRow {
  readonly kind: 'message';
  readonly key: string;
  readonly message: StampedMessage;
  readonly text: string;
  readonly isOwn: boolean;
  /** Whether the sender is named here: another one wrote above, or it was long ago, or on another day. */
  readonly isGroupStart: boolean;
  readonly reactions: readonly ReactionChip[];
}

/** A line between two days. */
export interface DayRow {
  readonly kind: 'day';
  readonly key: string;
  /** Of the first message of the day. */
  readonly instant: string;
}

/** A line of a thread, oldest first. */
export type ThreadRow = MessageRow | DayRow;

/** What rows are made of. */
export interface ThreadContent {
  /** Newest first. */
  readonly messages: readonly StampedMessage[];
  readonly reactions: readonly Reaction[];
  readonly ownSenderIds: ReadonlySet<string>;
  /** What a sender is called on the screen. */
  readonly nameOf: (senderId: string) => string;
  /** Whether older messages exist; then it is not known whether the oldest one here is the first of its day. */
  readonly hasOlder: boolean;
  /** Keys of messages that start a group whatever is above, so that what is on the screen keeps its height. */
  readonly groupStarts: ReadonlySet<string>;
}

/** Messages of one sender this close together form a group, in milliseconds. */
const GROUP_GAP_MS = 5 * 60 * 1000;

const texts = new WeakMap<StampedMessage, string>();

/** The key of a message within its conversation. */
export function messageKey(message: Pick<StampedMessage, 'sentTimestamp' | 'id'>): string {
  return `${message.sentTimestamp} ${message.id}`;
}

/** The rows of a thread, oldest first. */
export function threadRows(content: ThreadContent): readonly ThreadRow[] {
  const chips = chipsByMessage(content);
  const rows: ThreadRow[] = [];
  let above: StampedMessage | undefined;
  for (const message of content.messages.toReversed()) {
    const isNewDay =
      above === undefined
        ? !content.hasOlder
        : localDay(above.sentTimestamp) !== localDay(message.sentTimestamp);
    const instant = message.sentTimestamp;
    if (isNewDay) rows.push({ kind: 'day', key: `day ${localDay(instant)}`, instant });
    const key = messageKey(message);
    rows.push({
      kind: 'message',
      key,
      message,
      text: cachedText(message),
      isOwn: content.ownSenderIds.has(message.senderId),
      isGroupStart: isNewDay || content.groupStarts.has(key) || !isSameGroup(above, message),
      reactions: chips.get(key) ?? [],
    });
    above = message;
  }
  return rows;
}

/** A guess of the height of a row in pixels, used until it was measured. */
export function estimateRowHeight(row: ThreadRow): number {
  if (row.kind === 'day') return 52;
  const lines = row.text
    .split('\n')
    .reduce((sum, line) => sum + 1 + Math.floor(line.length / 60), 0);
  const name = row.isGroupStart ? (row.isOwn ? 10 : 32) : 0;
  return 38 + lines * 22 + name + (row.reactions.length > 0 ? 30 : 0);
}

function isSameGroup(above: StampedMessage | undefined, message: StampedMessage): boolean {
  if (above?.senderId !== message.senderId) return false;
  return Date.parse(message.sentTimestamp) - Date.parse(above.sentTimestamp) < GROUP_GAP_MS;
}

function cachedText(message: StampedMessage): string {
  const known = texts.get(message);
  if (known !== undefined) return known;
  const text = messageText(message);
  texts.set(message, text);
  return text;
}

function chipsByMessage(content: ThreadContent): ReadonlyMap<string, readonly ReactionChip[]> {
  const senders = new Map<string, Map<string, string[]>>();
  for (const { sentTimestamp, messageId, emoji, senderId } of content.reactions) {
    if (emoji === null) continue;
    const key = messageKey({ sentTimestamp, id: messageId });
    const byEmoji = senders.get(key) ?? new Map<string, string[]>();
    senders.set(key, byEmoji.set(emoji, [...(byEmoji.get(emoji) ?? []), senderId]));
  }
  const toChip = ([emoji, names]: readonly [string, readonly string[]]): ReactionChip => ({
    emoji,
    count: names.length,
    isOwn: names.some((name) => content.ownSenderIds.has(name)),
    senders: names.map(content.nameOf).join(', '),
  });
  return new Map([...senders].map(([key, byEmoji]) => [key, [...byEmoji].map(toChip)]));
}
