import { type CloudStorage } from '@chat-vault/cloud-storage';
import { type VaultCodec } from '@chat-vault/core';
import { type Environment } from '../environment.js';
import { type RunOptions } from '../reports/reports.js';

/** Where a vault is, or is to be. */
export interface VaultPlace {
  readonly cloud: CloudStorage;
  /** Folder of the account in the cloud, default `chat-vault`. */
  readonly basePath?: string;
}

/** What a move takes. Its progress has the phases `listing`, `backing-up` (copying) and `verifying`. */
export interface MigrateOptions extends RunOptions {
  readonly from: VaultPlace;
  readonly to: VaultPlace;
  /** Opens sealed catalogs, which say more about the files; those of `jsonCodec()` and `gzipCodec()` are opened anyway. */
  readonly codec?: VaultCodec;
  /** Files under way at once; default 4. */
  readonly maxInFlight?: number;
  /** Bytes in memory at once, but for a single file that is larger; default 32 MiB. */
  readonly maxInFlightBytes?: number;
  /** For tests. */
  readonly environment?: Partial<Environment>;
}

/**
 * One reason to keep the source:
 * - `damaged`: a file of the source is not what its name or a catalog promises; it was copied as it is;
 * - `unreadable`: a file of the source cannot be read; it was not copied;
 * - `missing`: a catalog of the source names a file that is not there;
 * - `conflict`: the target has another file of that name, and nothing proves it broken; it was left alone;
 * - `unverified`: the target does not give the file back as it was written, or does not list it;
 * - `unsettled`: a cloud whose listings are late by more than a minute may still show something new; nothing waits for that, so move again
 *   at `lookAgainAt`. Its path is empty when it is said of the source as a whole.
 */
export interface MigrateProblem {
  readonly kind: 'damaged' | 'unreadable' | 'missing' | 'conflict' | 'unverified' | 'unsettled';
  /** Under the base folder. */
  readonly path: string;
  readonly reason: string;
}

/** What a move did and found. */
export interface MigrateReport {
  /** Whether the target holds, checked, all that the source holds: only then may the source be given up. */
  readonly mayRelease: boolean;
  readonly problems: readonly MigrateProblem[];
  /** When there are `unsettled` problems: from when on another move can find that nothing new came, ISO-8601 UTC. */
  readonly lookAgainAt?: string;
  readonly filesCopied: number;
  readonly bytesCopied: number;
  /** Files that the target had before. */
  readonly filesPresent: number;
  /** Files of the target that were proven broken and written anew. */
  readonly filesReplaced: number;
  /** Files of the target that were read back and are right. */
  readonly filesVerified: number;
  /** Paths at the source that are not of the format; they were left out. */
  readonly foreign: readonly string[];
  readonly durationMs: number;
}
