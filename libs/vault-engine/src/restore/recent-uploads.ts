import { CloudError } from '@chat-vault/cloud-storage';
import { type CatalogJoin, parsePath } from '@chat-vault/core/format';
import { encodeDelta } from '../backup/seal-delta.js';
import { type Listing } from '../cloud/listing.js';
import { decodeOwnDelta } from '../cloud/vault-reader.js';
import { type Run } from '../run/run.js';
import { loadState, type RecentUpload } from '../state/engine-state.js';

/** Where the bytes of a delta are kept until a listing shows it. */
export const recentDocument = (vaultId: string): string => `file:recent:${vaultId}`;

/** After this long without being listed, an upload is asked for by name. */
const OVERDUE_MS = 60 * 60 * 1000;

/**
 * Looks for this device's uploads in a listing. One that is listed with its size is settled. One with another size is torn: its records are written again under a
 * new id. One that is overdue is written again to its own name, which is success when it is there after all.
 */
export async function settleRecentUploads(
  run: Run,
  listing: Listing,
  join: CatalogJoin,
): Promise<void> {
  const { recent } = await loadState(run.storage, run.provider);
  const sizes = new Map<string, number>([
    ...listing.deltas.map((delta) => [delta.vaultId, delta.size] as const),
    ...listing.catalogs.map((catalog) => [catalog.catalogId, catalog.size] as const),
  ]);
  for (const upload of recent) {
    if (isToBeSealed(run, upload)) continue;
    const size = sizes.get(upload.vaultId);
    const isSuperseded = Object.hasOwn(join.folded, upload.vaultId);
    if (size === upload.size || isSuperseded) await settle(run, upload);
    else if (size !== undefined) await writeAgain(run, upload);
    else await writeOverdue(run, upload);
  }
}

/** Whether it went up before this device had a key: its records go up again, sealed. */
export const isToBeSealed = (
  run: Run,
  { path, vaultId }: Pick<RecentUpload, 'path' | 'vaultId'>,
): boolean =>
  parsePath(run.basePath, path)?.kind === 'delta' && !run.gate.admitsDelta({ path, id: vaultId });

async function settle(
  run: Run,
  upload: RecentUpload,
  replacement?: { readonly upload: RecentUpload; readonly bytes: Uint8Array },
): Promise<void> {
  const { recent, applied, previous } = await loadState(run.storage, run.provider);
  const others = recent.filter((other) => other.vaultId !== upload.vaultId);
  const next = replacement?.upload;
  await run.storage.updateSyncState(run.provider, {
    ...(next ? { applied: [...applied, next.vaultId] } : {}),
    documents: {
      recent: next ? [...others, next] : others,
      previous: next && previous === upload.vaultId ? next.vaultId : previous,
      [recentDocument(upload.vaultId)]: undefined,
      ...(replacement ? { [recentDocument(replacement.upload.vaultId)]: replacement.bytes } : {}),
    },
  });
}

async function writeAgain(run: Run, upload: RecentUpload): Promise<void> {
  const bytes = await keptBytes(run, upload);
  if (bytes === undefined) return settle(run, upload);
  const { previous } = await loadState(run.storage, run.provider);
  const content = await decodeOwnDelta(run, upload, bytes);
  const delta = await encodeDelta(run, content, previous);
  await run.cloud.create(delta.path, delta.bytes);
  const { vaultId, path } = delta;
  const again = { vaultId, path, size: delta.bytes.length, at: run.env.now() };
  await settle(run, upload, { upload: again, bytes: delta.bytes });
}

async function writeOverdue(run: Run, upload: RecentUpload): Promise<void> {
  const age = run.env.now() - upload.at;
  if (age >= 0 && age < OVERDUE_MS + (run.cloud.listingLagMs ?? 0)) return;
  const bytes = await keptBytes(run, upload);
  if (bytes === undefined) return settle(run, upload);
  try {
    await run.cloud.create(upload.path, bytes);
  } catch (error) {
    // A torn file of that name that no listing shows yet.
    if (error instanceof CloudError && error.code === 'conflict') return writeAgain(run, upload);
    throw error;
  }
  const { recent } = await loadState(run.storage, run.provider);
  await run.storage.updateSyncState(run.provider, {
    documents: {
      recent: recent.map((other) =>
        other.vaultId === upload.vaultId ? { ...other, at: run.env.now() } : other,
      ),
    },
  });
}

/** The bytes of an upload, of whatever realm its typed array is (a page, a worker, a test's DOM). */
export async function keptBytes(
  run: Run,
  upload: Pick<RecentUpload, 'vaultId'>,
): Promise<Uint8Array | undefined> {
  const kept = await run.storage.document(run.provider, recentDocument(upload.vaultId));
  if (!ArrayBuffer.isView(kept)) return undefined;
  return new Uint8Array(kept.buffer, kept.byteOffset, kept.byteLength) as Uint8Array;
}
