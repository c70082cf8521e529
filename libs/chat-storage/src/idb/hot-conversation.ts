import { type LocatedPage } from './merge-into-pages.js';
import { type ConversationRow, type MetaRow } from './schema.js';

/** The row and newest page of a conversation, as they are after a commit. */
export interface HotConversation {
  /** The commit that they belong to: `revisionOf` its `meta`. */
  readonly revision: string;
  readonly row: ConversationRow;
  readonly newest: LocatedPage;
}

/** Tells one state of the store from every other: each transaction that writes pages or conversations counts on. */
export const revisionOf = ({ deviceId, writes }: MetaRow): string => `${deviceId} ${writes}`;

/**
 * Keeps in memory what was written last, so that the next message of the same conversation is appended without reading it
 * back. Another tab may have written since; therefore the revision is compared within the transaction.
 */
export class LastWritten {
  #held: HotConversation | undefined;

  /** Hands it over when it is of this conversation. It is kept no longer: the caller may change it, and fail. */
  take(conversationUrn: string): HotConversation | undefined {
    const held = this.#held;
    this.#held = undefined;
    return held?.row.urn === conversationUrn ? held : undefined;
  }

  /** To be called after the commit. */
  keep(written: HotConversation | undefined): void {
    this.#held = written;
  }
}
