import { type Catalog, joinCatalogs } from '@chat-vault/core/format';
import { type ListedCatalog, type Listing } from '../cloud/listing.js';
import { readCatalog } from '../cloud/vault-reader.js';
import { type Run } from '../run/run.js';
import { isSealing } from '../sealing/encryption.js';
import { isSealedPath } from '../sealing/gate.js';
import {
  type EngineState,
  type KnownHead,
  type KnownVault,
  type SupersededSince,
} from '../state/engine-state.js';
import { type DamageLog } from './damage-log.js';

/** The catalogs as they are now, and what reading them brought. */
export interface RefreshedVault {
  readonly vault: KnownVault;
  readonly superseded: Readonly<Record<string, SupersededSince>>;
  readonly isChanged: boolean;
  /** Catalogs of another account, met while reading. */
  readonly foreignPaths: readonly string[];
}

/**
 * Reads the current catalogs that are not known yet, highest generation first, skipping what others name as parent or ancestor. A known
 * head that the listing lacks stays only while nothing listed is newer: a lagging or rolled-back listing takes nothing back.
 */
export async function refreshVault(
  run: Run,
  state: EngineState,
  listing: Listing,
  damage: DamageLog,
): Promise<RefreshedVault> {
  const named = new Set(state.vault.named);
  const heads = new Map(Object.entries(state.vault.heads));
  const superseded = { ...state.superseded };
  const foreignPaths: string[] = [];
  let isChanged = false;
  for (const listed of sealedFirst(listing.catalogs)) {
    if (run.gate.isClosed && !isSealedPath(listed.path)) continue; // reported by who admits the listing
    if (named.has(listed.catalogId) || heads.has(listed.catalogId)) continue;
    const catalog = await tryRead(run, listed, damage, foreignPaths);
    if (catalog === null) continue;
    isChanged = true;
    heads.set(catalog.catalogId, toHead(catalog, listed));
    if (isSealing(run.codec) && isSealedPath(listed.path)) run.gate.close();
    for (const id of [...catalog.parents, ...catalog.ancestors]) named.add(id);
    noteSuperseded(superseded, catalog, { catalogAt: listed.modifiedAt, seenAt: run.env.now() });
  }
  const current = currentHeads(heads, named, listing);
  isChanged ||= current.length !== Object.keys(state.vault.heads).length;
  if (!isChanged) return { vault: state.vault, superseded, isChanged, foreignPaths };
  const vault = toKnownVault(current, named, listing);
  return { vault, superseded, isChanged, foreignPaths };
}

/** The known vault after this device wrote a catalog that joins all current ones. */
export function vaultAfterCommit(
  catalog: Catalog,
  file: { readonly path: string; readonly modifiedAt: string },
): KnownVault {
  return {
    heads: { [catalog.catalogId]: toHead(catalog, file) },
    named: [...catalog.parents, ...catalog.ancestors],
    join: joinCatalogs([catalog]),
  };
}

const toHead = (
  catalog: Catalog,
  { path, modifiedAt }: { readonly path: string; readonly modifiedAt: string },
): KnownHead => ({ catalog, modifiedAt, ...(isSealedPath(path) ? { isSealed: true } : {}) });

/** From the highest generation, sealed ones before the others: once one was opened, the others are not taken at their word. */
const sealedFirst = (catalogs: readonly ListedCatalog[]): readonly ListedCatalog[] =>
  [...catalogs].sort((a, b) => Number(isSealedPath(b.path)) - Number(isSealedPath(a.path)));

/** Notes from when on the files that a catalog names are superseded, where that is not known yet. */
export function noteSuperseded(
  superseded: Record<string, SupersededSince>,
  catalog: Catalog,
  since: SupersededSince,
): void {
  const ids = [
    ...Object.keys(catalog.folded),
    ...Object.keys(catalog.replaced),
    ...catalog.parents,
    ...catalog.ancestors,
  ];
  for (const id of ids) {
    const known = superseded[id];
    if (known === undefined) superseded[id] = since;
    else if (since.catalogAt < known.catalogAt)
      superseded[id] = { catalogAt: since.catalogAt, seenAt: known.seenAt };
  }
}

async function tryRead(
  run: Run,
  listed: ListedCatalog,
  damage: DamageLog,
  foreignPaths: string[],
): Promise<Catalog | null> {
  if (!damage.isWorthReading(listed)) return null;
  try {
    return await readCatalog(run, listed);
  } catch (error) {
    if (!damage.contains(listed, error)) throw error;
    if (error.code === 'foreign-vault') foreignPaths.push(listed.path);
    return null;
  }
}

function currentHeads(
  heads: ReadonlyMap<string, KnownHead>,
  named: ReadonlySet<string>,
  listing: Listing,
): readonly (readonly [string, KnownHead])[] {
  const listedIds = new Set(listing.catalogs.map((catalog) => catalog.catalogId));
  const newestListed = Math.max(
    0,
    ...[...heads].filter(([id]) => listedIds.has(id)).map(([, head]) => head.catalog.generation),
  );
  return [...heads].filter(
    ([id, head]) => !named.has(id) && (listedIds.has(id) || head.catalog.generation > newestListed),
  );
}

function toKnownVault(
  current: readonly (readonly [string, KnownHead])[],
  named: ReadonlySet<string>,
  listing: Listing,
): KnownVault {
  const listedIds = new Set(listing.catalogs.map((catalog) => catalog.catalogId));
  const ancestors = new Set(
    current.flatMap(([, { catalog }]) => [...catalog.parents, ...catalog.ancestors]),
  );
  return {
    heads: Object.fromEntries(current),
    named: [...named].filter((id) => listedIds.has(id) || ancestors.has(id)),
    join: joinCatalogs(current.map(([, head]) => head.catalog)),
  };
}
