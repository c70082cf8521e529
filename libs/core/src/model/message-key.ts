import { type MessageRef } from './records.js';

/** Unique text of a message's key: the three parts, none of which holds the U+0000 between them. For a tombstone or reaction `id` is its `messageId`. */
export const messageKey = (ref: MessageRef): string =>
  `${ref.conversationUrn}\u0000${ref.sentTimestamp}\u0000${ref.id}`;

/** The UTC month that a record of this instant belongs to, `2024-01`. */
export const partitionOf = (sentTimestamp: string): string => sentTimestamp.slice(0, 7);
