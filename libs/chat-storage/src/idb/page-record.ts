import {
  EMPTY_CONTENT,
  type MessageTombstone,
  type Reaction,
  type StampedMessage,
  type VaultContent,
} from '@chat-vault/core';

/** What lives in pages: a version of a message (itself or its tombstone), or a reaction to one. */
export type PageRecord = StampedMessage | MessageTombstone | Reaction;

/** Whether a record is a reaction. */
export const isReaction = (record: PageRecord): record is Reaction => 'emoji' in record;

/** Whether a record is a message that exists (not its tombstone). */
export const isMessage = (record: PageRecord): record is StampedMessage => 'id' in record;

/** Id of the message that a record is, deletes or reacts to. */
export const messageIdOf = (record: PageRecord): string =>
  'id' in record ? record.id : record.messageId;

/** Order of code units, as IndexedDB orders strings. */
export const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Order within a conversation: by message key; the version of the message, then its reactions by sender. */
export const compareRecords = (a: PageRecord, b: PageRecord): number =>
  compareText(a.sentTimestamp, b.sentTimestamp) ||
  compareText(messageIdOf(a), messageIdOf(b)) ||
  compareText(reactionSender(a), reactionSender(b));

/** A reader's senders are never empty, so the version of the message comes first. */
const reactionSender = (record: PageRecord): string => (isReaction(record) ? record.senderId : '');

/** Records as the content of a vault, each array in the order given. */
export const contentOfRecords = (records: readonly PageRecord[]): VaultContent => ({
  ...EMPTY_CONTENT,
  messages: records.filter(isMessage),
  tombstones: records.filter(isTombstone),
  reactions: records.filter(isReaction),
});

const isTombstone = (record: PageRecord): record is MessageTombstone =>
  !isMessage(record) && !isReaction(record);
