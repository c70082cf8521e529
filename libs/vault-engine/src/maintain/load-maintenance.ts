import { CloudError } from '@chat-vault/cloud-storage';

/** What `loadMaintenance` gives. */
export type Maintenance = typeof import('./maintenance.js');

/**
 * Loads the part of the engine that an ordinary sync does not need (bulk upload, compaction, collection, verify, repair), so that it does not weigh on the first
 * paint of an app. @throws CloudError `offline` when the chunk cannot be fetched
 */
export async function loadMaintenance(): Promise<Maintenance> {
  try {
    return await import('./maintenance.js');
  } catch (cause) {
    throw new CloudError(
      'offline',
      'vault-engine: a part of the app could not be loaded; try again when online, or reload the page',
      { cause },
    );
  }
}
