import { ChatVaultError } from '@chat-vault/core';

/**
 * `storage-full`: the browser's quota is used up; `storage-closed`: the database was closed or its connection could not be
 * reopened; `upgrade-blocked`: another tab holds an older version open; `invalid-message`: the argument is not a message
 * (`details.field` names the field), nothing was written.
 */
export type StorageErrorCode =
  'storage-full' | 'storage-closed' | 'upgrade-blocked' | 'invalid-message';

/** A failure of the local storage; nothing of the failed call was written. */
export class StorageError extends ChatVaultError {
  override readonly name = 'StorageError';
  declare readonly code: StorageErrorCode;

  constructor(
    code: StorageErrorCode,
    message: string,
    options?: ErrorOptions & { readonly details?: Readonly<Record<string, unknown>> },
  ) {
    super(code, message, options);
  }
}
