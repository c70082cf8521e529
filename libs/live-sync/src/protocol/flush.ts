import * as v from 'valibot';
import { instantSchema, uuidSchema } from './fields.js';
import { MAX_OPERATIONS } from './limits.js';
import { operationSchema } from './operations.js';

/**
 * A batch of operations, in the order in which the person did them. The server looks at each by itself, so this schema
 * says what a client sends, and `flushEnvelopeSchema` what a server demands of the whole.
 */
export const flushRequestSchema = v.object({
  operations: v.pipe(v.array(operationSchema), v.maxLength(MAX_OPERATIONS)),
});

/** The least that a batch must be for the server to answer each operation: one that is malformed does not stop the others. */
export const flushEnvelopeSchema = v.object({
  operations: v.array(v.looseObject({ opId: uuidSchema })),
});

/**
 * Why the server refuses an operation for good: `malformed` (not of this protocol, `field` says where), `not-the-sender`
 * (it speaks for another person), `not-the-author` (only the author edits or deletes), `not-a-member`, `not-an-owner`,
 * `unknown-message`, `message-deleted` (nobody reacts to a deleted message), `clock-drift` (an instant or the stamp is more
 * than 24 hours off; `serverTime` says the time).
 */
export const rejectionReasonSchema = v.picklist([
  'malformed',
  'not-the-sender',
  'not-the-author',
  'not-a-member',
  'not-an-owner',
  'unknown-message',
  'message-deleted',
  'clock-drift',
]);

/**
 * The answer for one operation: `applied`; `duplicate` (the server had it already); `superseded` (a later change of the same
 * thing won, and nothing is wrong); `rejected`. After each of them the operation is done.
 */
export const operationResultSchema = v.variant('status', [
  v.object({ opId: uuidSchema, status: v.picklist(['applied', 'duplicate', 'superseded']) }),
  v.object({
    opId: uuidSchema,
    status: v.literal('rejected'),
    reason: rejectionReasonSchema,
    /** In words, for a log; never holds message text. */
    detail: v.string(),
    /** Where a malformed operation is not of this protocol, such as `payload.sentTimestamp`. */
    field: v.optional(v.string()),
    /** The server's time, with `clock-drift`. */
    serverTime: v.optional(instantSchema),
  }),
]);

/** One result for each operation, in the order of the request. */
export const flushAnswerSchema = v.object({ results: v.array(operationResultSchema) });

/** @see flushRequestSchema */
export type FlushRequest = v.InferOutput<typeof flushRequestSchema>;
/** @see flushEnvelopeSchema */
export type FlushEnvelope = v.InferOutput<typeof flushEnvelopeSchema>;
/** @see rejectionReasonSchema */
export type RejectionReason = v.InferOutput<typeof rejectionReasonSchema>;
/** @see operationResultSchema */
export type OperationResult = v.InferOutput<typeof operationResultSchema>;
/** @see flushAnswerSchema */
export type FlushAnswer = v.InferOutput<typeof flushAnswerSchema>;
