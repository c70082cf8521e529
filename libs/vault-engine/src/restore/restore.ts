import { type CoverageChange } from '@chat-vault/chat-storage';
import { type CloudFile } from '@chat-vault/cloud-storage';
import { EMPTY_CONTENT } from '@chat-vault/core';
import { allLiveVaults, parsePath, yearFolder } from '@chat-vault/core/format';
import { admitted, listAll, type Listing } from '../cloud/listing.js';
import { isMissingFile } from '../cloud/vault-reader.js';
import { EngineError } from '../reports/engine-error.js';
import { type Run } from '../run/run.js';
import { skip, warn } from '../run/tally.js';
import { CATALOG_MEMORY_MS, type EngineState, loadState } from '../state/engine-state.js';
import { locked, refuseSealedFiles } from '../sealing/encryption.js';
import { isSealedPath } from '../sealing/gate.js';
import { applyDeltas } from './apply-deltas.js';
import { DamageLog } from './damage-log.js';
import { loadReader } from '../run/load-chunk.js';
import { type CloudView } from './hydrate.js';
import { isHeld } from './month-coverage.js';
import { refreshVault } from './known-vault.js';
import { prefetchNewest } from './prefetch-newest.js';
import { settleRecentUploads } from './recent-uploads.js';

/** The cloud and this device after a restore. */
export interface Restored {
  readonly listing: Listing;
  readonly state: EngineState;
  /** What was known before. */
  readonly before: EngineState;
  /** Whether the cloud was emptied; nothing is to be written then. */
  readonly isEmptied: boolean;
}

const MAX_ATTEMPTS = 3;

/** Merges what the cloud has and this device lacks. A file that vanishes meanwhile makes it list again and start over, at most three times. */
export async function restoreFromCloud(run: Run): Promise<Restored> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await restoreOnce(run, { isLast: attempt >= MAX_ATTEMPTS });
    } catch (error) {
      if (!isMissingFile(error) || attempt >= MAX_ATTEMPTS) throw error;
    }
  }
}

async function restoreOnce(run: Run, attempt: { readonly isLast: boolean }): Promise<Restored> {
  run.progress.enter('listing');
  const state = await loadState(run.storage, run.provider);
  // A new device asks for the folders of vaults together with the listing: that costs no further round trip.
  const [all, yearFiles] = await Promise.all([
    listAll(run),
    state.unnamed === null ? listRecentYears(run) : undefined,
  ]);
  if (isEmptied(state, all)) {
    warn(run.tally, {
      code: 'vault-emptied',
      message:
        'the folder of this vault is empty now; nothing was changed here, reseed() uploads everything again',
    });
    return { listing: all, state, before: state, isEmptied: true };
  }
  run.progress.enter('restoring');
  const damage = new DamageLog(run, state.damaged, { toleratesMissing: attempt.isLast });
  const refreshed = await refreshVault(run, state, all, damage);
  const { join } = refreshed.vault;
  run.gate.learn(refreshed.vault);
  const listing = admitted(run, all);
  reportUnsealed(run, listing);
  warnOfListing(run, state, listing, join.folded);
  const [deltas] = await Promise.all([
    applyDeltas(run, { state, listing, join, damage }),
    prefetchNewest(run, { join, applied: state.applied }),
  ]);
  refuseForeignVault(
    state,
    listing,
    [...refreshed.foreignPaths, ...deltas.foreignPaths],
    deltas.read,
  );
  refuseWrongKey(run, listing, refreshed.vault, deltas.applied);
  if (yearFiles) await noteUnnamed(run, join, yearFiles);
  const applied = withHeldVaults(join, deltas.applied);
  const coverage = refreshed.isChanged ? await coverageOf(run, { join, applied }) : [];
  await storeOutcome(run, state, listing, { refreshed, applied, coverage, damage });
  await settleRecentUploads(run, listing, join);
  const after = await loadState(run.storage, run.provider);
  return { listing, state: after, before: state, isEmptied: false };
}

/** Whether this device has read nothing yet of vaults that it does not hold. */
export async function isHydrationDue(run: Run, state: EngineState): Promise<boolean> {
  const isOpen = allLiveVaults(state.vault.join).some(({ vault }) => !isHeld(vault, state.applied));
  return isOpen && (await run.storage.coverageEntries(run.provider)).length === 0;
}

/** The coverage that a new join implies; what is covered here is brought up to date for it. */
async function coverageOf(run: Run, view: CloudView): Promise<readonly CoverageChange[]> {
  const entries = await run.storage.coverageEntries(run.provider);
  return entries.length === 0 ? [] : (await loadReader()).refreshCoverage(run, view, entries);
}

/** Nothing at all is listed although the last listing showed files: somebody emptied the folder, or it is not mounted. */
function isEmptied(state: EngineState, listing: Listing): boolean {
  const { deltas, catalogs } = state.listed;
  const hadFiles = deltas.length + catalogs.length > 0;
  return hadFiles && listing.deltas.length === 0 && listing.catalogs.length === 0;
}

function warnOfListing(
  run: Run,
  state: EngineState,
  listing: Listing,
  folded: Readonly<Record<string, unknown>>,
): void {
  const listed = new Set(
    [...listing.deltas, ...listing.unsealed.deltas].map((delta) => delta.vaultId),
  );
  const lost = state.listed.deltas.filter((id) => !listed.has(id) && !Object.hasOwn(folded, id));
  if (lost.length > 0)
    warn(run.tally, {
      code: 'listing-shrunk',
      message: `${lost.length} delta(s) that were listed before and that no catalog names as folded are not listed now; nothing was concluded from it`,
    });
  const known = state.vault.join.generation;
  const newest = Math.max(0, ...listing.catalogs.map((catalog) => catalog.generation));
  const isLagging = state.recent.some((upload) => state.vault.join.heads.includes(upload.vaultId));
  if (newest < known && !isLagging)
    warn(run.tally, {
      code: 'vault-rolled-back',
      message: `the newest catalog listed is generation ${newest}, this device has seen ${known}`,
    });
}

/** Files of another account are skipped one by one; when they are all there is, the whole provider is refused. */
function refuseForeignVault(
  state: EngineState,
  listing: Listing,
  foreignPaths: readonly string[],
  readIds: ReadonlySet<string>,
): void {
  if (foreignPaths.length === 0) return;
  const isOurs = (id: string) =>
    readIds.has(id) || state.applied.has(id) || Object.hasOwn(state.vault.heads, id);
  const foreign = new Set(foreignPaths);
  const hasOwn =
    listing.deltas.some((delta) => !foreign.has(delta.path) && isOurs(delta.vaultId)) ||
    listing.catalogs.some((catalog) => !foreign.has(catalog.path) && isOurs(catalog.catalogId));
  if (hasOwn) return;
  throw new EngineError(
    'foreign-vault',
    'vault-engine: the vault of another account is behind this provider; nothing was read or written. Connect the storage of this account, or use another base path.',
    { details: { path: foreignPaths[0] } },
  );
}

/** Names the files that are not used because they are not sealed. */
function reportUnsealed(run: Run, { unsealed }: Listing): void {
  for (const { path } of [...unsealed.deltas, ...unsealed.catalogs]) {
    skip(run.tally, path, 'unsealed');
    warn(run.tally, {
      code: 'unsealed',
      message: `"${path}" is not encrypted and this vault is, so it was not used`,
      subject: path,
    });
  }
}

/** Files of keys that are not here are skipped one by one; when nothing else that is sealed could ever be opened, the key is not this vault's. */
function refuseWrongKey(
  run: Run,
  { deltas }: Listing,
  { heads }: EngineState['vault'],
  applied: ReadonlySet<string>,
): void {
  const isUnknown = [...run.tally.skipped.values()].some(({ reason }) => reason === 'unknown-key');
  if (!isUnknown || Object.values(heads).some(({ isSealed }) => isSealed === true)) return;
  if (deltas.some(({ path, vaultId }) => isSealedPath(path) && applied.has(vaultId))) return;
  throw locked();
}

/** Vaults made only from what is here are here. */
function withHeldVaults(
  join: CloudView['join'],
  applied: ReadonlySet<string>,
): ReadonlySet<string> {
  const held = new Set(applied);
  for (let hasGrown = true; hasGrown;) {
    hasGrown = false;
    for (const { vault } of allLiveVaults(join)) {
      if (held.has(vault.vaultId) || !isHeld(vault, held)) continue;
      held.add(vault.vaultId);
      hasGrown = true;
    }
  }
  return held;
}

/** The folders of this and the last year. */
async function listRecentYears(run: Run): Promise<readonly CloudFile[]> {
  const year = new Date(run.env.now()).getUTCFullYear();
  const folders = await Promise.all(
    [year, year - 1].map((each) => run.cloud.list(yearFolder(run.basePath, String(each)))),
  );
  const files = folders.flat();
  await refuseSealedFiles(
    run,
    files.filter(({ path }) => parsePath(run.basePath, path) !== null),
  );
  return files;
}

/** A new device looks once whether there are vaults that no catalog names. */
async function noteUnnamed(
  run: Run,
  join: CloudView['join'],
  files: readonly CloudFile[],
): Promise<void> {
  const live = new Set(allLiveVaults(join).map(({ vault }) => vault.vaultId));
  let unnamed = 0;
  for (const file of files) {
    const parsed = parsePath(run.basePath, file.path);
    if (parsed?.kind !== 'vault') continue;
    if (!run.gate.admitsMonthFile({ ...parsed, path: file.path, id: parsed.vaultId })) continue;
    if (live.has(parsed.vaultId) || Object.hasOwn(join.replaced, parsed.vaultId)) continue;
    unnamed += 1;
    warn(run.tally, {
      code: 'unnamed-vault',
      message: `"${file.path}" is named by no catalog; repair() unites it`,
      subject: file.path,
    });
  }
  await run.storage.updateSyncState(run.provider, { documents: { unnamed } });
}

async function storeOutcome(
  run: Run,
  state: EngineState,
  listing: Listing,
  outcome: {
    readonly refreshed: Awaited<ReturnType<typeof refreshVault>>;
    readonly applied: ReadonlySet<string>;
    readonly coverage: readonly CoverageChange[];
    readonly damage: DamageLog;
  },
): Promise<void> {
  const { refreshed, applied, coverage, damage } = outcome;
  const { join } = refreshed.vault;
  const plain = listing.deltas.filter(
    ({ path, vaultId }) => !isSealedPath(path) && !Object.hasOwn(join.folded, vaultId),
  );
  const listed = {
    deltas: listing.deltas
      .map((delta) => delta.vaultId)
      .filter((id) => !Object.hasOwn(join.folded, id)),
    catalogs: listing.catalogs.map((catalog) => catalog.catalogId),
    plainDeltas: plain.length,
    plainDeltaBytes: plain.reduce((sum, { size }) => sum + size, 0),
  };
  const isListedChanged = JSON.stringify(listed) !== JSON.stringify(state.listed);
  const isAppliedChanged = applied.size !== state.applied.size;
  if (!refreshed.isChanged && !isListedChanged && !isAppliedChanged && !damage.isChanged) return;
  await run.storage.apply(EMPTY_CONTENT, {
    provider: run.provider,
    coverage,
    applied: [...applied].filter((id) => !state.applied.has(id)),
    ...(refreshed.isChanged
      ? { conversations: join.conversations.map(({ urn, last }) => ({ urn, last })) }
      : {}),
    documents: {
      vault: refreshed.vault,
      superseded: keepMentioned(refreshed.superseded, refreshed.vault, listed.catalogs),
      damaged: damage.toDocument(),
      missing: [
        ...new Set([
          ...state.missing,
          ...forgottenVaults(state.vault.join, join),
          ...givenUpSince(run, state, join),
        ]),
      ],
      listed,
      catalogsSeen: catalogsSeen(state, refreshed.vault.named, {
        listed: listed.catalogs,
        now: run.env.now(),
      }),
    },
  });
  await pruneApplied(run, [...state.listed.deltas, ...idsOf(listing)], refreshed.vault.join);
}

/** Live vaults of one join that another neither knows nor replaces. */
function forgottenVaults(before: CloudView['join'], now: CloudView['join']): readonly string[] {
  const known = new Set(allLiveVaults(now).map(({ vault }) => vault.vaultId));
  return allLiveVaults(before)
    .map(({ vault }) => vault.vaultId)
    .filter((id) => !known.has(id) && !Object.hasOwn(now.replaced, id));
}

/** Damaged files that another device's repair gave up: what this one has of them may be all that is left. A device that read nothing yet has nothing of them. */
function givenUpSince(
  run: Run,
  { vault, applied }: EngineState,
  now: CloudView['join'],
): readonly string[] {
  if (applied.size === 0 && vault.join.generation === 0) return [];
  const known = new Set(vault.join.skipped.map(({ path }) => path));
  return now.skipped
    .filter(({ path }) => !known.has(path))
    .flatMap(({ path }) => {
      const parsed = parsePath(run.basePath, path);
      return parsed?.kind === 'vault' || parsed?.kind === 'delta' ? [parsed.vaultId] : [];
    });
}

/** An id that is still named keeps its time, however long ago that was: else it would seem new, and be named for ever. */
function catalogsSeen(
  state: EngineState,
  named: readonly string[],
  seen: { readonly listed: readonly string[]; readonly now: number },
): Readonly<Record<string, number>> {
  const isNamed = new Set(named);
  const before = Object.entries(state.catalogsSeen).filter(
    ([id, at]) => isNamed.has(id) || seen.now - at < CATALOG_MEMORY_MS,
  );
  const fresh = named.filter((id) => state.catalogsSeen[id] === undefined);
  return Object.fromEntries([
    ...before,
    ...[...fresh, ...seen.listed].map((id) => [id, seen.now] as const),
  ]);
}

function keepMentioned<Value>(
  byId: Readonly<Record<string, Value>>,
  vault: EngineState['vault'],
  catalogIds: readonly string[],
): Readonly<Record<string, Value>> {
  const { folded, replaced } = vault.join;
  const catalogs = new Set(catalogIds);
  return Object.fromEntries(
    Object.entries(byId).filter(
      ([id]) => Object.hasOwn(folded, id) || Object.hasOwn(replaced, id) || catalogs.has(id),
    ),
  );
}

const idsOf = ({ deltas, unsealed }: Listing): readonly string[] =>
  [...deltas, ...unsealed.deltas].map(({ vaultId }) => vaultId);

/** Ids that neither the last two listings nor a catalog mention any more are dropped; one listing alone may be short. */
async function pruneApplied(
  run: Run,
  listed: readonly string[],
  join: CloudView['join'],
): Promise<void> {
  const { applied, sealed, recent } = await loadState(run.storage, run.provider);
  const mentioned = new Set([
    ...listed,
    ...recent.map((upload) => upload.vaultId),
    ...Object.keys(join.folded),
    ...Object.keys(join.replaced),
    ...join.carried.flatMap((carried) => [carried.vaultId, ...carried.from]),
    ...allLiveVaults(join).flatMap(({ vault }) => [vault.vaultId, ...(vault.from ?? [])]),
    ...(sealed ? [sealed.vaultId] : []),
  ]);
  const kept = [...applied].filter((id) => mentioned.has(id));
  if (kept.length < applied.size)
    await run.storage.updateSyncState(run.provider, { applied: kept });
}
