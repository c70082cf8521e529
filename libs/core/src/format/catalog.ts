import { type ClearedConversation } from '../model/records.js';

/** One live vault file of a partition, as a catalog lists it. */
export interface CatalogVault {
  readonly vaultId: string;
  readonly runId: string;
  readonly path: string;
  readonly manifestPath: string;
  readonly sha256: string;
  readonly manifestSha256: string;
  readonly byteLength: number;
  readonly messageCount: number;
  readonly rangeStart: string;
  readonly rangeEnd: string;
  /** Indexes into `Catalog.conversations` of all conversations that the vault holds records of. */
  readonly conversations: readonly number[];
  /** Deltas and vaults that all its records come from, direct inputs only; absent when unknown. */
  readonly from?: readonly string[];
}

/** A delta that takes the place of the small cold changes and clearings of folded ones. */
export interface CarriedDelta {
  readonly vaultId: string;
  readonly path: string;
  readonly from: readonly string[];
}

/** A file that the writer could not read. One that is `replaced` or `folded` all the same was damaged, and a repair gave it up. */
export interface SkippedFile {
  readonly path: string;
  readonly reason: string;
}

/** A delta that is not sealed although the vault is: it was known when encryption was turned on, so whoever has the key may read it. */
export interface PlainDelta {
  readonly path: string;
  /** Hex SHA-256 of the file. */
  readonly sha256: string;
}

/** When a conversation last had a message, so a new device can show its list at once. */
export interface CatalogConversation {
  readonly urn: string;
  readonly last: string;
}

/** A commit point: which files are live, and what they supersede (docs/vault-format.md, "Catalog"). */
export interface Catalog {
  readonly version: 1;
  readonly kind: 'catalog';
  readonly catalogId: string;
  /** 1 + the greatest parent's. */
  readonly generation: number;
  readonly parents: readonly string[];
  readonly ancestors: readonly string[];
  /** Device id. */
  readonly writtenBy: string;
  readonly minReader: number;
  readonly minCompactor: number;
  readonly keyringIds: readonly string[];
  readonly account?: string;
  readonly conversations: readonly CatalogConversation[];
  /** Live vaults by partition (`2024-01`). */
  readonly partitions: Readonly<Record<string, readonly CatalogVault[]>>;
  readonly carried: readonly CarriedDelta[];
  /** Delta id → the partitions of its records. */
  readonly folded: Readonly<Record<string, readonly string[]>>;
  /** Vault id → the partitions it was live in. */
  readonly replaced: Readonly<Record<string, readonly string[]>>;
  readonly skipped: readonly SkippedFile[];
  /** A copy of the clearings in the carried deltas. */
  readonly cleared: readonly ClearedConversation[];
  /** In a sealed catalog: the deltas that are not sealed and count all the same; absent when there are none. */
  readonly plain?: readonly PlainDelta[];
  /** Top-level fields of a newer writer, kept. */
  readonly extra?: Readonly<Record<string, unknown>>;
}
