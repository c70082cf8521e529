import { parseStamp } from '../clock/stamp.js';
import { MAX_PAYLOAD_BYTES, MAX_TAGS } from '../format/limits.js';
import {
  isWellFormed,
  type JsonObject,
  malformed,
  ownField,
  readExtra,
  readInstant,
  readList,
  readObject,
  readText,
} from '../json/read-json.js';
import {
  type ChatMessage,
  type ClearedConversation,
  type MessageRef,
  type MessageTombstone,
  type Reaction,
  type StampedMessage,
} from './records.js';
import { bytesOfText, fromBase64 } from './utf8-payload.js';

const MESSAGE_FIELDS = new Set(
  'id conversationUrn senderId typeId sentTimestamp payloadBytes payloadText tags expiresAt stamp'.split(
    ' ',
  ),
);
const TOMBSTONE_FIELDS = new Set(
  'conversationUrn sentTimestamp messageId deletedAt stamp'.split(' '),
);
const REACTION_FIELDS = new Set(
  'conversationUrn sentTimestamp messageId senderId emoji stamp'.split(' '),
);
const CLEARING_FIELDS = new Set('conversationUrn upTo deletedAt stamp'.split(' '));

/** A message as an app saves it; its bytes and lists are copied. @throws FormatError `malformed`, `details.field` names the field */
export function parseChatMessage(value: unknown): ChatMessage {
  const object = readObject(value, 'message');
  const payload = ownField(object, 'payloadBytes');
  if (!(payload instanceof Uint8Array)) throw malformed('payloadBytes', 'a Uint8Array');
  return { ...readMessageFields(object), payloadBytes: limited(payload.slice()) };
}

/** The three parts of a message's key. @throws FormatError `malformed`, `details.field` names the field */
export function parseMessageRef(value: unknown): MessageRef {
  const object = readObject(value, 'message');
  return {
    conversationUrn: readText(ownField(object, 'conversationUrn'), 'conversationUrn'),
    sentTimestamp: readInstant(ownField(object, 'sentTimestamp'), 'sentTimestamp'),
    id: readText(ownField(object, 'id'), 'id'),
  };
}

/** A message from JSON. @throws FormatError */
export function parseStampedMessage(value: unknown): StampedMessage {
  const object = readObject(value, 'message');
  const extra = readExtra(object, MESSAGE_FIELDS);
  return {
    ...readMessageFields(object),
    payloadBytes: readPayload(object),
    stamp: parseStamp(ownField(object, 'stamp')),
    ...(extra === undefined ? {} : { extra }),
  };
}

/** A tombstone from JSON. @throws FormatError */
export function parseTombstone(value: unknown): MessageTombstone {
  const object = readObject(value, 'tombstone');
  const extra = readExtra(object, TOMBSTONE_FIELDS);
  return {
    ...readTarget(object),
    deletedAt: readInstant(ownField(object, 'deletedAt'), 'deletedAt'),
    stamp: parseStamp(ownField(object, 'stamp')),
    ...(extra === undefined ? {} : { extra }),
  };
}

/** A reaction from JSON. @throws FormatError */
export function parseReaction(value: unknown): Reaction {
  const object = readObject(value, 'reaction');
  const extra = readExtra(object, REACTION_FIELDS);
  const emoji = ownField(object, 'emoji');
  return {
    ...readTarget(object),
    senderId: readText(ownField(object, 'senderId'), 'senderId'),
    emoji: emoji === null ? null : readText(emoji, 'emoji'),
    stamp: parseStamp(ownField(object, 'stamp')),
    ...(extra === undefined ? {} : { extra }),
  };
}

/** A clearing from JSON. @throws FormatError */
export function parseClearing(value: unknown): ClearedConversation {
  const object = readObject(value, 'clearing');
  const extra = readExtra(object, CLEARING_FIELDS);
  return {
    conversationUrn: readText(ownField(object, 'conversationUrn'), 'conversationUrn'),
    upTo: readInstant(ownField(object, 'upTo'), 'upTo'),
    deletedAt: readInstant(ownField(object, 'deletedAt'), 'deletedAt'),
    stamp: parseStamp(ownField(object, 'stamp')),
    ...(extra === undefined ? {} : { extra }),
  };
}

function readMessageFields(object: JsonObject): Omit<ChatMessage, 'payloadBytes'> {
  const tags = ownField(object, 'tags');
  const expiresAt = ownField(object, 'expiresAt');
  return {
    id: readText(ownField(object, 'id'), 'id'),
    conversationUrn: readText(ownField(object, 'conversationUrn'), 'conversationUrn'),
    senderId: readText(ownField(object, 'senderId'), 'senderId'),
    typeId: readText(ownField(object, 'typeId'), 'typeId'),
    sentTimestamp: readInstant(ownField(object, 'sentTimestamp'), 'sentTimestamp'),
    ...(tags === undefined
      ? {}
      : { tags: readList(tags, 'tags', (tag) => readText(tag, 'tags'), MAX_TAGS) }),
    ...(expiresAt === undefined ? {} : { expiresAt: readInstant(expiresAt, 'expiresAt') }),
  };
}

function readTarget(object: JsonObject): {
  readonly conversationUrn: string;
  readonly sentTimestamp: string;
  readonly messageId: string;
} {
  return {
    conversationUrn: readText(ownField(object, 'conversationUrn'), 'conversationUrn'),
    sentTimestamp: readInstant(ownField(object, 'sentTimestamp'), 'sentTimestamp'),
    messageId: readText(ownField(object, 'messageId'), 'messageId'),
  };
}

/** Text, base64, or (in old files) a list of numbers or an object of index → number. */
function readPayload(object: JsonObject): Uint8Array {
  const text = ownField(object, 'payloadText');
  if (text !== undefined) return limited(bytesOfText(readPayloadText(text)));
  const payload = ownField(object, 'payloadBytes');
  if (typeof payload === 'string') return limited(readBase64(payload));
  if (Array.isArray(payload)) return limited(readNumbers(payload));
  if (typeof payload === 'object' && payload !== null)
    return limited(readNumbers(numbersByIndex(payload)));
  throw malformed('payloadBytes', 'a payload');
}

/** Any well-formed text, U+0000 included: a payload is the app's own. */
function readPayloadText(text: unknown): string {
  if (typeof text !== 'string' || !isWellFormed(text))
    throw malformed('payloadText', 'a well-formed text');
  if (text.length > MAX_PAYLOAD_BYTES)
    throw malformed('payloadText', `at most ${MAX_PAYLOAD_BYTES} bytes`);
  return text;
}

function readBase64(text: string): Uint8Array {
  if (text.length > MAX_PAYLOAD_BYTES * 1.4)
    throw malformed('payloadBytes', 'a payload within the limit');
  try {
    return fromBase64(text);
  } catch {
    throw malformed('payloadBytes', 'base64');
  }
}

function readNumbers(numbers: readonly unknown[]): Uint8Array {
  if (numbers.length > MAX_PAYLOAD_BYTES)
    throw malformed('payloadBytes', 'a payload within the limit');
  const isByte = (value: unknown) =>
    typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 255;
  if (!numbers.every(isByte)) throw malformed('payloadBytes', 'a list of bytes');
  return Uint8Array.from(numbers as readonly number[]);
}

function numbersByIndex(payload: object): readonly unknown[] {
  const values = Object.entries(payload);
  const isInOrder = values.every(([key], index) => key === String(index));
  if (!isInOrder) throw malformed('payloadBytes', 'a list of bytes');
  return values.map(([, value]) => value);
}

function limited(bytes: Uint8Array): Uint8Array {
  if (bytes.length > MAX_PAYLOAD_BYTES)
    throw malformed('payloadBytes', `at most ${MAX_PAYLOAD_BYTES} bytes`);
  return bytes;
}
