import { type EntityKeyData } from '../model/entity-key-data.js';
import { type Metadata } from '../model/metadata.js';
import { type TierReport } from '../tiers/persistence.js';

/** What a tier made of what it was to add. */
export interface MergeOutcome {
  /** What each key holds afterwards. */
  readonly data: ReadonlyMap<string, EntityKeyData>;
  /** Keys that were left as they are, and why. */
  readonly problems: ReadonlyMap<string, unknown>;
}

/** One side of a sync: a tier of any kind that keeps what it has and adds what it is told. */
export interface SyncTier {
  readonly id: string;
  loadMetadata(): Promise<Metadata>;
  /** @throws EntitySyncError `malformed` for a key that cannot be read */
  loadKey(key: string): Promise<EntityKeyData | null>;
  /** Joins what it holds with the changes. Repeating it is harmless. */
  merge(changes: ReadonlyMap<string, EntityKeyData>): Promise<MergeOutcome>;
  /** Reads everything and says what is wrong. */
  verify(): Promise<TierReport>;
}

/** The hash of a key whose metadata cannot be believed: it is compared by its content. */
export const UNKNOWN_HASH = '';
