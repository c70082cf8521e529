import { ChatVaultError } from '@chat-vault/core';

/**
 * Why a cloud call failed: `not-found` (no such file), `unauthorized` (sign in again), `forbidden` (no right, or the browser was
 * refused), `rate-limited`, `quota-exceeded` (the person's storage is full), `offline` (no answer; also a missing CORS header),
 * `unavailable` (the service failed, locked or timed out; worth another try), `conflict` (a file of that name and another size exists),
 * `aborted`, `invalid` (the request or the answer makes no sense).
 */
export type CloudErrorCode =
  | 'not-found'
  | 'unauthorized'
  | 'forbidden'
  | 'rate-limited'
  | 'quota-exceeded'
  | 'offline'
  | 'unavailable'
  | 'conflict'
  | 'aborted'
  | 'invalid';

/** A failure of a cloud storage that the caller can act on by `code`; `cause` keeps the service's own answer. */
export class CloudError extends ChatVaultError {
  override readonly name = 'CloudError';
  declare readonly code: CloudErrorCode;
  /** How long the service asked to wait, in milliseconds. */
  readonly retryAfterMs?: number;

  constructor(
    code: CloudErrorCode,
    message: string,
    options?: ErrorOptions & {
      readonly details?: Readonly<Record<string, unknown>>;
      readonly retryAfterMs?: number;
    },
  ) {
    super(code, message, options);
    if (options?.retryAfterMs !== undefined) this.retryAfterMs = options.retryAfterMs;
  }
}
