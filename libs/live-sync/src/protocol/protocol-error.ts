import { ChatVaultError } from '@chat-vault/core';

/** What came from the other side is not of this protocol; `details.field` says where. Nothing of it was used. */
export class ProtocolError extends ChatVaultError {
  override readonly name = 'ProtocolError';
  declare readonly code: 'malformed';

  constructor(message: string, field: string) {
    super('malformed', message, { details: { field } });
  }
}
