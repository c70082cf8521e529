import { ChatVaultError } from '@chat-vault/core';

/**
 * Why the facade could not do what was asked:
 * `not-connected` (no cloud is connected, connect one first), `unknown-provider` (no `with…` function registered that id),
 * `not-configured` (the settings of that cloud are missing), `same-provider` (a vault cannot be moved to itself),
 * `nothing-to-export` (there are no messages), `not-in-browser` (on the server nothing is stored or synced),
 * `vault-emptied` (the cloud folder lost its files; nothing was changed here), `upgrade-required` (files of a newer version were left alone), `invalid-date`, `closed` (the application ended or the cloud was disconnected), `aborted` (by the caller),
 * `locked` (the vault is encrypted and a key is missing here), `not-turning-on` (there is no recovery code to be confirmed),
 * `not-signed-in` (nobody is signed in to live sync),
 * `configuration` (`provideChatSync` was called wrongly), `unexpected` (a bug, or an error of the application's own code; see `cause`).
 */
export type ChatSyncErrorCode =
  | 'not-connected'
  | 'unknown-provider'
  | 'not-configured'
  | 'same-provider'
  | 'nothing-to-export'
  | 'not-in-browser'
  | 'vault-emptied'
  | 'upgrade-required'
  | 'invalid-date'
  | 'closed'
  | 'aborted'
  | 'locked'
  | 'not-turning-on'
  | 'not-signed-in'
  | 'configuration'
  | 'unexpected';

/** A failure that the facade itself found. */
export class ChatSyncError extends ChatVaultError {
  override readonly name = 'ChatSyncError';
  declare readonly code: ChatSyncErrorCode;

  constructor(
    code: ChatSyncErrorCode,
    message: string,
    options?: ErrorOptions & { readonly details?: Readonly<Record<string, unknown>> },
  ) {
    super(code, message, options);
  }
}

/** Any thrown value as an error with a `code`. */
export const toChatVaultError = (thrown: unknown): ChatVaultError =>
  thrown instanceof ChatVaultError
    ? thrown
    : new ChatSyncError('unexpected', `chat-sync: ${String(thrown)}`, { cause: thrown });

/** That a call ended as its caller wanted. */
export const wasAborted = (signal: AbortSignal): ChatSyncError =>
  new ChatSyncError('aborted', 'chat-sync: the call was aborted', { cause: signal.reason });
