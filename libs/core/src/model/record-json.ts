import { jsonAsciiBytes, jsonTextBytes } from '../json/text.js';
import { withoutKnown } from '../json/unknown-fields.js';
import { toBase64 } from './base64.js';
import {
  CLEARING_FIELDS,
  MESSAGE_FIELDS,
  REACTION_FIELDS,
  TOMBSTONE_FIELDS,
} from './record-fields.js';
import {
  type ClearedConversation,
  type MessageTombstone,
  type Reaction,
  type StampedMessage,
} from './records.js';
import { textOf } from './utf8-payload.js';

/** Any record of a vault. */
export type VaultRecord = StampedMessage | MessageTombstone | Reaction | ClearedConversation;

type Json = Readonly<Record<string, unknown>>;

/**
 * The JSON form of a record: unknown fields beside the known ones, which they never shadow, and a payload that is UTF-8 as text
 * (docs/vault-format.md, "ChatVault"). Fields are in canonical order.
 */
export function recordToJson(record: VaultRecord): Json {
  if ('payloadBytes' in record) return messageToJson(record);
  if ('emoji' in record) return reactionToJson(record);
  return 'messageId' in record ? tombstoneToJson(record) : clearingToJson(record);
}

function messageToJson(message: StampedMessage): Json {
  const { payloadBytes, expiresAt, tags } = message;
  const text = textOf(payloadBytes);
  const json = {
    conversationUrn: message.conversationUrn,
    ...(expiresAt === undefined ? undefined : { expiresAt }),
    id: message.id,
    ...(text === null ? { payloadBytes: toBase64(payloadBytes) } : { payloadText: text }),
    senderId: message.senderId,
    sentTimestamp: message.sentTimestamp,
    stamp: message.stamp,
    ...(tags === undefined ? undefined : { tags }),
    typeId: message.typeId,
  };
  return withUnknown(json, message, MESSAGE_FIELDS);
}

function tombstoneToJson(tombstone: MessageTombstone): Json {
  const { conversationUrn, deletedAt, messageId, sentTimestamp, stamp } = tombstone;
  const json = { conversationUrn, deletedAt, messageId, sentTimestamp, stamp };
  return withUnknown(json, tombstone, TOMBSTONE_FIELDS);
}

function reactionToJson(reaction: Reaction): Json {
  const { conversationUrn, emoji, messageId, senderId, sentTimestamp, stamp } = reaction;
  const json = { conversationUrn, emoji, messageId, senderId, sentTimestamp, stamp };
  return withUnknown(json, reaction, REACTION_FIELDS);
}

function clearingToJson(clearing: ClearedConversation): Json {
  const { conversationUrn, deletedAt, stamp, upTo } = clearing;
  return withUnknown({ conversationUrn, deletedAt, stamp, upTo }, clearing, CLEARING_FIELDS);
}

function withUnknown(json: Json, record: VaultRecord, known: ReadonlySet<string>): Json {
  return record.extra === undefined ? json : { ...withoutKnown(record.extra, known), ...json };
}

/** JSON of a record without the values of varying length: names, stamp, instants and the comma after it. */
const MESSAGE_BYTES = 153;
const TOMBSTONE_BYTES = 161;
const REACTION_BYTES = 143;
const CLEARING_BYTES = 139;
const EXPIRES_BYTES = 39;
const TAGS_BYTES = 10;

/** At most how many bytes of JSON a record and a comma are, without making them; close for what people write. */
export function jsonBytes(record: VaultRecord): number {
  let bytes = jsonTextBytes(record.conversationUrn);
  if ('payloadBytes' in record) bytes += messageBytes(record);
  else if ('emoji' in record)
    bytes +=
      REACTION_BYTES +
      jsonTextBytes(record.messageId) +
      jsonTextBytes(record.senderId) +
      jsonTextBytes(record.emoji ?? 'null');
  else if ('messageId' in record) bytes += TOMBSTONE_BYTES + jsonTextBytes(record.messageId);
  else bytes += CLEARING_BYTES;
  const { extra } = record;
  return extra === undefined ? bytes : bytes + jsonTextBytes(JSON.stringify(extra));
}

function messageBytes(message: StampedMessage): number {
  const { id, senderId, typeId, tags, expiresAt, payloadBytes } = message;
  let bytes = MESSAGE_BYTES + payloadJsonBytes(payloadBytes);
  bytes += jsonTextBytes(id) + jsonTextBytes(senderId) + jsonTextBytes(typeId);
  if (expiresAt !== undefined) bytes += EXPIRES_BYTES;
  if (tags === undefined) return bytes;
  return tags.reduce((sum, tag) => sum + 1 + jsonTextBytes(tag), bytes + TAGS_BYTES);
}

function payloadJsonBytes(payload: Uint8Array): number {
  let asText = 2;
  let isAscii = true;
  for (const byte of payload) {
    if (byte < 0x80) asText += jsonAsciiBytes(byte);
    else {
      asText += 1;
      isAscii = false;
    }
  }
  return isAscii ? asText : Math.max(asText, 4 * Math.ceil(payload.length / 3) + 2);
}
