import { ChatVaultError } from '@chat-vault/core';

/**
 * Why the engine refused: `foreign-vault` (another account's vault is behind this provider, nothing was written),
 * `upgrade-required` (a newer version of the library is needed), `lock-lost` (another tab took over), `closed`, `locked`
 * (the vault is encrypted and this device has no key).
 */
export type EngineErrorCode =
  'foreign-vault' | 'upgrade-required' | 'lock-lost' | 'closed' | 'locked';

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
