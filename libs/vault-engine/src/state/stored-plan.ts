import { type MonthPlan } from '@chat-vault/core/compaction';
import { type CatalogConversation, type CatalogVault } from '@chat-vault/core/format';

/** A vault file that was uploaded for a plan, with its conversations by name, as no catalog indexes them yet. */
export interface PlanProduct {
  readonly vault: Omit<CatalogVault, 'conversations'>;
  readonly manifestByteLength: number;
  /** With the newest record of each in this file. */
  readonly conversations: readonly CatalogConversation[];
}

/** The outcome of one merge of a plan: the new files. */
export interface MergeOutcome {
  readonly products: readonly PlanProduct[];
}

/** A compaction under way: its inputs, and what of it is uploaded. */
export interface StoredCompaction {
  readonly kind: 'compaction';
  /** Wall clock and monotonic clock at the listing it was made from, milliseconds. */
  readonly listedAt: number;
  readonly listedAtMonotonic: number;
  readonly deltas: readonly { readonly vaultId: string; readonly path: string }[];
  readonly carriedMonths: readonly string[];
  readonly months: readonly MonthPlan[];
  /** By `<partition> <index of the merge>`. */
  readonly outcomes: Readonly<Record<string, MergeOutcome>>;
  /** The carried delta, once uploaded; `undefined` before, `null` when there is nothing to carry. */
  readonly carried?: { readonly vaultId: string; readonly path: string } | null;
}

/** A bulk upload under way: whole months of the local store become vaults. */
export interface StoredBulk {
  readonly kind: 'bulk';
  /** Journal sequence at its start; confirmed at its end. */
  readonly through: number;
  /** Months not yet committed, newest first. */
  readonly remaining: readonly string[];
  /** Months uploaded and not yet committed. */
  readonly uploaded: Readonly<Record<string, readonly PlanProduct[]>>;
  readonly hasClearings: boolean;
}

/** Work that spans many requests, kept so that a crash costs little. */
export type StoredPlan = StoredCompaction | StoredBulk;
