import { type ChatMessage, parseStamp, type StampedMessage } from '@chat-vault/core';
import { randomHex, seededRandom } from './seeded-random.ts';

/** A history of years, as large as a test wants it. */
export interface HistoryShape {
  readonly seed: number;
  /** First month, `2014-01`. */
  readonly firstMonth: string;
  readonly months: number;
  readonly conversations: number;
  readonly messagesAMonth: number;
  /** Runs that each month is in, about equally large; default 1. */
  readonly runsAMonth?: number;
  /** Messages whose texts, drawn at random, the history is made of. */
  readonly texts: readonly ChatMessage[];
}

/** The months of the history, ascending. */
export function historyMonths({ firstMonth, months }: HistoryShape): readonly string[] {
  const [year = 0, month = 0] = firstMonth.split('-').map(Number);
  return Array.from({ length: months }, (_, index) =>
    new Date(Date.UTC(year, month - 1 + index)).toISOString().slice(0, 7),
  );
}

/** The conversation of this rank, the busiest being 0. */
export const conversationOf = (rank: number): string =>
  `urn:chat:room:Team ${String(rank).padStart(3, '0')}/General`;

/**
 * One month in the order of keys. How busy a conversation is falls with its rank (Zipf), every one has some messages each
 * month, and each month follows from seed and name alone.
 */
export function historyMonth(shape: HistoryShape, month: string): readonly StampedMessage[] {
  const [year = 0, number = 0] = month.split('-').map(Number);
  const start = Date.UTC(year, number - 1);
  const length = Date.UTC(year, number) - start;
  const random = seededRandom(shape.seed * 1_000_003 + year * 12 + number);
  const messages: StampedMessage[] = [];
  sharesOf(shape).forEach((count, rank) => {
    const times = Array.from({ length: count }, () => start + Math.floor(random() * length));
    const ordered = times
      .sort((a, b) => a - b)
      .map((time) => messageAt(shape, rank, time, random))
      .sort(byPlace);
    for (const message of ordered) messages.push(message);
  });
  return messages;
}

/** The order of a conversation: by instant, then by id. */
const byPlace = (a: StampedMessage, b: StampedMessage): number =>
  a.sentTimestamp === b.sentTimestamp
    ? Number(a.id > b.id) - Number(a.id < b.id)
    : Number(a.sentTimestamp > b.sentTimestamp) - Number(a.sentTimestamp < b.sentTimestamp);

/** How many of a month's messages each conversation has. */
function sharesOf({ conversations, messagesAMonth }: HistoryShape): readonly number[] {
  const weights = Array.from({ length: conversations }, (_, rank) => 1 / (rank + 1));
  const whole = weights.reduce((sum, weight) => sum + weight, 0);
  const counts = weights.map((weight) =>
    Math.max(1, Math.floor((weight / whole) * messagesAMonth)),
  );
  const rest = messagesAMonth - counts.reduce((sum, count) => sum + count, 0);
  return counts.map((count, rank) => (rank === 0 ? count + rest : count));
}

function messageAt(
  { texts }: HistoryShape,
  rank: number,
  time: number,
  random: () => number,
): StampedMessage {
  const text = texts[Math.floor(random() * texts.length)] as ChatMessage;
  const device = Math.floor(random() * 3) + 1;
  const sent = time.toString(16).padStart(12, '0');
  return {
    id: Math.floor(time / 1000).toString(16) + randomHex(random, 16),
    conversationUrn: conversationOf(rank),
    senderId: text.senderId,
    typeId: 'text/plain',
    sentTimestamp: new Date(time).toISOString(),
    payloadBytes: text.payloadBytes,
    stamp: parseStamp(`${sent}-0000-${String(device).padStart(16, 'a')}`),
  };
}
