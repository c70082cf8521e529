/** How many entities of a name there are under a key. */
export interface EntityCounts {
  readonly count: number;
  readonly deletedCount: number;
}

/** What is known of one entity key without its data. It follows from the data alone: equal data have equal metadata. */
export interface EntityKeyMetadata {
  /** 64 bits in 16 hex digits, over the canonical form of all entities and deletions. For noticing changes, not against forgers. */
  readonly hash: string;
  /** The greatest `updatedAt` or time of deletion under the key before the year 2100, ISO; later ones come from wrong clocks. */
  readonly updatedAt: string;
  readonly entities: { readonly [entityName: string]: EntityCounts };
}

/** What a tier holds, by entity key. */
export interface Metadata {
  /** The greatest `updatedAt` of all keys, ISO; the first moment of 1970 when there are none. */
  readonly updatedAt: string;
  readonly entityKeys: { readonly [entityKey: string]: EntityKeyMetadata };
}

/** The metadata of a tier that holds nothing. */
export const EMPTY_METADATA: Metadata = {
  updatedAt: new Date(0).toISOString(),
  entityKeys: {},
};
