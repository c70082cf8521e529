import { CloudError } from '@chat-vault/cloud-storage';

/** Waits for a part of the library that is loaded when first needed. @throws CloudError `offline` when it cannot be fetched */
export async function loadChunk<Module>(loading: Promise<Module>): Promise<Module> {
  try {
    return await loading;
  } catch (cause) {
    throw new CloudError(
      'offline',
      'vault-engine: a part of the app could not be loaded; try again when online, or reload the page',
      { cause },
    );
  }
}

/** What an ordinary sync does. */
export const loadPipeline = () => loadChunk(import('../pipeline/pipeline.js'));

/** What reads and merges month vaults. */
export const loadReader = () => loadChunk(import('../restore/reader.js'));

/** Bulk upload, compaction, collection, verify and repair: what an ordinary sync does not need. */
export const loadMaintenance = () => loadChunk(import('../maintain/maintenance.js'));
