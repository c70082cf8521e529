import { uuidToStamp } from '../database/stamp-uuid.ts';
import { type ChangesView } from '../database/tables.ts';

/** A row of a view of changes, with the URN of its conversation. */
export interface ChangeRow extends ChangesView {
  readonly urn: string;
}

/** The JSON text of the change that a row tells (docs/protocol.md, "Changes"); made once, whoever gets it. */
export function changeToJson(row: ChangeRow): string {
  return JSON.stringify(changeOf(row));
}

function changeOf(row: ChangeRow): object {
  const { urn: conversationUrn, user_id: userId, word } = row;
  switch (row.kind) {
    case 'message':
      return row.deleted_ms === null
        ? { kind: 'message', message: messageOf(row) }
        : { kind: 'tombstone', tombstone: tombstoneOf(row) };
    case 'reaction': {
      const { messageId, sentTimestamp } = messageRefOf(row);
      const ref = { conversationUrn, sentTimestamp, messageId };
      return {
        kind: 'reaction',
        reaction: { ...ref, senderId: userId, emoji: word, ...stampOf(row) },
      };
    }
    case 'story':
      return storyOf(row);
    case 'conversation':
      return {
        kind: 'conversation',
        conversation: { conversationUrn, title: word, createdBy: userId, ...stampOf(row) },
      };
    case 'member':
      return { kind: 'member', member: { conversationUrn, userId, role: word, ...stampOf(row) } };
    case 'read':
      return { kind: 'read', read: { conversationUrn, upTo: instantOf(row.at_ms) } };
  }
}

function messageOf(row: ChangeRow): object {
  return {
    ...(row.extra === null ? {} : (JSON.parse(row.extra) as object)),
    conversationUrn: row.urn,
    ...(row.expires_ms === null ? {} : { expiresAt: instantOf(row.expires_ms) }),
    id: row.id,
    ...payloadOf(row),
    senderId: row.user_id,
    sentTimestamp: instantOf(row.at_ms),
    ...stampOf(row),
    ...(row.tags === null ? {} : { tags: row.tags }),
    typeId: row.type_id,
  };
}

function tombstoneOf(row: ChangeRow): object {
  const deletedAt = instantOf(row.deleted_ms);
  return { conversationUrn: row.urn, ...messageRefOf(row), deletedAt, ...stampOf(row) };
}

function storyOf(row: ChangeRow): object {
  const story = { id: row.id, conversationUrn: row.urn, senderId: row.user_id, ...stampOf(row) };
  if (row.deleted_ms !== null) return { kind: 'story-deleted', story };
  return {
    kind: 'story',
    story: {
      ...story,
      typeId: row.type_id,
      postedAt: instantOf(row.at_ms),
      ...payloadOf(row),
      expiresAt: instantOf(row.expires_ms),
    },
  };
}

const messageRefOf = (row: ChangeRow) => ({
  sentTimestamp: instantOf(row.at_ms),
  messageId: row.id,
});

const payloadOf = ({ payload_text: text, payload_bytes: bytes }: ChangeRow): object =>
  text === null
    ? { payloadBytes: Buffer.from(bytes ?? new Uint8Array()).toString('base64') }
    : { payloadText: text };

const stampOf = ({ stamp }: ChangeRow): object => ({ stamp: uuidToStamp(stamp ?? '') });

const instantOf = (ms: ChangeRow['at_ms']): string => new Date(Number(ms)).toISOString();
