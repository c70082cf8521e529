/** The tables of one account; those of another are never read. */
export interface LiveTables {
  /** Operations that the server has not answered, by stamp and id. */
  readonly outbox: string;
  /** Operations that it refused, by id. */
  readonly rejected: string;
  /** What is known of a conversation besides its messages, by URN. */
  readonly conversations: string;
  /** By URN and id. */
  readonly stories: string;
  /** How far it was said that a conversation is read, by URN. */
  readonly marks: string;
  /** Messages that were renewed, with what is in their place, by URN and id. */
  readonly renewed: string;
  /** The cursor. */
  readonly state: string;
}

/** The names of the tables of an account. */
export const liveTables = (userId: string): LiveTables => ({
  outbox: `live.outbox/${userId}`,
  rejected: `live.rejected/${userId}`,
  conversations: `live.conversations/${userId}`,
  stories: `live.stories/${userId}`,
  marks: `live.marks/${userId}`,
  renewed: `live.renewed/${userId}`,
  state: `live.state/${userId}`,
});

/** The id of a story's row: those of a conversation stand together. */
export const storyId = (conversationUrn: string, id: string): string =>
  `${conversationUrn}\u0000${id}`;
