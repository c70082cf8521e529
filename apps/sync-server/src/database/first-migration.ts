import { sql } from 'kysely';
import { type Db } from './tables.ts';

/** Every change of a row gets its place in the order of all changes: the transaction, and a number within. */
const POSITION = `
  txid xid8 NOT NULL DEFAULT pg_current_xact_id(),
  seq bigint NOT NULL DEFAULT nextval('change_seq')`;

const TABLES = `
CREATE SEQUENCE change_seq CACHE 32;

CREATE TABLE sync_state (
  is_only_row boolean PRIMARY KEY DEFAULT true CHECK (is_only_row),
  epoch bigint NOT NULL
);
INSERT INTO sync_state (epoch) VALUES (1);

CREATE TABLE conversations (
  no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  urn text NOT NULL UNIQUE,
  title text,
  created_by text NOT NULL,
  stamp uuid NOT NULL,${POSITION}
);
CREATE INDEX conversations_place ON conversations (txid, seq);

CREATE TABLE members (
  conversation_no bigint NOT NULL REFERENCES conversations,
  user_id text NOT NULL,
  role text CHECK (role IN ('owner', 'member')),
  stamp uuid NOT NULL,
  joined_txid xid8 NOT NULL DEFAULT pg_current_xact_id(),
  joined_seq bigint NOT NULL,${POSITION},
  PRIMARY KEY (user_id, conversation_no)
);
CREATE INDEX members_place_in_conversation ON members (conversation_no, txid, seq);
CREATE INDEX members_place ON members (txid, seq);

-- No foreign key from here on: conversations are never removed, and a check for each row would cost a flush a fifth of its time.
CREATE TABLE messages (
  conversation_no bigint NOT NULL,
  sent_ms bigint NOT NULL,
  id uuid NOT NULL,
  sender_id text NOT NULL,
  type_id text,
  payload_text text,
  payload_bytes bytea,
  tags text[],
  expires_ms bigint,
  extra text,
  deleted_ms bigint,
  stamp uuid NOT NULL,${POSITION},
  PRIMARY KEY (conversation_no, sent_ms, id)
);
CREATE INDEX messages_place_in_conversation ON messages (conversation_no, txid, seq);
CREATE INDEX messages_place ON messages (txid, seq);

CREATE TABLE reactions (
  conversation_no bigint NOT NULL,
  sent_ms bigint NOT NULL,
  message_id uuid NOT NULL,
  sender_id text NOT NULL,
  emoji text,
  stamp uuid NOT NULL,${POSITION},
  PRIMARY KEY (conversation_no, sent_ms, message_id, sender_id)
);
CREATE INDEX reactions_place_in_conversation ON reactions (conversation_no, txid, seq);
CREATE INDEX reactions_place ON reactions (txid, seq);

CREATE TABLE stories (
  conversation_no bigint NOT NULL,
  id uuid NOT NULL,
  sender_id text NOT NULL,
  type_id text NOT NULL,
  posted_ms bigint NOT NULL,
  expires_ms bigint NOT NULL,
  payload_text text,
  payload_bytes bytea,
  is_deleted boolean NOT NULL DEFAULT false,
  stamp uuid NOT NULL,${POSITION},
  PRIMARY KEY (conversation_no, id)
);
CREATE INDEX stories_place_in_conversation ON stories (conversation_no, txid, seq);
CREATE INDEX stories_place ON stories (txid, seq);
CREATE INDEX stories_end ON stories (expires_ms);

CREATE TABLE reads (
  user_id text NOT NULL,
  conversation_no bigint NOT NULL,
  up_to_ms bigint NOT NULL,${POSITION},
  PRIMARY KEY (user_id, conversation_no)
);
CREATE INDEX reads_place ON reads (txid, seq);
`;

/** The columns of a view of changes, in order; what a view does not name is NULL. */
const COLUMNS = {
  id: 'uuid',
  at_ms: 'bigint',
  user_id: 'text',
  type_id: 'text',
  payload_text: 'text',
  payload_bytes: 'bytea',
  tags: 'text[]',
  expires_ms: 'bigint',
  extra: 'text',
  deleted_ms: 'bigint',
  word: 'text',
  stamp: 'uuid',
} as const;

type Projection = Readonly<Partial<Record<keyof typeof COLUMNS, string>>>;

const view = (kind: string, table: string, projection: Projection, no = 'conversation_no') => `
CREATE VIEW ${kind}_changes AS
SELECT '${kind}'::text AS kind, ${no} AS conversation_no, txid, seq, ${Object.entries(COLUMNS)
  .map(
    ([name, type]) => `${projection[name as keyof typeof COLUMNS] ?? 'NULL'}::${type} AS ${name}`,
  )
  .join(', ')}
FROM ${table};`;

const content = {
  type_id: 'type_id',
  payload_text: 'payload_text',
  payload_bytes: 'payload_bytes',
};

const VIEWS = [
  view('message', 'messages', {
    ...content,
    id: 'id',
    at_ms: 'sent_ms',
    user_id: 'sender_id',
    tags: 'tags',
    expires_ms: 'expires_ms',
    extra: 'extra',
    deleted_ms: 'deleted_ms',
    stamp: 'stamp',
  }),
  view('reaction', 'reactions', {
    id: 'message_id',
    at_ms: 'sent_ms',
    user_id: 'sender_id',
    word: 'emoji',
    stamp: 'stamp',
  }),
  view('story', 'stories', {
    ...content,
    id: 'id',
    at_ms: 'posted_ms',
    user_id: 'sender_id',
    expires_ms: 'expires_ms',
    deleted_ms: '(CASE WHEN is_deleted THEN 0 END)',
    stamp: 'stamp',
  }),
  view(
    'conversation',
    'conversations',
    { user_id: 'created_by', word: 'title', stamp: 'stamp' },
    'no',
  ),
  view('member', 'members', { user_id: 'user_id', word: 'role', stamp: 'stamp' }),
  view('read', 'reads', { user_id: 'user_id', at_ms: 'up_to_ms' }),
].join('\n');

/** Makes all tables and views. */
export async function firstMigration(db: Db): Promise<void> {
  for (const part of [TABLES, VIEWS]) {
    for (const statement of statements(part)) await sql.raw(statement).execute(db);
  }
}

/** One by one, as prepared statements must be. */
function statements(text: string): readonly string[] {
  return text
    .replace(/^--.*$/gm, '')
    .split(/;\s*\n(?=\s*(?:CREATE|INSERT|$))/)
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '');
}
