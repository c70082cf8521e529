import * as v from 'valibot';
import {
  instantSchema,
  millisecondsSchema,
  stampSchema,
  textSchema,
  uuidSchema,
} from './fields.js';
import { MAX_NEW_MEMBERS } from './limits.js';
import { messageRefEntries, newMessageSchema, newStorySchema, roleSchema } from './records.js';

const conversationUrn = textSchema;

/** What each action carries. */
const payloads = {
  /** A new message of the person who is signed in. */
  MESSAGE_SEND: newMessageSchema,
  /** A new version of a message, whole. */
  MESSAGE_EDIT: newMessageSchema,
  MESSAGE_DELETE: v.object({ ...messageRefEntries, deletedAt: instantSchema }),
  /** The one reaction of a person to a message; another emoji takes its place. */
  REACTION_SET: v.object({ ...messageRefEntries, senderId: textSchema, emoji: textSchema }),
  REACTION_REMOVE: v.object({ ...messageRefEntries, senderId: textSchema }),
  STORY_POST: newStorySchema,
  STORY_DELETE: v.object({ conversationUrn, id: uuidSchema }),
  /** Whoever creates a conversation owns it, and names its first other members. */
  CONVERSATION_CREATE: v.object({
    conversationUrn,
    title: v.nullable(textSchema),
    memberIds: v.pipe(v.array(textSchema), v.maxLength(MAX_NEW_MEMBERS)),
  }),
  CONVERSATION_RENAME: v.object({ conversationUrn, title: v.nullable(textSchema) }),
  /** Adds a person, or changes what the person is. */
  MEMBER_SET: v.object({ conversationUrn, userId: textSchema, role: roleSchema }),
  /** Removes a person; one's own id leaves the conversation. */
  MEMBER_REMOVE: v.object({ conversationUrn, userId: textSchema }),
  /** Up to where one has read; it never goes back. */
  READ_SET: v.object({ conversationUrn, upTo: instantSchema }),
};

const operationOf = <Action extends keyof typeof payloads>(action: Action) =>
  v.object({
    /** Made once for the operation, so that its answer can be told from others. */
    opId: uuidSchema,
    action: v.literal(action),
    payload: payloads[action],
    /** When the person did it by the device's clock, Unix milliseconds; it informs and decides nothing. */
    timestamp: millisecondsSchema,
    /** Decides which of two changes of the same thing wins: the greater one. */
    stamp: stampSchema,
  });

/** Something that a person did, as it waits on the device until the server has answered for it. */
export const operationSchema = v.variant('action', [
  operationOf('MESSAGE_SEND'),
  operationOf('MESSAGE_EDIT'),
  operationOf('MESSAGE_DELETE'),
  operationOf('REACTION_SET'),
  operationOf('REACTION_REMOVE'),
  operationOf('STORY_POST'),
  operationOf('STORY_DELETE'),
  operationOf('CONVERSATION_CREATE'),
  operationOf('CONVERSATION_RENAME'),
  operationOf('MEMBER_SET'),
  operationOf('MEMBER_REMOVE'),
  operationOf('READ_SET'),
]);

/** @see operationSchema */
export type Operation = v.InferOutput<typeof operationSchema>;

/** What an operation does. */
export type OperationAction = Operation['action'];

/** The operations of one action. */
export type OperationOf<Action extends OperationAction> = Extract<
  Operation,
  { readonly action: Action }
>;
