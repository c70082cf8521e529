/** A delta that is being uploaded: stored with its exact bytes before the upload, so a retry writes the same file. */
export interface SealedDelta {
  readonly vaultId: string;
  readonly path: string;
  readonly bytes: Uint8Array;
  /** Journal sequence that this provider has once the delta is uploaded. */
  readonly through: number;
  readonly records: number;
}

/**
 * What is known of one provider (docs/sync-engine.md, "State per provider"). The storage itself understands `confirmed`,
 * `sealed` and `applied`; all else is plain structured-cloneable data of the engine and of what uses it, kept under names of their choice.
 */
export interface SyncState {
  /** Journal sequence up to which this provider has our changes. */
  readonly confirmed: number;
  readonly sealed: SealedDelta | null;
  /** Ids of the deltas (and vaults) whose whole content is here. */
  readonly applied: readonly string[];
  /**
   * The documents, by name, each stored in a row of its own. A patch replaces the named documents and leaves the others;
   * `undefined` removes. Documents whose name starts with `file:` (cached files, possibly many) are not part of what `syncState()`
   * returns: `document()` reads them one by one.
   */
  readonly documents: Readonly<Record<string, unknown>>;
}

/** The state of a provider that was never seen. */
export const INITIAL_SYNC_STATE: SyncState = {
  confirmed: 0,
  sealed: null,
  applied: [],
  documents: {},
};
