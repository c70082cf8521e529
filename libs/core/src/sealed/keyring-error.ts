import { ChatVaultError } from '../errors/chat-vault-error.js';

/**
 * Why a keyring was not opened or not written:
 * `no-keyring` (no file for this kind of secret is there), `wrong-secret` (undamaged files are there, and this secret opens none),
 * `damaged-keyring` (the files for this kind of secret cannot be used), `foreign-vault` (the secret is right, the keys are another account's),
 * `upgrade-required` (a newer version wrote the only files), `out-of-memory` (this device lacks the memory that the passphrase needs), `mistyped-code` (no recovery code reads like this; `details.group` counts from 1),
 * `unusable-passphrase` (empty, too long, or not text).
 */
export type KeyringErrorCode =
  | 'no-keyring'
  | 'wrong-secret'
  | 'damaged-keyring'
  | 'foreign-vault'
  | 'upgrade-required'
  | 'out-of-memory'
  | 'mistyped-code'
  | 'unusable-passphrase';

/** The vault keys could not be had, or not be wrapped. Says nothing of the secret. */
export class KeyringError extends ChatVaultError {
  override readonly name = 'KeyringError';
  declare readonly code: KeyringErrorCode;

  constructor(
    code: KeyringErrorCode,
    message: string,
    options?: ErrorOptions & { readonly details?: Readonly<Record<string, unknown>> },
  ) {
    super(code, message, options);
  }
}
