import { parseStampedMessage } from '@chat-vault/core/records';
import * as v from 'valibot';
import {
  boundedTextSchema,
  instantFormSchema,
  instantSchema,
  stampSchema,
  textSchema,
  uuidSchema,
} from './fields.js';

const payloadEntries = {
  /** The payload when it is UTF-8. */
  payloadText: v.optional(v.string()),
  /** The payload as base64 otherwise. */
  payloadBytes: v.optional(v.string()),
};

/** The shape; what is in the fields is checked by the parser of the vault format. */
const messageEntries = {
  id: uuidSchema,
  conversationUrn: boundedTextSchema,
  senderId: boundedTextSchema,
  typeId: boundedTextSchema,
  sentTimestamp: instantFormSchema,
  ...payloadEntries,
  tags: v.optional(v.pipe(v.array(v.pipe(v.string(), v.maxLength(512))), v.maxLength(64))),
  expiresAt: v.optional(instantFormSchema),
};

const A_STAMP = '000000000000-0000-0000000000000000';

/** Whether the vault format has this message too: its payload, its tags and the fields that we do not know. */
const isOfTheFormat = (message: Readonly<Record<string, unknown>>): boolean => {
  try {
    parseStampedMessage({ stamp: A_STAMP, ...message });
    return true;
  } catch {
    return false; // the format says no, which is the answer
  }
};

/** A message as it is sent: its JSON form in the vault format, without the stamp. Unknown fields are kept. */
export const newMessageSchema = v.pipe(
  v.looseObject(messageEntries),
  v.check((message) => isOfTheFormat(message), 'a message of the vault format'),
);

/** A version of a message: its JSON form in the vault format. Unknown fields are kept. */
export const messageSchema = v.pipe(
  v.looseObject({ ...messageEntries, stamp: stampSchema }),
  v.check((message) => isOfTheFormat(message), 'a message of the vault format'),
);

/** Which message an operation is about. */
export const messageRefEntries = {
  conversationUrn: textSchema,
  sentTimestamp: instantSchema,
  messageId: uuidSchema,
};

/** That a message was deleted, as in the vault format. */
export const tombstoneSchema = v.object({
  ...messageRefEntries,
  deletedAt: instantSchema,
  stamp: stampSchema,
});

/** One person's reaction to one message, as in the vault format; `emoji: null` when it was taken back. */
export const reactionSchema = v.object({
  ...messageRefEntries,
  senderId: textSchema,
  emoji: v.nullable(textSchema),
  stamp: stampSchema,
});

/** Something shown to the members of a conversation for 24 hours. Stories are not backed up. */
export const newStorySchema = v.pipe(
  v.object({
    id: uuidSchema,
    conversationUrn: textSchema,
    senderId: textSchema,
    typeId: textSchema,
    postedAt: instantSchema,
    ...payloadEntries,
  }),
  v.check(({ payloadText, payloadBytes }) => isPayload(payloadText, payloadBytes), 'one payload'),
);

/** A story as others get it. */
export const storySchema = v.pipe(
  v.object({
    id: uuidSchema,
    conversationUrn: textSchema,
    senderId: textSchema,
    typeId: textSchema,
    postedAt: instantSchema,
    ...payloadEntries,
    /** The instant from which it is no longer shown. */
    expiresAt: instantSchema,
    stamp: stampSchema,
  }),
  v.check(({ payloadText, payloadBytes }) => isPayload(payloadText, payloadBytes), 'one payload'),
);

/** That a story was taken back before its time. */
export const storyTombstoneSchema = v.object({
  id: uuidSchema,
  conversationUrn: textSchema,
  senderId: textSchema,
  stamp: stampSchema,
});

/** A conversation, as its members see it. */
export const conversationSchema = v.object({
  conversationUrn: textSchema,
  title: v.nullable(textSchema),
  createdBy: textSchema,
  stamp: stampSchema,
});

/** An owner adds and removes people; every member reads and writes. */
export const roleSchema = v.picklist(['owner', 'member']);

/** What a person is in a conversation; `role: null` when they are no longer in it. */
export const memberSchema = v.object({
  conversationUrn: textSchema,
  userId: textSchema,
  role: v.nullable(roleSchema),
  stamp: stampSchema,
});

/** Up to where a person has read a conversation. Only that person gets it. */
export const readSchema = v.object({ conversationUrn: textSchema, upTo: instantSchema });

function isPayload(text: string | undefined, bytes: string | undefined): boolean {
  return isOfTheFormat({
    id: 'story',
    conversationUrn: 'story',
    senderId: 'story',
    typeId: 'story',
    sentTimestamp: '2000-01-01T00:00:00.000Z',
    ...(text === undefined ? {} : { payloadText: text }),
    ...(bytes === undefined ? {} : { payloadBytes: bytes }),
  });
}

/** @see messageSchema */
export type MessageJson = v.InferOutput<typeof messageSchema>;
/** @see newMessageSchema */
export type NewMessage = v.InferOutput<typeof newMessageSchema>;
/** @see tombstoneSchema */
export type TombstoneJson = v.InferOutput<typeof tombstoneSchema>;
/** @see reactionSchema */
export type ReactionJson = v.InferOutput<typeof reactionSchema>;
/** @see storySchema */
export type Story = v.InferOutput<typeof storySchema>;
/** @see storyTombstoneSchema */
export type StoryTombstone = v.InferOutput<typeof storyTombstoneSchema>;
/** @see conversationSchema */
export type Conversation = v.InferOutput<typeof conversationSchema>;
/** @see memberSchema */
export type Member = v.InferOutput<typeof memberSchema>;
/** @see readSchema */
export type ReadMarker = v.InferOutput<typeof readSchema>;
