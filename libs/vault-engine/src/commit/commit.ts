import { type CoverageChange } from '@chat-vault/chat-storage';
import { EMPTY_CONTENT, FormatError } from '@chat-vault/core';
import {
  allLiveVaults,
  type Catalog,
  catalogPath,
  type CatalogJoin,
  catalogToJson,
  sha256Hex,
} from '@chat-vault/core/format';
import { type Listing } from '../cloud/listing.js';
import { UnknownFields } from '../compaction/unknown-fields.js';
import { noteSuperseded, vaultAfterCommit } from '../restore/known-vault.js';
import { type Run } from '../run/run.js';
import { isSealing } from '../sealing/encryption.js';
import {
  CATALOG_MEMORY_MS,
  type EngineState,
  loadState,
  type RecentUpload,
} from '../state/engine-state.js';
import { refuseNewerVault } from './newer-vault.js';
import { type CommitChange, nextCatalog } from './next-catalog.js';

/** What a commit is based on, and what is stored with it. */
export interface CommitBase {
  readonly listing: Listing;
  /** Ids now wholly here, and coverage that the commit implies. */
  readonly applied: readonly string[];
  readonly coverage: readonly CoverageChange[];
  readonly documents?: Readonly<Record<string, unknown>>;
}

/**
 * Writes a catalog that joins all current ones and holds the change, then stores it here with what it implies. Before the catalog is written nobody refers to the
 * new files; a crash after it is repaired by the next listing.
 * @throws EngineError `upgrade-required` when a newer version keeps older ones from writing catalogs
 */
export async function commitCatalog(
  run: Run,
  change: CommitChange,
  base: CommitBase,
): Promise<CatalogJoin> {
  const state = await loadState(run.storage, run.provider);
  refuseNewerVault({ state, listing: base.listing });
  const { join } = state.vault;
  const { gone, forgotten } = goneFiles(state, base.listing);
  const known = knownIds(join, base.listing, forgotten);
  const context = {
    join,
    deviceId: run.storage.deviceId,
    account: run.account,
    extra: unknownFields(state),
    ancestors: recentlySeen(run, state, base.listing),
    forgotten,
    isKnown: (id: string) =>
      known.has(id) || Object.hasOwn(change.folded, id) || Object.hasOwn(change.replaced, id),
  };
  const { catalog, upload } = await uploadCatalog(run, (catalogId, torn) => {
    const ancestors = [...context.ancestors, ...torn];
    const { plain, ...next } = nextCatalog({ ...context, catalogId, ancestors }, change);
    return plain && isSealing(run.codec) ? { ...next, plain } : next;
  });
  const modifiedAt = new Date(Math.max(base.listing.newestAt, 0)).toISOString();
  const vault = vaultAfterCommit(catalog, { path: upload.path, modifiedAt });
  run.gate.learn(vault);
  const superseded = { ...state.superseded };
  noteSuperseded(superseded, catalog, { catalogAt: NOT_YET_DATED, seenAt: run.env.now() });
  await run.storage.apply(EMPTY_CONTENT, {
    provider: run.provider,
    coverage: base.coverage,
    applied: base.applied,
    conversations: vault.join.conversations.map(({ urn, last }) => ({ urn, last })),
    documents: {
      vault,
      superseded,
      gone,
      recent: [...state.recent.filter((one) => one.vaultId !== upload.vaultId), upload],
      ...base.documents,
    },
  });
  return vault.join;
}

/** What newer versions wrote beside what this one knows goes from catalog to catalog. */
function unknownFields({ vault }: EngineState): Catalog['extra'] {
  const unknown = new UnknownFields();
  for (const { catalog } of Object.values(vault.heads))
    if (catalog.extra !== undefined) unknown.gather({ ...EMPTY_CONTENT, extra: catalog.extra });
  return unknown.extra;
}

const MAX_UPLOADS = 3;

/**
 * Uploads a catalog and reads it back. One that was not stored as it was sent is no commit, for nobody else can read it: it is written again under another id, and names
 * what was torn, so that nobody tries to read that.
 * @throws FormatError when that does not help
 */
async function uploadCatalog(
  run: Run,
  make: (catalogId: string, torn: readonly string[]) => Catalog,
): Promise<{ readonly catalog: Catalog; readonly upload: RecentUpload }> {
  const { basePath, codec, env } = run;
  const torn: string[] = [];
  for (;;) {
    const catalog = make(env.uuid(), torn);
    const { catalogId, generation } = catalog;
    const json = catalogToJson(catalog, { basePath });
    const bytes = await codec.encode(json, { kind: 'catalog' });
    const path = catalogPath(basePath, { generation, catalogId, extension: codec.extension });
    run.progress.expect(2, 2 * bytes.length);
    await run.cloud.create(path, bytes);
    if ((await sha256Hex(await run.cloud.read(path))) === (await sha256Hex(bytes)))
      return { catalog, upload: { vaultId: catalogId, path, size: bytes.length, at: env.now() } };
    torn.push(catalogId);
    if (torn.length >= MAX_UPLOADS)
      throw new FormatError(
        'digest-mismatch',
        `vault-engine: "${path}" was not stored as it was sent, nor were ${torn.length - 1} before it`,
      );
  }
}

/** The server's time of a catalog that was just written is known only from a later listing; until then our own clock counts. */
const NOT_YET_DATED = '9999-12-31T23:59:59.999Z';

/** Every id that a listing or a catalog still mentions. */
function knownIds(
  join: CatalogJoin,
  listing: Listing,
  forgotten: ReadonlySet<string>,
): ReadonlySet<string> {
  const ids = new Set([
    ...listing.deltas.map((delta) => delta.vaultId),
    ...Object.keys(join.folded),
    ...Object.keys(join.replaced),
    ...allLiveVaults(join).map(({ vault }) => vault.vaultId),
    ...join.carried.map((carried) => carried.vaultId),
  ]);
  for (const id of forgotten) ids.delete(id);
  return ids;
}

/**
 * Folded deltas that no listing shows any more are forgotten at the second commit that notices. (Replaced vaults are noticed by garbage collection, which
 * lists the folders of years.)
 */
function goneFiles(
  state: EngineState,
  listing: Listing,
): { readonly gone: Readonly<Record<string, number>>; readonly forgotten: ReadonlySet<string> } {
  const { join } = state.vault;
  const listed = new Set(listing.deltas.map((delta) => delta.vaultId));
  const gone: Record<string, number> = {};
  const forgotten = new Set<string>();
  const goneIds = [
    ...Object.keys(join.folded).filter((id) => !listed.has(id)),
    ...Object.keys(join.replaced).filter((id) => Object.hasOwn(state.gone, id)),
  ];
  for (const id of goneIds) {
    const noticedAt = state.gone[id];
    if (noticedAt !== undefined && noticedAt < join.generation) forgotten.add(id);
    else gone[id] = noticedAt ?? join.generation;
  }
  return { gone, forgotten };
}

/** Ancestors that are listed now, or that a listing showed or a catalog first named in the last 30 days. */
function recentlySeen(run: Run, state: EngineState, listing: Listing): readonly string[] {
  const now = run.env.now();
  const listed = new Set(listing.catalogs.map(({ catalogId }) => catalogId));
  return state.vault.named.filter((id) => {
    const seenAt = state.catalogsSeen[id];
    return listed.has(id) || seenAt === undefined || now - seenAt < CATALOG_MEMORY_MS;
  });
}
