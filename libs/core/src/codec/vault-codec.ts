/** What is being encoded; a sealing codec binds it to the bytes. */
export interface CodecContext {
  readonly kind: 'delta' | 'segment' | 'manifest' | 'catalog' | 'entities';
  /** The month of a segment, `2024-01`; the name of a file of entities without its extension. */
  readonly partition?: string;
}

/**
 * Turns a JSON value into the bytes of a file or segment and back. `encode` writes canonical JSON (RFC 8785), so equal values
 * give equal plain text. `decode` is bounded in memory and throws `FormatError` for bad bytes: `malformed`, `too-large`, and a sealing codec also
 * `locked`, `unknown-key`, `not-authentic`, `unsealed`, `upgrade-required`.
 */
export interface VaultCodec {
  /** Extension of the files it writes, without the dot: `json`, `json.gz`, `json.gz.enc`. */
  readonly extension: string;
  encode(json: unknown, context: CodecContext): Promise<Uint8Array>;
  decode(bytes: Uint8Array, context: CodecContext): Promise<unknown>;
  /**
   * Whether a file of its extension was written as it writes now, and not, say, with an older key. It is given the first 256 bytes, or all when there are fewer.
   * Absent: every file was.
   */
  isCurrent?(beginning: Uint8Array): boolean | Promise<boolean>;
}
