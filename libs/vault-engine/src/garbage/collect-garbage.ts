import { type CloudFile } from '@chat-vault/cloud-storage';
import {
  allLiveVaults,
  type CarriedDelta,
  type CatalogJoin,
  liveVaults,
  parsePath,
  yearFolder,
} from '@chat-vault/core/format';
import { isFresh, type Listing, listVault } from '../cloud/listing.js';
import { isMissingFile } from '../cloud/vault-reader.js';
import { inspectDelta } from '../repair/inspect-delta.js';
import { type Run } from '../run/run.js';
import { warn } from '../run/tally.js';
import { type EngineState, loadState } from '../state/engine-state.js';
import { unreadableHeads } from '../survey/current-catalogs.js';
import { type GarbageCandidate, garbageJoin, planGarbage } from './garbage-plan.js';

/** What was removed. */
export interface GarbageOutcome {
  readonly deltasRemoved: number;
  readonly vaultsRemoved: number;
  readonly catalogsRemoved: number;
  readonly kept: number;
}

/** Removals between two checks. */
const BATCH = 20;

/**
 * Removes files that a committed catalog, present in the cloud now, names as folded or replaced, in batches of at most 20. Before each batch the folders
 * concerned are listed again: a file goes only when all live vaults of every month it is listed with, and all carried deltas, are there.
 */
export async function collectGarbageFiles(run: Run, listing: Listing): Promise<GarbageOutcome> {
  run.progress.enter('collecting');
  const state = await loadState(run.storage, run.provider);
  const candidates = planGarbage(state, listing, {
    deltaMs: run.options.deltaGraceMs,
    otherMs: run.options.graceMs,
    now: run.env.now(),
  });
  const removed = { delta: 0, vault: 0, catalog: 0 };
  let kept = 0;
  const areReadable = candidates.length > 0 && (await areHeadsReadable(run, state, listing));
  for (
    let start = 0;
    areReadable && start < candidates.length && isFresh(run, listing);
    start += BATCH
  ) {
    const batch = candidates.slice(start, start + BATCH);
    const scene = await lookAgain(run, batch);
    if (scene === null) break;
    for (const candidate of batch) {
      const hasGone = await removeIfSafe(run, scene, candidate);
      if (hasGone === 'kept') kept += 1;
      else if (hasGone === 'removed') removed[candidate.kind] += 1;
    }
    await noteGone(run, batch, scene);
  }
  return {
    deltasRemoved: removed.delta,
    vaultsRemoved: removed.vault,
    catalogsRemoved: removed.catalog,
    kept,
  };
}

/** The catalogs that name the garbage are read once more: one that was damaged since would leave others with what it superseded. */
async function areHeadsReadable(run: Run, state: EngineState, listing: Listing): Promise<boolean> {
  const unreadable = await unreadableHeads(run, listing, state.vault.heads);
  for (const { listed, error } of unreadable)
    warn(run.tally, { code: 'damaged-file', message: error.message, subject: listed.path });
  return unreadable.length === 0;
}

/** The cloud as it was listed just before a batch. */
interface Scene {
  readonly join: CatalogJoin;
  readonly listing: Listing;
  /** Files of the years concerned, by path. */
  readonly files: ReadonlyMap<string, CloudFile>;
  /** Months of which everything live is there. */
  readonly soundMonths: ReadonlyMap<string, boolean>;
  readonly isCarriedThere: boolean;
}

async function lookAgain(run: Run, batch: readonly GarbageCandidate[]): Promise<Scene | null> {
  const listing = await listVault(run);
  const state = await loadState(run.storage, run.provider);
  const join = garbageJoin(state, listing);
  if (join === null) return null;
  const months = new Set(batch.flatMap((candidate) => candidate.partitions));
  const years = new Set([...months].map((month) => month.slice(0, 4)));
  const files = new Map<string, CloudFile>();
  for (const year of years)
    for (const file of await run.cloud.list(yearFolder(run.basePath, year)))
      files.set(file.path, file);
  const soundMonths = new Map<string, boolean>();
  for (const month of months) {
    const isReadable = liveVaults(join, month).every(
      ({ vaultId }) => state.unreadable[vaultId] === undefined,
    );
    soundMonths.set(month, isReadable && (await isMonthSound(run, join, month, files)));
  }
  return {
    join,
    listing,
    files,
    soundMonths,
    isCarriedThere:
      batch.every(({ kind }) => kind === 'catalog') || (await isCarriedSound(run, join, listing)),
  };
}

async function isMonthSound(
  run: Run,
  join: CatalogJoin,
  month: string,
  files: ReadonlyMap<string, CloudFile>,
): Promise<boolean> {
  let isSound = true;
  for (const vault of join.partitions[month] ?? []) {
    const isThere =
      files.get(vault.path)?.size === vault.byteLength &&
      files.has(vault.manifestPath) &&
      (await answersByName(run, vault.path, vault.byteLength));
    if (isThere) continue;
    isSound = false;
    reportMissing(run, vault.vaultId, vault.path);
  }
  return isSound;
}

/** Carried deltas are small and have no size in a catalog, so they are read: what they hold may be nowhere else soon. */
async function isCarriedSound(run: Run, join: CatalogJoin, listing: Listing): Promise<boolean> {
  let isSound = true;
  const listed = new Set(listing.deltas.map((delta) => delta.path));
  for (const carried of join.carried) {
    const finding = listed.has(carried.path) ? await inspectDelta(run, carried) : 'gone';
    if (finding === 'left-alone') continue;
    isSound = false;
    if (finding === 'gone') reportMissing(run, carried.vaultId, carried.path);
    else reportDamaged(run, carried);
  }
  return isSound;
}

/** Where listings may lag, a file counts as there only when it answers to its own name. */
async function answersByName(run: Run, path: string, size: number): Promise<boolean> {
  if (!run.cloud.listingLagMs || size === 0) return true;
  try {
    return (await run.cloud.read(path, { range: { offset: size - 1, length: 1 } })).length === 1;
  } catch (error) {
    if (isMissingFile(error)) return false;
    throw error;
  }
}

function reportMissing(run: Run, id: string, path: string): void {
  warn(run.tally, {
    code: 'missing-file',
    message: `"${path}" is referenced and not there`,
    subject: id,
  });
  run.tally.missingIds.add(id);
}

function reportDamaged(run: Run, { vaultId, path }: CarriedDelta): void {
  warn(run.tally, {
    code: 'damaged-file',
    message: `"${path}" was altered, and holds what deltas held that could be collected`,
    subject: vaultId,
  });
  run.tally.missingIds.add(vaultId);
}

async function removeIfSafe(
  run: Run,
  scene: Scene,
  candidate: GarbageCandidate,
): Promise<'removed' | 'kept' | 'absent'> {
  const isSafe =
    candidate.kind === 'catalog' ||
    (scene.isCarriedThere &&
      candidate.partitions.every((month) => scene.soundMonths.get(month) === true));
  if (!isSafe || !isStillNamed(scene, candidate)) return 'kept';
  const paths = pathsOf(run, scene, candidate);
  for (const path of paths) await run.cloud.remove(path);
  return paths.length > 0 ? 'removed' : 'absent';
}

/** The catalogs present now must still say that the file is superseded. */
function isStillNamed({ join, listing }: Scene, candidate: GarbageCandidate): boolean {
  if (candidate.kind === 'delta') return Object.hasOwn(join.folded, candidate.id);
  if (candidate.kind === 'catalog')
    return !join.heads.includes(candidate.id) && listing.catalogs.length > 1;
  const isLive = allLiveVaults(join).some(({ vault }) => vault.vaultId === candidate.id);
  return Object.hasOwn(join.replaced, candidate.id) && !isLive;
}

/** Every listed file of the candidate, the vault before its manifest. */
function pathsOf(run: Run, scene: Scene, candidate: GarbageCandidate): readonly string[] {
  const { listing, files } = scene;
  if (candidate.kind === 'delta')
    return listing.deltas.filter((delta) => delta.vaultId === candidate.id).map(({ path }) => path);
  if (candidate.kind === 'catalog')
    return listing.catalogs.filter((one) => one.catalogId === candidate.id).map(({ path }) => path);
  return [...files.keys()]
    .filter((path) => {
      const parsed = parsePath(run.basePath, path);
      const isTwin = parsed?.kind === 'vault' || parsed?.kind === 'manifest';
      return isTwin && parsed.vaultId === candidate.id;
    })
    .sort((a, b) => (a.includes('chat_vault_') ? -1 : 1) - (b.includes('chat_vault_') ? -1 : 1));
}

/** Replaced vaults that no listing shows are noted, so that a later commit forgets them. */
async function noteGone(run: Run, batch: readonly GarbageCandidate[], scene: Scene): Promise<void> {
  const { gone } = await loadState(run.storage, run.provider);
  const absent = batch.filter(
    (candidate) =>
      candidate.kind === 'vault' &&
      gone[candidate.id] === undefined &&
      pathsOf(run, scene, candidate).length === 0,
  );
  if (absent.length === 0) return;
  const noticed = Object.fromEntries(absent.map(({ id }) => [id, scene.join.generation]));
  await run.storage.updateSyncState(run.provider, { documents: { gone: { ...gone, ...noticed } } });
}
