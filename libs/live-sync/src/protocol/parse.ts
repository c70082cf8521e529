import * as v from 'valibot';
import { changeSchema, type PullPage, pullPageSchema } from './changes.js';
import {
  type FlushAnswer,
  flushAnswerSchema,
  type FlushEnvelope,
  flushEnvelopeSchema,
} from './flush.js';
import { type LiveEvent, liveEventSchemas } from './live-events.js';
import { type Operation, operationSchema } from './operations.js';
import { type Problem, problemSchema } from './problem.js';
import { ProtocolError } from './protocol-error.js';

/** The batch around the operations, each still to be parsed by itself. @throws ProtocolError */
export const parseFlushEnvelope = (value: unknown): FlushEnvelope =>
  parse(flushEnvelopeSchema, value, 'flush');

/** An operation, copied, without fields that this version does not know. @throws ProtocolError */
export const parseOperation = (value: unknown): Operation =>
  parse(operationSchema, value, 'operation');

/** The server's answer to a flush. @throws ProtocolError */
export const parseFlushAnswer = (value: unknown): FlushAnswer =>
  parse(flushAnswerSchema, value, 'answer');

/** A page of changes, without those of kinds that this version does not know. @throws ProtocolError */
export const parsePullPage = (value: unknown): PullPage =>
  parse(pullPageSchema, withoutUnknownKinds(value), 'page');

/** A problem document. @throws ProtocolError */
export const parseProblem = (value: unknown): Problem => parse(problemSchema, value, 'problem');

/**
 * An event of a live stream, without changes of kinds that this version does not know; `undefined` for an event that it does not
 * know. @throws ProtocolError
 */
export function parseLiveEvent(event: string, data: string): LiveEvent | undefined {
  if (!isKnownEvent(event)) return undefined;
  return {
    event,
    data: parse(liveEventSchemas[event], withoutUnknownKinds(readJson(data)), event),
  } as LiveEvent;
}

const isKnownEvent = (event: string): event is keyof typeof liveEventSchemas =>
  Object.hasOwn(liveEventSchemas, event);

const KINDS: ReadonlySet<unknown> = new Set(
  changeSchema.options.map(({ entries }) => entries.kind.literal),
);

/** A newer server may tell of more. */
function withoutUnknownKinds(value: unknown): unknown {
  const { changes } = (value ?? {}) as { readonly changes?: unknown };
  if (!Array.isArray(changes)) return value;
  const isUnknown = (change: { readonly kind?: unknown } | null | undefined) =>
    typeof change?.kind === 'string' && !KINDS.has(change.kind);
  const known = changes.filter((change) => !isUnknown(change));
  return known.length === changes.length ? value : { ...(value as object), changes: known };
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ProtocolError('live-sync: the data of an event is not JSON', 'data');
  }
}

function parse<Schema extends v.GenericSchema>(
  schema: Schema,
  value: unknown,
  what: string,
): v.InferOutput<Schema> {
  const result = v.safeParse(schema, value, { abortEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  const field = v.getDotPath(issue) ?? what;
  const expected = issue.type === 'check' ? issue.message : (issue.expected ?? 'something else');
  throw new ProtocolError(`live-sync: "${field}" is not ${expected}`, field);
}
