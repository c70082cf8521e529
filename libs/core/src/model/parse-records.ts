import { parseStamp, type Stamp } from '../clock/stamp.js';
import { MAX_TAGS } from '../format/limits.js';
import {
  type JsonObject,
  malformed,
  ownField,
  readInstant,
  readObject,
  readText,
} from '../json/read-json.js';
import { readUnknown } from '../json/unknown-fields.js';
import { copyPayload, readPayload } from './payload.js';
import {
  CLEARING_FIELDS,
  MESSAGE_FIELDS,
  REACTION_FIELDS,
  TOMBSTONE_FIELDS,
} from './record-fields.js';
import {
  type ChatMessage,
  type ClearedConversation,
  type MessageRef,
  type MessageTombstone,
  type Reaction,
  type StampedMessage,
} from './records.js';

type Writable<Type> = { -readonly [Key in keyof Type]: Type[Key] };

/**
 * A message as an app saves it: fresh, its bytes and tags copied, other fields left out. Ids, urn and type are texts of 1 to 512
 * UTF-16 units without U+0000 and lone surrogates, instants exactly `YYYY-MM-DDTHH:mm:ss.sssZ`, the payload at most 1 MiB,
 * at most 64 tags.
 * @throws FormatError `malformed`; `details.field` names the field
 */
export function parseChatMessage(value: unknown): ChatMessage {
  const object = readObject(value, 'message');
  const message: Writable<ChatMessage> = {
    id: readText(ownField(object, 'id'), 'id'),
    conversationUrn: readText(ownField(object, 'conversationUrn'), 'conversationUrn'),
    senderId: readText(ownField(object, 'senderId'), 'senderId'),
    typeId: readText(ownField(object, 'typeId'), 'typeId'),
    sentTimestamp: readInstant(ownField(object, 'sentTimestamp'), 'sentTimestamp'),
    payloadBytes: copyPayload(ownField(object, 'payloadBytes')),
  };
  readOptional(object, message);
  return message;
}

/** The three parts of a message's key, of a message or of a mere reference. @throws FormatError `malformed`; `details.field` names the field */
export function parseMessageRef(value: unknown): MessageRef {
  const object = readObject(value, 'message');
  return {
    conversationUrn: readText(ownField(object, 'conversationUrn'), 'conversationUrn'),
    sentTimestamp: readInstant(ownField(object, 'sentTimestamp'), 'sentTimestamp'),
    id: readText(ownField(object, 'id'), 'id'),
  };
}

/** A message from JSON. @throws FormatError `malformed` */
export function parseStampedMessage(value: unknown): StampedMessage {
  const object = readObject(value, 'message');
  const message: Writable<StampedMessage> = {
    id: readText(ownField(object, 'id'), 'id'),
    conversationUrn: readText(ownField(object, 'conversationUrn'), 'conversationUrn'),
    senderId: readText(ownField(object, 'senderId'), 'senderId'),
    typeId: readText(ownField(object, 'typeId'), 'typeId'),
    sentTimestamp: readInstant(ownField(object, 'sentTimestamp'), 'sentTimestamp'),
    payloadBytes: readPayload(object),
    stamp: readStamp(object),
  };
  readOptional(object, message);
  keepUnknown(object, MESSAGE_FIELDS, message);
  return message;
}

/** A tombstone from JSON. @throws FormatError `malformed` */
export function parseTombstone(value: unknown): MessageTombstone {
  const object = readObject(value, 'tombstone');
  const tombstone: Writable<MessageTombstone> = {
    conversationUrn: readText(ownField(object, 'conversationUrn'), 'conversationUrn'),
    sentTimestamp: readInstant(ownField(object, 'sentTimestamp'), 'sentTimestamp'),
    messageId: readText(ownField(object, 'messageId'), 'messageId'),
    deletedAt: readInstant(ownField(object, 'deletedAt'), 'deletedAt'),
    stamp: readStamp(object),
  };
  keepUnknown(object, TOMBSTONE_FIELDS, tombstone);
  return tombstone;
}

/** A reaction from JSON. @throws FormatError `malformed` */
export function parseReaction(value: unknown): Reaction {
  const object = readObject(value, 'reaction');
  const emoji = ownField(object, 'emoji');
  const reaction: Writable<Reaction> = {
    conversationUrn: readText(ownField(object, 'conversationUrn'), 'conversationUrn'),
    sentTimestamp: readInstant(ownField(object, 'sentTimestamp'), 'sentTimestamp'),
    messageId: readText(ownField(object, 'messageId'), 'messageId'),
    senderId: readText(ownField(object, 'senderId'), 'senderId'),
    emoji: emoji === null ? null : readText(emoji, 'emoji'),
    stamp: readStamp(object),
  };
  keepUnknown(object, REACTION_FIELDS, reaction);
  return reaction;
}

/** A clearing from JSON. @throws FormatError `malformed` */
export function parseClearing(value: unknown): ClearedConversation {
  const object = readObject(value, 'clearing');
  const clearing: Writable<ClearedConversation> = {
    conversationUrn: readText(ownField(object, 'conversationUrn'), 'conversationUrn'),
    upTo: readInstant(ownField(object, 'upTo'), 'upTo'),
    deletedAt: readInstant(ownField(object, 'deletedAt'), 'deletedAt'),
    stamp: readStamp(object),
  };
  keepUnknown(object, CLEARING_FIELDS, clearing);
  return clearing;
}

const readStamp = (object: JsonObject): Stamp => parseStamp(ownField(object, 'stamp'));

function readOptional(object: JsonObject, message: Writable<ChatMessage>): void {
  const tags = ownField(object, 'tags');
  if (tags !== undefined) message.tags = readTags(tags);
  const expiresAt = ownField(object, 'expiresAt');
  if (expiresAt !== undefined) message.expiresAt = readInstant(expiresAt, 'expiresAt');
}

function readTags(value: unknown): readonly string[] {
  if (!Array.isArray(value) || value.length > MAX_TAGS)
    throw malformed('tags', `a list of at most ${MAX_TAGS} texts`);
  return Array.from(value, (tag: unknown) => readText(tag, 'tags', { mayBeEmpty: true }));
}

function keepUnknown(
  object: JsonObject,
  known: ReadonlySet<string>,
  record: { extra?: JsonObject },
): void {
  const extra = readUnknown(object, known);
  if (extra !== undefined) record.extra = extra;
}
