import { type MessageRef } from './records.js';

/** Unique text of a message's key. The parts hold no U+0000. */
export const messageKey = (ref: MessageRef): string =>
  `${ref.conversationUrn}\u0000${ref.sentTimestamp}\u0000${ref.id}`;

/** The UTC month that a record of this instant belongs to, `2024-01`. */
export const partitionOf = (sentTimestamp: string): string => sentTimestamp.slice(0, 7);

/** Orders texts by UTF-16 code units, as the format does everywhere. */
export const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
