import { CloudError } from '@chat-vault/cloud-storage';
import { decodeOwnDelta } from '../cloud/vault-reader.js';
import { type Run } from '../run/run.js';
import { loadState, type RecentUpload } from '../state/engine-state.js';
import { recentDocument } from '../restore/recent-uploads.js';
import { loadMaintenance } from '../run/load-chunk.js';
import { isSealing } from '../sealing/encryption.js';
import { isSealedPath } from '../sealing/gate.js';
import { encodeDelta } from './seal-delta.js';

/**
 * Puts the whole store into the journal at the first contact with a provider, before anything is merged from it: what the cloud turns out to
 * have is cancelled then, and the rest is uploaded.
 */
export async function joinProvider(run: Run): Promise<void> {
  const state = await loadState(run.storage, run.provider);
  if (state.isJournalled) return;
  await run.storage.journalAll(run.provider);
  await run.storage.updateSyncState(run.provider, { documents: { isJournalled: true } });
}

/** How a backup goes about it. */
export interface BackupOptions {
  /** Whether no month vaults are written, however much is pending: their catalog needs a look at the cloud, and may be a newer version's to write. */
  readonly isDeltasOnly?: boolean;
}

/** Uploads what this provider lacks: as deltas, or as month vaults when it is very much. One write request a delta, nothing is read. */
export async function backUpPending(run: Run, options: BackupOptions = {}): Promise<void> {
  run.progress.enter('backing-up');
  await dropPlainDelta(run);
  await finishSealed(run);
  if (!options.isDeltasOnly && (await isBulkDue(run)))
    await (await loadMaintenance()).bulkUpload(run);
  while (await sealNext(run)) await finishSealed(run);
}

/**
 * A delta that was made ready before encryption was turned on, or after it was turned off, is made again from the journal. It may be in the cloud all the same, so what
 * it holds counts as known here.
 */
async function dropPlainDelta(run: Run): Promise<void> {
  const { sealed, applied } = await loadState(run.storage, run.provider);
  if (sealed === null || isSealedPath(sealed.path) === isSealing(run.codec)) return;
  await run.storage.updateSyncState(run.provider, {
    sealed: null,
    applied: [...applied, sealed.vaultId],
  });
}

/** Whether so much is pending that it is to go up as month vaults. */
export async function isBulkDue(run: Run): Promise<boolean> {
  const { plan } = await loadState(run.storage, run.provider);
  const { records } = await run.storage.pendingSummary(run.provider);
  return plan?.kind === 'bulk' || records > run.options.bulkRecords;
}

/** Seals the oldest pending changes; `false` when nothing is pending. */
async function sealNext(run: Run): Promise<boolean> {
  const pending = await run.storage.pendingFor(run.provider, {
    records: run.options.maxDeltaRecords,
    bytes: run.options.maxDeltaBytes,
  });
  if (pending.records === 0) return false;
  const { previous } = await loadState(run.storage, run.provider);
  const delta = await encodeDelta(run, pending.content, previous);
  await run.storage.updateSyncState(run.provider, {
    sealed: { ...delta, through: pending.through, records: pending.records },
  });
  return true;
}

const MAX_CONFLICTS = 3;

/** Uploads the sealed delta, the same bytes to the same name after a crash; a torn file of that name makes it a new delta. */
async function finishSealed(run: Run): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const state = await loadState(run.storage, run.provider);
    const { sealed } = state;
    if (sealed === null) return;
    run.progress.expect(1, sealed.bytes.length);
    try {
      await run.cloud.create(sealed.path, sealed.bytes);
    } catch (error) {
      const isTorn = error instanceof CloudError && error.code === 'conflict';
      if (!isTorn || attempt >= MAX_CONFLICTS) throw error;
      const content = await decodeOwnDelta(run, sealed, sealed.bytes);
      const again = await encodeDelta(run, content, state.previous);
      await run.storage.updateSyncState(run.provider, {
        sealed: { ...sealed, ...again },
        // What the torn file was to hold is here, so a repair need not wait for it.
        applied: [...state.applied, sealed.vaultId],
      });
      continue;
    }
    const upload: RecentUpload = {
      vaultId: sealed.vaultId,
      path: sealed.path,
      size: sealed.bytes.length,
      at: run.env.now(),
    };
    await run.storage.confirm(run.provider, sealed.through, [sealed.vaultId], {
      previous: sealed.vaultId,
      recent: [...state.recent, upload],
      [recentDocument(sealed.vaultId)]: sealed.bytes,
    });
    run.tally.recordsUploaded += sealed.records;
  }
}
