import { liveMonths, liveVaults } from '@chat-vault/core/format';
import { isBadFile, isMissingFile, readManifest } from '../cloud/vault-reader.js';
import { inParallel } from '../run/in-parallel.js';
import { type Run } from '../run/run.js';
import { type CloudView } from './hydrate.js';
import { isHeld } from './month-coverage.js';

/**
 * Fetches the manifests of the newest month while the deltas are fetched, on a device that holds nothing of the vaults yet: whoever opens a conversation next needs them,
 * and so one round trip less. What cannot be read is left to who needs it, and reported there.
 */
export async function prefetchNewest(run: Run, view: CloudView): Promise<void> {
  const [newest] = liveMonths(view.join);
  if (newest === undefined) return;
  const open = liveVaults(view.join, newest).filter((vault) => !isHeld(vault, view.applied));
  if (open.length === 0 || (await run.storage.coverageEntries(run.provider)).length > 0) return;
  await inParallel(open, run.options.maxInFlight, async (vault) => {
    try {
      await readManifest(run, vault);
    } catch (error) {
      if (!isBadFile(error) && !isMissingFile(error)) throw error;
    }
  });
}
