import { joinProvider } from '../backup/backup.js';
import { LONGEST_WAIT_MS } from '../cloud/longest-wait.js';
import { isMissingFile } from '../cloud/vault-reader.js';
import { commitCatalog } from '../commit/commit.js';
import { isUpgradeNeeded, refuseNewerVault } from '../commit/newer-vault.js';
import { EngineError } from '../reports/engine-error.js';
import { type Restored, restoreFromCloud } from '../restore/restore.js';
import { type Run } from '../run/run.js';
import { type EngineState, loadState, patchDocuments } from '../state/engine-state.js';
import { hasSealedHead, isSealing, locked } from './encryption.js';
import { isSealingDue } from './is-sealing-due.js';
import { keepSealed } from './keep-sealed.js';
import { CODEC_BEGINNING } from './stale-files.js';

/** A device that had the key before does not take plain files at their word again: what it does not know yet may have been put there since. */
async function beginTurningOn(run: Run, state: EngineState): Promise<void> {
  if (state.encryption === 'on' || hasSealedHead(state)) return;
  run.gate.open();
  await patchDocuments(run.storage, run.provider, { encryption: 'turning-on' });
}

/**
 * Turns encryption on. What is there is read by the rules of a plain vault a last time, then one sealed catalog is committed; when somebody else was first, this device
 * follows. Cut off, the next sync goes on. After the key was changed one catalog is written with the new one, so that other devices meet it.
 * @throws EngineError `locked` without a key, `upgrade-required`, `foreign-vault`
 */
export async function sealVault(run: Run): Promise<void> {
  if (!isSealing(run.codec)) throw locked();
  await joinProvider(run);
  const before = await loadState(run.storage, run.provider);
  await beginTurningOn(run, before);
  try {
    const first = await restoreFromCloud(run);
    if (first.isEmptied) return;
    refuseNewerVault(first);
  } catch (error) {
    if (error instanceof EngineError)
      await patchDocuments(run.storage, run.provider, { encryption: before.encryption });
    throw error;
  }
  const isOn = before.encryption === 'on';
  // What came in meanwhile, and what listings show late, so that little is left out; its writers seal it again once they have the key.
  const lagMs = isOn ? 0 : Math.min(run.cloud.listingLagMs ?? 0, LONGEST_WAIT_MS);
  await run.env.sleep(lagMs, run.signal);
  const { listing, state, isEmptied }: Restored = await restoreFromCloud(run);
  if (isEmptied) return;
  if (isSealingDue(run, state, listing))
    await keepSealed(run, { listing, state, before, isEmptied });
  else await announceKey(run, { listing, state });
}

/** Commits what the catalogs say once more, unless one of them was sealed with the key that writes. */
async function announceKey(
  run: Run,
  { listing, state }: Pick<Restored, 'listing' | 'state'>,
): Promise<void> {
  const { codec } = run;
  if (codec.isCurrent === undefined || isUpgradeNeeded(state, listing)) return;
  const current = listing.catalogs.filter((one) => Object.hasOwn(state.vault.heads, one.catalogId));
  for (const { path } of current)
    try {
      if (await codec.isCurrent(await run.cloud.read(path, { range: CODEC_BEGINNING }))) return;
    } catch (error) {
      if (!isMissingFile(error)) throw error;
    }
  await commitCatalog(
    run,
    { added: {}, replaced: {}, folded: {} },
    { listing, applied: [], coverage: [] },
  );
}
