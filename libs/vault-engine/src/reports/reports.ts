import { type Reaction, type StampedMessage } from '@chat-vault/core';

/** What a run cost. Sizes are bytes of file content, without HTTP overhead. */
export interface Traffic {
  readonly requests: number;
  readonly bytesUp: number;
  readonly bytesDown: number;
  readonly filesWritten: number;
  readonly filesRead: number;
  readonly filesRemoved: number;
}

/** Something a person or developer should know of that did not stop the run (docs/sync-engine.md, "What goes wrong"). */
export interface SyncWarning {
  readonly code:
    | 'clock-skew'
    | 'listing-shrunk'
    | 'vault-emptied'
    | 'vault-rolled-back'
    | 'foreign-vault'
    | 'upgrade-required'
    | 'missing-file'
    | 'damaged-file'
    | 'unnamed-vault'
    | 'missing-delta'
    | 'storage-lagging'
    | 'unsealed'
    | 'unknown-key';
  readonly message: string;
  /** The file, device or month concerned. */
  readonly subject?: string;
}

/** A file that was not used, and why. */
export interface SkippedFileReport {
  readonly path: string;
  readonly reason: string;
}

/** Fields of every report. */
export interface RunReport extends Traffic {
  readonly providerId: string;
  readonly skipped: readonly SkippedFileReport[];
  readonly warnings: readonly SyncWarning[];
  readonly durationMs: number;
}

/** What a restore changed here. */
export interface RestoreReport extends RunReport {
  readonly messagesNew: number;
  readonly messagesUpdated: number;
  readonly messagesDeleted: number;
  /** Whether a part of what was asked for could not be read. */
  readonly incomplete: boolean;
}

/** What a backup wrote. */
export interface BackupReport extends RunReport {
  readonly recordsUploaded: number;
  /** Records that are still pending. */
  readonly recordsPending: number;
}

/** What a compaction wrote; all zero when there was nothing to fold. */
export interface CompactionReport extends RunReport {
  readonly deltasFolded: number;
  readonly vaultsReplaced: number;
  readonly vaultsWritten: number;
  readonly committed: boolean;
  /** Why nothing was committed, when something was to be. */
  readonly abandoned?: string;
}

/** How far a vault is written anew after encryption was turned on or off. */
export interface RewriteReport extends CompactionReport {
  /** Files that count and are not of the wanted kind yet. What they were replaced by is removed when the grace of the garbage is over. */
  readonly filesRemaining: number;
  /** Bytes of the month vaults among them. */
  readonly bytesRemaining: number;
}

/** What garbage collection removed. */
export interface GarbageReport extends RunReport {
  readonly deltasRemoved: number;
  readonly vaultsRemoved: number;
  readonly catalogsRemoved: number;
  /** Superseded files that are kept for now: within the grace period, or their successors could not be checked. */
  readonly kept: number;
}

/** The whole pipeline. */
export interface SyncReport extends RestoreReport {
  readonly recordsUploaded: number;
  readonly recordsPending: number;
  readonly compaction: CompactionReport | null;
  readonly garbage: GarbageReport | null;
}

/** What a check of the whole vault, or of one month, found. */
export interface VerifyReport extends RunReport {
  readonly ok: boolean;
  readonly filesChecked: number;
  readonly messagesInCloud: number;
  /** Paths, by what is wrong with them. */
  readonly foreign: readonly string[];
  readonly damaged: readonly string[];
  readonly missing: readonly string[];
  readonly unnamed: readonly string[];
  /** What uploads that broke off left: nothing depends on it, so it is no fault. */
  readonly abandoned: readonly string[];
  readonly unsealed: readonly string[];
  /** Records here that the cloud lacks or has in an older version, and that are not pending. */
  readonly missingRecords: number;
  /** Records of fully covered months that the cloud has and this device lacks. */
  readonly missingLocally: number;
}

/** One month in the cloud and here. */
export interface InventoryMonth {
  /** `2024-01`. */
  readonly month: string;
  /** Messages in the cloud's live vaults (versions in several runs count more than once until merged). */
  readonly messagesInCloud: number;
  readonly bytesInCloud: number;
  readonly vaults: number;
  readonly messagesHere: number;
  /** Whether all the cloud has of this month is here. */
  readonly complete: boolean;
}

/** What the cloud holds, from the last join; costs no download. */
export interface VaultInventory {
  readonly providerId: string;
  readonly months: readonly InventoryMonth[];
  readonly unfoldedDeltas: number;
  readonly catalogGeneration: number;
  readonly conversations: number;
  readonly pending: number;
  /** Files that count and are not encrypted, and the bytes of the month vaults and deltas among them. */
  readonly plainFiles: number;
  readonly plainBytes: number;
}

/** A page of history without gaps, newest first. */
export interface HistoryPage {
  readonly messages: readonly StampedMessage[];
  readonly reactions: readonly Reaction[];
  /** Whether older history exists, here or in the cloud. */
  readonly hasOlder: boolean;
  /** The newest month that holds older history of this conversation, when known. */
  readonly olderMonth?: string;
  /** Whether a part of the page could not be read, so that messages may be missing from it. */
  readonly incomplete: boolean;
  /** Why, when `incomplete`. */
  readonly error?: Error;
}

/** What a run is doing. Numbers never go back within a run; the last one is terminal. */
export interface SyncProgress {
  readonly phase:
    | 'listing'
    | 'restoring'
    | 'hydrating'
    | 'backing-up'
    | 'compacting'
    | 'collecting'
    | 'verifying'
    | 'repairing'
    | 'done'
    | 'failed'
    | 'aborted';
  readonly filesDone: number;
  readonly filesTotal: number;
  readonly bytesDone: number;
  readonly bytesTotal: number;
}

/** What every call of the engine takes. */
export interface RunOptions {
  /** Aborting takes effect within one file and rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: SyncProgress) => void;
}
