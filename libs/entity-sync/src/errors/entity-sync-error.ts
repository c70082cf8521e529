import { ChatVaultError } from '@chat-vault/core';

/**
 * `not-loaded`: no orchestrator was loaded, or it was unloaded; `invalid-entity`: an entity, name, id or option that cannot be kept
 * (`details.field` names it), nothing was written; `malformed`: stored data that is not of the form (`details.key` or `details.path`
 * names it), it was left alone; `storage-full`: the device has no room; `storage-closed`: the database was closed or cannot be opened.
 */
export type EntitySyncErrorCode =
  'not-loaded' | 'invalid-entity' | 'malformed' | 'storage-full' | 'storage-closed';

/** A failure of the entities on this device; nothing of the failed call was written. What a cloud refuses is a `CloudError`. */
export class EntitySyncError extends ChatVaultError {
  override readonly name = 'EntitySyncError';
  declare readonly code: EntitySyncErrorCode;

  constructor(
    code: EntitySyncErrorCode,
    message: string,
    options?: ErrorOptions & { readonly details?: Readonly<Record<string, unknown>> },
  ) {
    super(code, message, options);
  }
}
