/** Where progress and failures are told; never receives keys, tokens or message text. */
export interface Logger {
  /** A developer must look. */
  error(message: string, details?: Readonly<Record<string, unknown>>): void;
  /** State changed. */
  info(message: string, details?: Readonly<Record<string, unknown>>): void;
  debug(message: string, details?: Readonly<Record<string, unknown>>): void;
}
