import { loadChunk } from '../run/load-chunk.js';
import { type MigrateOptions, type MigrateReport } from './migration.js';

/**
 * Copies a vault from one cloud to another, for good or as a second copy: all its files, data before catalogs, so the target is a vault
 * at each moment. What is there already is not copied again, so a move that was stopped goes on where it was. Then everything at the
 * target is read back and compared, and `mayRelease` says whether the source may be given up. Both may be in use meanwhile; nothing is
 * removed at the source.
 *
 * A ZIP file is a source too (`zipCloud`). Wrap clouds in `withRetry`, as for the engine.
 *
 * Rejects with `CloudError`; `EngineError` `foreign-vault` when the target holds the vault of another account (nothing was written); or
 * the reason of an aborted signal. What was copied stays, and the next call goes on.
 */
export const migrateVault = async (options: MigrateOptions): Promise<MigrateReport> => {
  const { runMigration } = await loadChunk(import('./run-migration.js'));
  return runMigration(options);
};
