import { allLiveVaults, type PlainDelta, sha256Hex } from '@chat-vault/core/format';
import { decodeOwnDelta, isBadFile, isMissingFile } from '../cloud/vault-reader.js';
import { commitCatalog } from '../commit/commit.js';
import { isUpgradeNeeded } from '../commit/newer-vault.js';
import { type Restored } from '../restore/restore.js';
import { inParallel } from '../run/in-parallel.js';
import { type Run } from '../run/run.js';
import { loadState, patchDocuments } from '../state/engine-state.js';
import { isSealing } from './encryption.js';
import { forgetPlainManifests } from './forget-plain-manifests.js';
import { isSealedPath } from './gate.js';
import { rescuePlainDeltas } from './rescue-plain.js';

/** Goes on with turning encryption on or off, or follows a device that turned it on. */
export async function keepSealed(run: Run, restored: Restored): Promise<void> {
  if (!isSealing(run.codec)) await turnOff(run, restored);
  else if (run.gate.isClosed) await followSealed(run, restored);
  else await turnOn(run, restored);
}

/**
 * Commits one sealed catalog that says what all known ones say, and names the plain deltas that were read here. From then on plain files count only when a sealed
 * catalog names them, so the gate closes. Before the commit nothing has changed; after a crash behind it the next run finds the catalog and is closed by it.
 */
async function turnOn(run: Run, { listing }: Restored): Promise<void> {
  const state = await loadState(run.storage, run.provider);
  if (isUpgradeNeeded(state, listing)) return;
  const { folded } = state.vault.join;
  const candidates = listing.deltas.filter(
    ({ path, vaultId }) =>
      !isSealedPath(path) && state.applied.has(vaultId) && !Object.hasOwn(folded, vaultId),
  );
  run.progress.expect(candidates.length);
  const read = await inParallel(candidates, run.options.maxInFlight, (delta) =>
    digestOf(run, delta),
  );
  const plain = read.filter((one) => one !== null);
  await commitCatalog(
    run,
    { added: {}, replaced: {}, folded: {}, plain },
    { listing, applied: [], coverage: [], documents: { encryption: 'on' } },
  );
  run.gate.close();
}

/** Commits one plain catalog that says what the sealed ones say; from then on this device takes both kinds. */
async function turnOff(run: Run, { listing }: Restored): Promise<void> {
  const state = await loadState(run.storage, run.provider);
  if (isUpgradeNeeded(state, listing)) return;
  await commitCatalog(
    run,
    { added: {}, replaced: {}, folded: {} },
    { listing, applied: [], coverage: [], documents: { encryption: 'off' } },
  );
  run.gate.open();
}

/** What a sealed catalog is to say of a plain delta; `null` for one that is not whole, which is written again from what this device has. */
async function digestOf(
  run: Run,
  delta: { readonly path: string; readonly vaultId: string },
): Promise<PlainDelta | null> {
  try {
    const bytes = await run.cloud.read(delta.path);
    await decodeOwnDelta(run, delta, bytes);
    return { path: delta.path, sha256: await sha256Hex(bytes) };
  } catch (error) {
    if (!isBadFile(error) && !isMissingFile(error)) throw error;
    return null;
  }
}

/**
 * What this device knows from the time before it had a key, and no sealed catalog says yet, is said by one: plain catalogs that it had read are joined to the sealed
 * ones, and of plain deltas that it had read or written the records are written again. What it had not read is left alone.
 */
async function followSealed(run: Run, { listing }: Restored): Promise<void> {
  await rescuePlainDeltas(run, listing);
  const state = await loadState(run.storage, run.provider);
  if (isUpgradeNeeded(state, listing)) return;
  const heads = Object.values(state.vault.heads);
  const isAdopting = heads.some(({ isSealed }) => isSealed !== true);
  const rescued = new Set(state.rescued);
  const folded = Object.fromEntries(
    listing.unsealed.deltas
      .filter(({ vaultId }) => rescued.has(vaultId))
      .map(({ vaultId }) => [vaultId, []]),
  );
  const live = new Set(allLiveVaults(state.vault.join).map(({ vault }) => vault.vaultId));
  const replaced = Object.fromEntries(
    Object.entries(state.leftPlain).filter(([vaultId]) => !live.has(vaultId)),
  );
  const isNews = Object.keys(folded).length + Object.keys(replaced).length > 0;
  if (!isAdopting && !isNews) return;
  if (isAdopting) await forgetPlainManifests(run, state);
  await commitCatalog(
    run,
    { added: {}, replaced, folded },
    { listing, applied: [], coverage: [], documents: { leftPlain: {} } },
  );
  await forgetRescued(run);
}

/** Those that a catalog names as folded need not be remembered any more. */
async function forgetRescued(run: Run): Promise<void> {
  const { rescued, vault } = await loadState(run.storage, run.provider);
  const kept = rescued.filter((id) => !Object.hasOwn(vault.join.folded, id));
  if (kept.length < rescued.length)
    await patchDocuments(run.storage, run.provider, { rescued: kept });
}
