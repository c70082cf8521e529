import { type CloudFile } from '@chat-vault/cloud-storage';
import { catalogsFolder, deltasFolder, parsePath } from '@chat-vault/core/format';
import { type Run } from '../run/run.js';
import { refuseSealedFiles } from '../sealing/encryption.js';
import { isSealedPath } from '../sealing/gate.js';

/** A delta in a listing. */
export interface ListedDelta {
  readonly vaultId: string;
  readonly path: string;
  readonly size: number;
  readonly modifiedAt: string;
  /** First 16 hex digits of the SHA-256 that its bytes must have. */
  readonly digest: string;
}

/** A catalog in a listing. */
export interface ListedCatalog {
  readonly catalogId: string;
  readonly generation: number;
  readonly path: string;
  readonly size: number;
  readonly modifiedAt: string;
}

/** What `deltas/` and `catalogs/` held at about one moment. */
export interface Listing {
  /** From the oldest id. */
  readonly deltas: readonly ListedDelta[];
  /** From the highest generation. */
  readonly catalogs: readonly ListedCatalog[];
  readonly foreign: readonly string[];
  /** Files that are not sealed and that a device with a key must not use. */
  readonly unsealed: {
    readonly deltas: readonly ListedDelta[];
    readonly catalogs: readonly ListedCatalog[];
  };
  /** The greatest server time of any listed file, Unix milliseconds; 0 when there is none. */
  readonly newestAt: number;
  /** When it was made, by this device's clocks. */
  readonly at: number;
  readonly atMonotonic: number;
}

/** Two answers further apart than this do not belong together; a plan older than this is checked again. */
const FRESH_MS = 15 * 60 * 1000;

/** Lists `deltas/` and `catalogs/`, without what this device must not use. @throws EngineError `locked` */
export const listVault = async (run: Run): Promise<Listing> => admitted(run, await listAll(run));

/**
 * A listing of what the gate admits; the rest is told apart. Of two files with one id a sealed one counts, so a plain one that somebody put beside it hides nothing.
 */
export function admitted(run: Run, listing: Listing): Listing {
  const { gate } = run;
  const isDeltaIn = (delta: ListedDelta) => gate.admitsDelta({ ...delta, id: delta.vaultId });
  const isCatalogIn = (one: ListedCatalog) => gate.admitsCatalog({ ...one, id: one.catalogId });
  return {
    ...listing,
    deltas: onePerId(listing.deltas.filter(isDeltaIn), ({ vaultId }) => vaultId),
    catalogs: onePerId(listing.catalogs.filter(isCatalogIn), ({ catalogId }) => catalogId),
    unsealed: {
      deltas: listing.deltas.filter((delta) => !isDeltaIn(delta)),
      catalogs: listing.catalogs.filter((catalog) => !isCatalogIn(catalog)),
    },
  };
}

function onePerId<File extends { readonly path: string }>(
  files: readonly File[],
  idOf: (file: File) => string,
): readonly File[] {
  const byId = new Map<string, File>();
  for (const file of files) {
    const known = byId.get(idOf(file));
    if (known === undefined || isSealedPath(file.path) || !isSealedPath(known.path))
      byId.set(idOf(file), file);
  }
  return [...byId.values()];
}

/** Lists `deltas/` and `catalogs/` at once, again while the two answers are too far apart. @throws EngineError `locked` */
export async function listAll(run: Run): Promise<Listing> {
  for (let attempt = 0; ; attempt++) {
    const at = run.env.now();
    const atMonotonic = run.env.monotonic();
    const [deltas, catalogs] = await Promise.all([
      run.cloud.list(deltasFolder(run.basePath)),
      run.cloud.list(catalogsFolder(run.basePath)),
    ]);
    const isTogether =
      Math.abs(run.env.now() - at) <= FRESH_MS && run.env.monotonic() - atMonotonic <= FRESH_MS;
    if (!isTogether && attempt < 3) continue;
    await refuseSealedFiles(run, [...deltas, ...catalogs].filter(isOfVault(run)));
    return toListing(run, [...deltas, ...catalogs], { at, atMonotonic });
  }
}

const isOfVault =
  (run: Run) =>
  ({ path }: CloudFile): boolean =>
    parsePath(run.basePath, path) !== null;

/** Whether a listing is young enough, by both clocks, to act upon. */
export function isFresh(
  run: Run,
  listed: { readonly at: number; readonly atMonotonic: number },
): boolean {
  const byWall = run.env.now() - listed.at;
  const byMonotonic = run.env.monotonic() - listed.atMonotonic;
  return byWall >= 0 && byWall <= FRESH_MS && byMonotonic >= 0 && byMonotonic <= FRESH_MS;
}

function toListing(
  run: Run,
  files: readonly CloudFile[],
  made: { readonly at: number; readonly atMonotonic: number },
): Listing {
  const deltas = new Map<string, ListedDelta>();
  const catalogs = new Map<string, ListedCatalog>();
  const foreign: string[] = [];
  let newestAt = 0;
  for (const file of files) {
    const parsed = parsePath(run.basePath, file.path);
    if (parsed?.kind === 'delta') deltas.set(file.path, { ...file, ...parsed });
    else if (parsed?.kind === 'catalog') catalogs.set(file.path, { ...file, ...parsed });
    else {
      foreign.push(file.path);
      continue;
    }
    newestAt = Math.max(newestAt, Date.parse(file.modifiedAt) || 0);
  }
  return {
    deltas: [...deltas.values()].sort((a, b) => (a.vaultId < b.vaultId ? -1 : 1)),
    catalogs: [...catalogs.values()].sort(
      (a, b) => b.generation - a.generation || (a.catalogId < b.catalogId ? 1 : -1),
    ),
    foreign,
    unsealed: { deltas: [], catalogs: [] },
    newestAt,
    ...made,
  };
}
