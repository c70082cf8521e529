/**
 * Base of every error thrown by Chat Vault. Callers act on `code`, a stable word from the closed union of the subclass;
 * `details` holds what a log or a screen may show (paths, field names, sizes), never keys, tokens or message text.
 */
export class ChatVaultError extends Error {
  override readonly name: string = 'ChatVaultError';
  /** Stable, machine-readable reason. */
  readonly code: string;
  /** What was being done, to which file or field, and what may help. */
  readonly details: Readonly<Record<string, unknown>>;

  constructor(
    code: string,
    message: string,
    options?: ErrorOptions & { readonly details?: Readonly<Record<string, unknown>> },
  ) {
    super(message, options);
    this.code = code;
    this.details = options?.details ?? {};
  }
}
