import { type ConflictResolver } from '../merge/conflict-resolver.js';
import { type EntityKeyData } from '../model/entity-key-data.js';
import { type Metadata } from '../model/metadata.js';

/**
 * A place for blobs by key. What an implementation promises:
 * - a missing key is `null`, not `undefined`;
 * - what it is given it does not change and does not hand out to be changed;
 * - `storeData` of a key takes effect as a whole or not at all;
 * - what was stored is read back equal: `Date`s, `undefined` and bytes included.
 */
export interface IPersistence {
  loadData(key: string): Promise<unknown>;
  storeData(key: string, data: unknown): Promise<void>;
  clearData(key: string): Promise<void>;
}

/** The fast place, in memory: blobs, and single entities without waiting. A blob is an `EntityKeyData`. */
export interface IStore extends IPersistence {
  get(key: string, entityName: string, id: string): unknown;
  getAll(key: string, entityName: string): readonly unknown[];
  /** Adds or replaces; whether it did. */
  save(key: string, entityName: string, entity: unknown): boolean;
  /** Takes an entity away; that it was deleted is noted by who calls this. */
  delete(key: string, entityName: string, id: string): void;
}

/** Values by key; `null` stands for a missing one. */
export type KeyValues = ReadonlyMap<string, unknown>;

/** A persistence that can change several keys at once, so that the blob of a key and the metadata are never apart. */
export interface AtomicPersistence extends IPersistence {
  /** All of them or none; `null` clears. */
  storeAll(entries: KeyValues): Promise<void>;
  /**
   * Reads the keys, lets `change` say what is to be written (`null` clears, what is not named stays) and writes it, all in one
   * transaction: nobody else, also no other tab, writes to these keys in between. `change` does not wait, changes nothing else, and may be
   * called again when a transaction is repeated; when it throws, nothing is written.
   */
  updateAll(keys: readonly string[], change: (values: KeyValues) => KeyValues): Promise<void>;
}

/** What a patch says: values as a whole, and of other keys only what is another than before. */
export interface KeyChanges {
  /** `null` clears. */
  readonly values: KeyValues;
  /** Of each id in it the entity, or when it was deleted, in place of what the key holds of the id; all other ids stay. */
  readonly patches: ReadonlyMap<string, EntityKeyData>;
}

/** An atomic persistence that changes a few entities of a key without reading and writing the others. */
export interface PatchingPersistence extends AtomicPersistence {
  /** As `updateAll`. What the entities in it hold is never changed later by who gives them. */
  patchAll(keys: readonly string[], change: (values: KeyValues) => KeyChanges): Promise<void>;
}

/** What a check of everything in a tier found. */
export interface TierReport {
  /** How many files or keys were looked at. */
  readonly checked: number;
  /** What cannot be read, is not what it was when it was written, or is missing although another file needs it; nothing of it is removed. */
  readonly problems: readonly TierProblem[];
}

/** One thing that is wrong with a file or key. */
export interface TierProblem {
  readonly kind: 'damaged' | 'altered' | 'missing';
  /** The path of the file, or the key. */
  readonly path: string;
  readonly reason: string;
  /** Why a file is damaged, as `FormatError` and `EntitySyncError` say it: `unknown-key`, `malformed` … */
  readonly code?: string;
}

/**
 * A persistence that keeps the union of all that was ever stored, whoever stored it, and derives its metadata from that. `storeData`
 * means `mergeData`; nothing is ever taken away, and `clearData` is refused.
 */
export interface MergingPersistence extends IPersistence {
  /** What it holds now under the keys that begin with `<prefix>.`; no stored metadata blob is believed. */
  loadMetadata(prefix: string): Promise<Metadata>;
  /** The resolver of the orchestrator, told before anything else is asked; without it the last writer wins. */
  useResolver?(resolver: ConflictResolver): void;
  /** Adds to what is there by `mergeEntityKeyData`. Gives what the key holds afterwards. */
  mergeData(key: string, data: EntityKeyData): Promise<EntityKeyData>;
  /** Reads everything and says what is wrong. */
  verify(): Promise<TierReport>;
  /** The same without copies, for who never changes what it gives and gets. */
  readonly shared?: SharedEntities;
}

/** Entities that neither side ever changes in place. */
export interface SharedEntities {
  loadData(key: string): Promise<EntityKeyData | null>;
  mergeData(key: string, data: EntityKeyData): Promise<EntityKeyData>;
}

/** Whether several keys can be changed at once. */
export const isAtomic = (tier: IPersistence): tier is AtomicPersistence => 'updateAll' in tier;

/** Whether a few entities of a key can be changed alone. */
export const isPatching = (tier: IPersistence): tier is PatchingPersistence => 'patchAll' in tier;

/** Whether the tier merges by itself. */
export const isMerging = (tier: IPersistence): tier is MergingPersistence => 'mergeData' in tier;
