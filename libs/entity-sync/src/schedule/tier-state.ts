/** How it stands with a tier below memory. */
export interface TierState {
  /** `local`, or the id of a cloud. */
  readonly tierId: string;
  readonly isSyncing: boolean;
  /** Whether it may lack something, or have something that is not here; true until a first sync has shown otherwise. */
  readonly isDirty: boolean;
  /** What the last attempt failed with, `null` when it went well; tried again by itself. */
  readonly error: unknown;
  /** When the last sync ended well, Unix ms. */
  readonly syncedAt: number | null;
}
