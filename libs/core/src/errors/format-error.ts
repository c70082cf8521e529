import { ChatVaultError } from './chat-vault-error.js';

/**
 * Why bytes or a value were refused by a decoder:
 * `malformed` (not of the format), `too-large` (above a limit of the format), `upgrade-required` (a newer version wrote it),
 * `digest-mismatch` (the bytes are not those that were promised), `unsealed` (plain where only sealed is accepted),
 * `foreign-vault` (belongs to another account), `locked` (sealed, and no key is here), `unknown-key` (sealed with a key that is not
 * here; a keyring file may bring it), `not-authentic` (sealed, and damaged, moved or forged since).
 */
export type FormatErrorCode =
  | 'malformed'
  | 'too-large'
  | 'upgrade-required'
  | 'digest-mismatch'
  | 'unsealed'
  | 'foreign-vault'
  | 'locked'
  | 'unknown-key'
  | 'not-authentic';

/** A file, segment or record that does not follow docs/vault-format.md. Nothing of it was used. */
export class FormatError extends ChatVaultError {
  override readonly name = 'FormatError';
  declare readonly code: FormatErrorCode;

  constructor(
    code: FormatErrorCode,
    message: string,
    options?: ErrorOptions & { readonly details?: Readonly<Record<string, unknown>> },
  ) {
    super(code, message, options);
  }
}
