import { type ColumnType, type Generated, type Kysely } from 'kysely';

/** A 64-bit number: each driver gives it in its own form, and takes a text. */
export type Int8 = ColumnType<string | number | bigint, string | number, string | number>;

/** The id of a transaction (`xid8`), which no driver knows: a text of digits. */
export type TransactionId = ColumnType<string, string | undefined, string>;

/** Where a row's last change is in the order of all changes: its transaction, and its place within. */
interface Position {
  readonly txid: TransactionId;
  readonly seq: ColumnType<string | number | bigint, string | undefined, string>;
}

/** Marks the lifetime of the cursors: another epoch, and every reader begins anew. */
interface SyncStateTable {
  readonly epoch: Int8;
}

interface ConversationsTable extends Position {
  readonly no: Generated<string | number | bigint>;
  readonly urn: string;
  readonly title: string | null;
  readonly created_by: string;
  /** 128 bits of a stamp: `stampToUuid`. */
  readonly stamp: string;
}

interface MembersTable extends Position {
  readonly conversation_no: Int8;
  readonly user_id: string;
  /** `null` for somebody who is no longer in the conversation. */
  readonly role: 'owner' | 'member' | null;
  readonly stamp: string;
  /** Where in the order of changes the person came in, last time. */
  readonly joined_txid: TransactionId;
  readonly joined_seq: Int8;
}

interface MessagesTable extends Position {
  readonly conversation_no: Int8;
  readonly sent_ms: Int8;
  readonly id: string;
  readonly sender_id: string;
  readonly type_id: string | null;
  readonly payload_text: string | null;
  readonly payload_bytes: Uint8Array | null;
  readonly tags: string[] | null;
  readonly expires_ms: Int8 | null;
  /** Fields that we do not know, as JSON text. */
  readonly extra: string | null;
  /** Set in a tombstone, which has no content. */
  readonly deleted_ms: Int8 | null;
  readonly stamp: string;
}

interface ReactionsTable extends Position {
  readonly conversation_no: Int8;
  readonly sent_ms: Int8;
  readonly message_id: string;
  readonly sender_id: string;
  readonly emoji: string | null;
  readonly stamp: string;
}

interface StoriesTable extends Position {
  readonly conversation_no: Int8;
  readonly id: string;
  readonly sender_id: string;
  readonly type_id: string;
  readonly posted_ms: Int8;
  readonly expires_ms: Int8;
  readonly payload_text: string | null;
  readonly payload_bytes: Uint8Array | null;
  readonly is_deleted: boolean;
  readonly stamp: string;
}

interface ReadsTable extends Position {
  readonly user_id: string;
  readonly conversation_no: Int8;
  readonly up_to_ms: Int8;
}

/** What all views of changes show, so that changes of every kind can be read as one list. */
export interface ChangesView {
  readonly kind: 'message' | 'reaction' | 'story' | 'conversation' | 'member' | 'read';
  readonly conversation_no: string | number | bigint;
  readonly txid: string;
  readonly seq: string | number | bigint;
  /** Of the message, or of the story. */
  readonly id: string | null;
  /** When it was sent or posted, or up to when it is read. */
  readonly at_ms: string | number | bigint | null;
  /** The sender, the creator, the member or the reader. */
  readonly user_id: string;
  readonly type_id: string | null;
  readonly payload_text: string | null;
  readonly payload_bytes: Uint8Array | null;
  readonly tags: string[] | null;
  readonly expires_ms: string | number | bigint | null;
  readonly extra: string | null;
  readonly deleted_ms: string | number | bigint | null;
  /** The emoji, the title or the role. */
  readonly word: string | null;
  readonly stamp: string | null;
}

/** The tables and views of the server (see the migrations). */
export interface Tables {
  readonly sync_state: SyncStateTable;
  readonly conversations: ConversationsTable;
  readonly members: MembersTable;
  readonly messages: MessagesTable;
  readonly reactions: ReactionsTable;
  readonly stories: StoriesTable;
  readonly reads: ReadsTable;
  readonly message_changes: ChangesView;
  readonly reaction_changes: ChangesView;
  readonly story_changes: ChangesView;
  readonly conversation_changes: ChangesView;
  readonly member_changes: ChangesView;
  readonly read_changes: ChangesView;
}

/** The database as the rest of the server sees it. */
export type Db = Kysely<Tables>;
