import { partitionOf, type StampedMessage } from '@chat-vault/core';
import { BOTTOM_POSITION, type MessagePosition } from '../port/coverage.js';
import { compareText, isMessage, isReaction, type PageRecord } from './page-record.js';
import { type ConversationRow } from './schema.js';

/** What a transaction changed, over all its conversations; becomes an `ApplyResult`. */
export interface ChangeCounts {
  messagesNew: number;
  messagesUpdated: number;
  messagesDeleted: number;
  reactionsChanged: number;
}

/** Order of two places in a conversation. */
export const comparePositions = (a: MessagePosition, b: MessagePosition): number =>
  compareText(a.sentTimestamp, b.sentTimestamp) || compareText(a.id, b.id);

/** The row of a conversation that was never seen. */
export const newConversation = (urn: string): ConversationRow => ({
  urn,
  records: 0,
  months: {},
  catalogLast: '',
  unread: 0,
  cleared: [],
});

/** Keeps the row of a conversation true while its records change. */
export class ConversationTally {
  readonly row: ConversationRow;
  isChanged = false;
  /** Whether the newest message was deleted, so the one before it must be looked up. */
  hasLostLast = false;
  readonly #counts: ChangeCounts;
  readonly #ownSenderIds: ReadonlySet<string>;

  constructor(row: ConversationRow, counts: ChangeCounts, ownSenderIds: ReadonlySet<string>) {
    this.row = row;
    this.#counts = counts;
    this.#ownSenderIds = ownSenderIds;
  }

  /** One key holds `after` where it held `before`; not both are `undefined`. */
  change(before: PageRecord | undefined, after: PageRecord | undefined): void {
    this.isChanged = true;
    this.row.records += (after ? 1 : 0) - (before ? 1 : 0);
    if (isReaction((after ?? before) as PageRecord)) {
      this.#counts.reactionsChanged++;
      return;
    }
    const was = before && isMessage(before) ? before : undefined;
    const is = after && isMessage(after) ? after : undefined;
    if (was && is) this.#counts.messagesUpdated++;
    else if (is) this.#counts.messagesNew++;
    else if (was) this.#counts.messagesDeleted++;
    this.#countMonth(was, is);
    this.#countUnread(was, is);
    this.#followLast(was, is);
  }

  /** A message that expired long ago was taken out; not a deletion that anybody is told of. */
  forgetExpired(message: StampedMessage): void {
    const deleted = this.#counts.messagesDeleted;
    this.change(message, undefined);
    this.#counts.messagesDeleted = deleted;
  }

  /** A catalog of the cloud names this conversation. */
  seeInCatalog(last: string): void {
    if (last <= this.row.catalogLast) return;
    this.row.catalogLast = last;
    this.isChanged = true;
  }

  /**
   * Sets the read marker of a conversation that is seen for the first time: at its newest message when it came from a
   * cloud, since a person who restores a device has read it elsewhere; below all when its messages arrive here.
   */
  placeReadMarker(origin: 'cloud' | 'here'): void {
    const { row } = this;
    if (row.read || !(row.lastMessage || row.catalogLast)) return;
    this.isChanged = true;
    row.read = BOTTOM_POSITION;
    if (origin === 'here') return;
    const inCatalog = { sentTimestamp: row.catalogLast, id: '\uffff' };
    const here = row.lastMessage ?? BOTTOM_POSITION;
    const { sentTimestamp, id } = comparePositions(here, inCatalog) > 0 ? here : inCatalog;
    row.read = { sentTimestamp, id };
    row.unread = 0;
    delete row.unreadExpiresAt;
  }

  #countMonth(was: StampedMessage | undefined, is: StampedMessage | undefined): void {
    const difference = (is ? 1 : 0) - (was ? 1 : 0);
    if (difference === 0) return;
    const { months } = this.row;
    const month = partitionOf(((is ?? was) as StampedMessage).sentTimestamp);
    const count = (months[month] ?? 0) + difference;
    if (count > 0) months[month] = count;
    else delete months[month];
  }

  #countUnread(was: StampedMessage | undefined, is: StampedMessage | undefined): void {
    const { row } = this;
    const message = is ?? was;
    if (!message || this.#ownSenderIds.has(message.senderId)) return;
    if (row.read && comparePositions(message, row.read) <= 0) return;
    row.unread = Math.max(0, row.unread + (is ? 1 : 0) - (was ? 1 : 0));
    const { expiresAt } = message;
    if (is && expiresAt && !(row.unreadExpiresAt && row.unreadExpiresAt <= expiresAt)) {
      row.unreadExpiresAt = expiresAt;
    }
  }

  #followLast(was: StampedMessage | undefined, is: StampedMessage | undefined): void {
    const { row } = this;
    if (is) {
      if (!row.lastMessage || comparePositions(is, row.lastMessage) >= 0) row.lastMessage = is;
    } else if (was && row.lastMessage && comparePositions(was, row.lastMessage) === 0) {
      delete row.lastMessage;
      this.hasLostLast = true;
    }
  }
}
