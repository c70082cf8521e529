import * as v from 'valibot';

/**
 * Why a whole request failed: `malformed`, `unauthorized` (no token, or one that no longer holds), `forbidden`, `not-found`,
 * `body-too-large`, `too-many-operations`, `rate-limited` (see `Retry-After`), `unsupported-version`, `cursor-expired` (begin
 * without a cursor; everything comes again and merges), `unavailable` (try again), `internal`.
 */
export const problemCodeSchema = v.picklist([
  'malformed',
  'unauthorized',
  'forbidden',
  'not-found',
  'body-too-large',
  'too-many-operations',
  'rate-limited',
  'unsupported-version',
  'cursor-expired',
  'unavailable',
  'internal',
]);

/** A problem document (RFC 9457), of type `application/problem+json`. */
export const problemSchema = v.object({
  /** `urn:chat-vault:problem:` and the code. */
  type: v.string(),
  title: v.string(),
  status: v.pipe(v.number(), v.integer(), v.minValue(400), v.maxValue(599)),
  /** What was wrong this time, and what may help. */
  detail: v.optional(v.string()),
  code: problemCodeSchema,
  /** Finds the request in the server's log. */
  requestId: v.optional(v.string()),
  /** Seconds to wait, with `rate-limited` and `unavailable`. */
  retryAfter: v.optional(v.number()),
});

/** @see problemCodeSchema */
export type ProblemCode = v.InferOutput<typeof problemCodeSchema>;
/** @see problemSchema */
export type Problem = v.InferOutput<typeof problemSchema>;
