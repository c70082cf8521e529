import { type ProviderState } from '../sync/provider-state';

/**
 * What would be lost if the browser cleared this site's storage, as it may when the device runs out of space, and as Safari does after
 * seven days without a visit. It says nothing of a lost device.
 * - `safe`: the browser promised to keep it until the person clears it;
 * - `evictable`: the browser may clear it, but a connected cloud has everything, so it would come back;
 * - `unbacked`: the browser may clear it, and something is only here: no cloud is connected, none was synced yet, or changes are pending.
 */
export type Persistence = 'safe' | 'evictable' | 'unbacked';

/** What there is to say with these clouds. One that has everything is enough. */
export function persistenceOf(
  isPersisted: boolean,
  providers: readonly ProviderState[],
): Persistence {
  if (isPersisted) return 'safe';
  return providers.some(hasEverything) ? 'evictable' : 'unbacked';
}

/** A count of pending changes is what the cloud confirmed, so it is true for as long as nobody found its files gone or damaged. */
const hasEverything = ({ isConnected, lastSyncedAt, pendingChanges, status }: ProviderState) =>
  isConnected && lastSyncedAt !== null && pendingChanges === 0 && status.state !== 'sync-error';
