import { type Logger, type VaultCodec } from '@chat-vault/core';
import { type CloudOperation } from '@chat-vault/cloud-storage';
import { type ConflictResolver, lastWriterWins } from '../../merge/conflict-resolver.js';
import { type IPersistence } from '../persistence.js';
import { systemEnvironment } from './default-environment.js';

/** A call of the cloud that was answered. */
export interface CloudTransfer {
  readonly operation: CloudOperation;
  readonly path: string;
  /** Of the file; 0 for a listing. */
  readonly bytes: number;
}

/** What a cloud tier may be told. */
export interface CloudTierOptions {
  /** The folder of the account, as for the vault. Default `chat-vault`; the files lie in `entities` in it. */
  readonly basePath?: string;
  /**
   * Identity of the account in the app. Files of another one are not used, and a cloud with none but such is refused (`foreign-vault`); in them is a digest of it. Absent: everybody's
   * files are taken.
   */
  readonly accountId?: string;
  /** Where a tier is used by itself; an orchestrator tells its own. Default the last writer wins. */
  readonly conflictResolver?: ConflictResolver;
  /**
   * Where read files are remembered, so that a restart reads none again. It holds what the files hold, decrypted, under keys that begin with
   * `cloud~`; without it everything is read once after a start.
   */
  readonly cache?: IPersistence;
  /** Codecs that files were written with before: they are read too, and written anew with the codec when their key is written. */
  readonly alsoReads?: readonly VaultCodec[];
  /** How long a file that was replaced stays, by the server's clock. Default 7 days. */
  readonly graceMs?: number;
  /** How old a listing may be for `loadData`, in milliseconds. Default 10 s; `loadMetadata` always lists. */
  readonly listingMs?: number;
  /** How many files are read or written at once. Default 6. */
  readonly atOnce?: number;
  readonly onTransfer?: (transfer: CloudTransfer) => void;
  readonly logger?: Logger;
  /** Unix ms. */
  readonly now?: () => number;
  /** Makes ids that nobody else makes, a UUID of version 7. */
  readonly newId?: () => string;
}

const DAY_MS = 24 * 60 * 60 * 1000;

/** `options` with every default filled in. */
export type CloudTierSettings = Required<Omit<CloudTierOptions, Unset>> &
  Pick<CloudTierOptions, Unset>;

/** Options without a default. */
type Unset = 'accountId' | 'cache' | 'onTransfer' | 'logger';

/** Fills in the defaults. */
export const cloudTierSettings = (options: CloudTierOptions): CloudTierSettings => ({
  basePath: 'chat-vault',
  conflictResolver: lastWriterWins,
  alsoReads: [],
  graceMs: 7 * DAY_MS,
  listingMs: 10_000,
  atOnce: 6,
  ...systemEnvironment,
  ...options,
});
