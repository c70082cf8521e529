import { type CompactionOutcome, NOTHING_COMPACTED } from '../compaction/compaction-outcome.js';
import { compactVault } from '../compaction/compact.js';
import { restoreFromCloud } from '../restore/restore.js';
import { type Run } from '../run/run.js';
import { loadState } from '../state/engine-state.js';
import { isSealingDue } from './is-sealing-due.js';
import { keepSealed } from './keep-sealed.js';
import { StaleFinder } from './stale-files.js';

/** What was written anew, and what is left. */
export interface RewriteOutcome extends CompactionOutcome {
  readonly filesRemaining: number;
  readonly bytesRemaining: number;
}

/** Vaults that are written anew in one commit. */
const VAULTS_A_COMMIT = 24;

/**
 * Replaces files of the other kind (plain ones in a vault that is encrypted, sealed ones in one that is not any more, those of an older key) by compactions that write them alone, until none
 * is left, `maxVaults` were written, or a compaction commits nothing. Each commit is whole by itself; a stored plan is gone on with.
 */
export async function rewriteVault(run: Run, maxVaults: number): Promise<RewriteOutcome> {
  let done: CompactionOutcome = NOTHING_COMPACTED;
  const finder = new StaleFinder(run);
  for (let isFirst = true; ; isFirst = false) {
    const restored = await restoreFromCloud(run);
    const { listing, state, isEmptied } = restored;
    if (isEmptied) return { ...done, filesRemaining: 0, bytesRemaining: 0 };
    if (isSealingDue(run, state, listing)) {
      await keepSealed(run, restored);
      if (isFirst) continue;
    }
    const current = await loadState(run.storage, run.provider);
    const { vaults, deltas } = await finder.find(current, listing);
    const bytes = vaults.reduce((sum, { byteLength }) => sum + byteLength, 0);
    if (isFirst) run.progress.expect(vaults.length * 2 + deltas.length, bytes);
    const remaining = {
      filesRemaining: vaults.length * 2 + deltas.length,
      bytesRemaining: bytes,
    };
    if (remaining.filesRemaining === 0 || done.vaultsReplaced >= maxVaults)
      return { ...done, ...remaining };
    const batch = vaults.slice(0, Math.min(VAULTS_A_COMMIT, maxVaults - done.vaultsReplaced));
    const stale = new Set([...batch, ...deltas].map(({ vaultId }) => vaultId));
    const outcome = await compactVault(run, listing, stale);
    done = sumOf(done, outcome);
    if (!outcome.committed) return { ...done, ...remaining };
  }
}

const sumOf = (a: CompactionOutcome, b: CompactionOutcome): CompactionOutcome => ({
  committed: a.committed || b.committed,
  deltasFolded: a.deltasFolded + b.deltasFolded,
  vaultsReplaced: a.vaultsReplaced + b.vaultsReplaced,
  vaultsWritten: a.vaultsWritten + b.vaultsWritten,
  ...(b.abandoned === undefined ? {} : { abandoned: b.abandoned }),
});
