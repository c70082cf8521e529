import { ChatVaultError } from '@chat-vault/core';

/**
 * Why live sync stands still or a call failed.
 * - `network` (no answer), `timeout`, `stream-broken`, `unavailable` (502, 503, 504): tried again by itself.
 * - `signed-out` (no token), `unauthorized` (401), `wrong-account` (the token is another person's): waits for `signedIn()`.
 * - `unsupported-version`: this app is too old for the server, or too new.
 * - `rate-limited`, `not-found`, `forbidden`, `malformed`, `body-too-large`, `cursor-expired`, `server`: the server's answer.
 * - `protocol`: what came is not of the protocol. `storage`: nothing could be written here; `details.code` says more.
 * - Of calls: `closed`, `not-the-sender` (the message is another person's), `no-such-operation`.
 */
export type LiveErrorCode =
  | 'network'
  | 'timeout'
  | 'stream-broken'
  | 'unavailable'
  | 'signed-out'
  | 'unauthorized'
  | 'wrong-account'
  | 'unsupported-version'
  | 'rate-limited'
  | 'not-found'
  | 'forbidden'
  | 'malformed'
  | 'body-too-large'
  | 'cursor-expired'
  | 'server'
  | 'protocol'
  | 'storage'
  | 'closed'
  | 'not-the-sender'
  | 'no-such-operation';

/** What live sync could not do. `details` may hold `status`, `requestId`, `retryAfterMs` and `field`. */
export class LiveError extends ChatVaultError {
  override readonly name = 'LiveError';
  declare readonly code: LiveErrorCode;

  constructor(
    code: LiveErrorCode,
    message: string,
    options?: ErrorOptions & { readonly details?: Readonly<Record<string, unknown>> },
  ) {
    super(code, message, options);
  }
}
