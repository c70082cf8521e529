import { joinProvider } from '../backup/backup.js';
import { refuseNewerVault } from '../commit/newer-vault.js';
import { restoreFromCloud } from '../restore/restore.js';
import { type Run } from '../run/run.js';
import { loadState, patchDocuments } from '../state/engine-state.js';
import { hasSealedHead, isSealing, locked } from './encryption.js';
import { keepSealed } from './keep-sealed.js';

/**
 * Turns encryption off for this device: reads what is there as one with the key does, plain files not taken at their word, and commits one plain catalog.
 * @throws EngineError `locked` without the key, or with a codec that still seals; `upgrade-required`
 */
export async function unsealVault(run: Run): Promise<void> {
  if (isSealing(run.codec) || run.opens.length === 0) throw locked();
  await joinProvider(run);
  const before = await loadState(run.storage, run.provider);
  if (before.encryption === 'off' && !hasSealedHead(before)) return;
  run.gate.close();
  await patchDocuments(run.storage, run.provider, { encryption: 'turning-off' });
  const restored = await restoreFromCloud(run);
  if (restored.isEmptied) return;
  refuseNewerVault(restored);
  await keepSealed(run, restored);
}
