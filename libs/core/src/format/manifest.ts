/** Place of a record in a manifest: index into `Manifest.conversations`, `sentTimestamp`, message id. */
export type ManifestKey = readonly [conversation: number, sentTimestamp: string, id: string];

/** One independently encoded piece of a vault file. */
export interface ManifestSegment {
  /** Bytes from the start of the vault file. */
  readonly offset: number;
  /** Bytes. */
  readonly length: number;
  /** Hex SHA-256 of the encoded bytes. */
  readonly sha256: string;
  readonly messageCount: number;
  readonly firstKey: ManifestKey;
  readonly lastKey: ManifestKey;
  /** Indexes into `Manifest.conversations` of all that the segment holds records of, ascending. */
  readonly conversations: readonly number[];
}

/** What a vault file holds of one conversation; the range is over all its records, not only messages. */
export interface ManifestConversation {
  readonly urn: string;
  readonly messageCount: number;
  readonly first: string;
  readonly last: string;
}

/** The index of one vault file, its twin (docs/vault-format.md, "Manifest"). */
export interface Manifest {
  readonly version: 1;
  readonly kind: 'manifest';
  readonly vaultId: string;
  readonly runId: string;
  readonly partition: string;
  readonly path: string;
  readonly byteLength: number;
  readonly sha256: string;
  readonly rangeStart: string;
  readonly rangeEnd: string;
  readonly messageCount: number;
  readonly tombstoneCount: number;
  readonly segments: readonly ManifestSegment[];
  /** Sorted by `urn`. */
  readonly conversations: readonly ManifestConversation[];
  readonly minReader: number;
  readonly minCompactor: number;
}
