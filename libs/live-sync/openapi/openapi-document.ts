import { toJsonSchemaDefs } from '@valibot/to-json-schema';
import type * as v from 'valibot';
import { changeSchema, pullPageSchema } from '../src/protocol/changes.js';
import {
  flushAnswerSchema,
  flushRequestSchema,
  operationResultSchema,
} from '../src/protocol/flush.js';
import {
  MAX_BODY_BYTES,
  MAX_OPERATIONS,
  MAX_PULL_CHANGES,
  PROTOCOL_VERSION,
  VERSION_HEADER,
} from '../src/protocol/limits.js';
import { liveEventSchemas } from '../src/protocol/live-events.js';
import { operationSchema } from '../src/protocol/operations.js';
import { problemSchema } from '../src/protocol/problem.js';
import {
  conversationSchema,
  memberSchema,
  messageSchema,
  newMessageSchema,
  newStorySchema,
  reactionSchema,
  readSchema,
  storySchema,
  storyTombstoneSchema,
  tombstoneSchema,
} from '../src/protocol/records.js';

type Json = Readonly<Record<string, unknown>>;

/** Every schema by the name under which the document refers to it. */
const NAMED: Readonly<Record<string, v.GenericSchema>> = {
  NewMessage: newMessageSchema,
  Message: messageSchema,
  Tombstone: tombstoneSchema,
  Reaction: reactionSchema,
  NewStory: newStorySchema,
  Story: storySchema,
  StoryTombstone: storyTombstoneSchema,
  Conversation: conversationSchema,
  Member: memberSchema,
  ReadMarker: readSchema,
  Operation: operationSchema,
  OperationResult: operationResultSchema,
  FlushRequest: flushRequestSchema,
  FlushAnswer: flushAnswerSchema,
  Change: changeSchema,
  PullPage: pullPageSchema,
  Problem: problemSchema,
  ChangesEvent: liveEventSchemas.changes,
  CaughtUpEvent: liveEventSchemas['caught-up'],
  HeartbeatEvent: liveEventSchemas.heartbeat,
  EndEvent: liveEventSchemas.end,
};

const ref = (name: string): Json => ({ $ref: `#/components/schemas/${name}` });

const json = (name: string): Json => ({ content: { 'application/json': { schema: ref(name) } } });

const PROBLEM: Json = {
  description: 'A problem document (RFC 9457)',
  content: { 'application/problem+json': { schema: ref('Problem') } },
};

const TEXT: Json = { type: 'string' };

const sinceParameter = (description: string): Json => ({
  name: 'since',
  in: 'query',
  description,
  schema: TEXT,
});

const FLUSH: Json = {
  summary: 'Flush: hands over operations, and answers for each of them',
  description: `At most ${MAX_OPERATIONS} operations and ${MAX_BODY_BYTES} bytes.`,
  requestBody: { required: true, ...json('FlushRequest') },
  responses: {
    200: { description: 'One result for each operation, in order', ...json('FlushAnswer') },
    default: PROBLEM,
  },
};

const PULL: Json = {
  summary: 'Pull: a page of changes after a cursor',
  parameters: [
    sinceParameter('The cursor of the last page; everything from the beginning without it.'),
    {
      name: 'limit',
      in: 'query',
      schema: { type: 'integer', minimum: 1, maximum: MAX_PULL_CHANGES },
    },
  ],
  responses: { 200: { description: 'The next changes', ...json('PullPage') }, default: PROBLEM },
};

const LIVE: Json = {
  summary: 'Live: everything missed since a cursor, then what happens (server-sent events)',
  description:
    'Events: `changes` (ChangesEvent, its id is the cursor after it), `caught-up` (CaughtUpEvent), ' +
    '`heartbeat` (HeartbeatEvent), `end` (EndEvent), `problem` (Problem).',
  parameters: [sinceParameter('The last cursor; `Last-Event-ID` comes first when there is one.')],
  responses: {
    200: {
      description: 'A stream that does not end by itself',
      content: { 'text/event-stream': { schema: TEXT } },
    },
    default: PROBLEM,
  },
};

/** The protocol as an OpenAPI 3.1 document: made from the schemas that both sides use, so that it cannot say anything else. */
export function openApiDocument(): Json {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Chat Vault live sync',
      version: `${PROTOCOL_VERSION}`,
      description: `Carries messages between people. See protocol.md. Both sides send \`${VERSION_HEADER}: ${PROTOCOL_VERSION}\`.`,
      license: { name: 'MIT', identifier: 'MIT' },
    },
    security: [{ token: [] }],
    paths: { '/api/sync': { post: FLUSH, get: PULL }, '/api/sync/live': { get: LIVE } },
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
      schemas: toJsonSchemaDefs(NAMED, {
        target: 'draft-2020-12',
        typeMode: 'input',
        // What a rule in code checks beyond the shape (instants that exist, base64) JSON Schema cannot say.
        ignoreActions: ['check'],
        overrideRef: ({ referenceId }) => `#/components/schemas/${referenceId}`,
      }),
    },
  };
}

/** The text of docs/protocol.openapi.json. */
export const openApiText = (): string => `${JSON.stringify(openApiDocument(), undefined, 2)}\n`;
