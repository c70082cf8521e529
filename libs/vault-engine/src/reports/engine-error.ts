import { ChatVaultError } from '@chat-vault/core';

/**
 * Why the engine refused: `foreign-vault` (another account's vault is behind this provider, nothing was written),
 * `upgrade-required` (a newer version of the library is needed), `lock-lost` (another tab took over), `closed`, `locked`
 * (the vault is encrypted and this device has no key), `already-encrypted` (there are keys or sealed files already: unlock it),
 * `keys-missing` (the keyring was opened, and none of its keys opens what is sealed).
 */
export type EngineErrorCode =
  | 'foreign-vault'
  | 'upgrade-required'
  | 'lock-lost'
  | 'closed'
  | 'locked'
  | 'already-encrypted'
  | 'keys-missing';

/** A refusal of the engine; the cloud and the local storage are as they were. */
export class EngineError extends ChatVaultError {
  override readonly name = 'EngineError';
  declare readonly code: EngineErrorCode;

  constructor(
    code: EngineErrorCode,
    message: string,
    options?: ErrorOptions & { readonly details?: Readonly<Record<string, unknown>> },
  ) {
    super(code, message, options);
  }
}
