import { joinProvider } from '../backup/backup.js';
import { refuseNewerVault } from '../commit/newer-vault.js';
import { type Restored, restoreFromCloud } from '../restore/restore.js';
import { type Run } from '../run/run.js';
import { loadState, patchDocuments } from '../state/engine-state.js';
import { hasSealedHead, isSealing, locked } from './encryption.js';
import { isSealingDue } from './is-sealing-due.js';
import { keepSealed } from './keep-sealed.js';

/**
 * Turns encryption on. What is there is read by the rules of a plain vault a last time, then one sealed catalog is committed; when somebody else was first, this device
 * follows. Cut off, the next sync goes on.
 * @throws EngineError `locked` without a key, `upgrade-required`, `foreign-vault`
 */
export async function sealVault(run: Run): Promise<void> {
  if (!isSealing(run.codec)) throw locked();
  await joinProvider(run);
  const before = await loadState(run.storage, run.provider);
  if (!hasSealedHead(before)) run.gate.open();
  const first = await restoreFromCloud(run);
  if (first.isEmptied) return;
  refuseNewerVault(first);
  if (!run.gate.isClosed)
    await patchDocuments(run.storage, run.provider, { encryption: 'turning-on' });
  // What came in meanwhile, so that as little as possible is left out.
  const { listing, state, isEmptied }: Restored = await restoreFromCloud(run);
  if (isEmptied || !isSealingDue(run, state, listing)) return;
  await keepSealed(run, { listing, state, before, isEmptied });
}
