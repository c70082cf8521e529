import { type Listing } from '../cloud/listing.js';
import { isToBeSealed } from '../restore/recent-uploads.js';
import { type Run } from '../run/run.js';
import { type EngineState } from '../state/engine-state.js';
import { isSealing } from './encryption.js';

/** Whether encryption is being turned on or off, or something of this device is not sealed yet that is to be: catalogs, or deltas from before it had a key. */
export function isSealingDue(run: Run, state: EngineState, listing: Listing): boolean {
  if (!isSealing(run.codec)) return state.encryption === 'turning-off';
  const { vault, recent, applied, leftPlain } = state;
  return (
    !run.gate.isClosed ||
    Object.keys(leftPlain).length > 0 ||
    Object.values(vault.heads).some(({ isSealed }) => isSealed !== true) ||
    recent.some((upload) => isToBeSealed(run, upload)) ||
    listing.unsealed.deltas.some(({ vaultId }) => applied.has(vaultId))
  );
}
