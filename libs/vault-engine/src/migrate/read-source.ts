import { CloudError, type CloudErrorCode } from '@chat-vault/cloud-storage';
import { pathIn, type VaultFile } from './listed-vault.js';
import { type Move, noteProblem } from './move.js';
import { type Verdict } from './vault-promises.js';

/** A file of the source, or why there is none: it went since it was listed, or it cannot be read, which was noted. */
export type SourceBytes =
  | { readonly kind: 'read'; readonly bytes: Uint8Array; readonly verdict: Verdict }
  | { readonly kind: 'gone' | 'unreadable' };

/** Failures that may be of one file only: its sectors, its checksum, its rights. */
const OF_ONE_FILE: ReadonlySet<CloudErrorCode> = new Set(['unavailable', 'invalid', 'forbidden']);

/** More of them in a row are the service's. */
const MAX_FAILURES_IN_A_ROW = 5;

/**
 * Reads a file of the source, a second time when it is not what was promised.
 *
 * @throws CloudError when the source as a whole cannot be read
 */
export async function readSource(move: Move, file: VaultFile): Promise<SourceBytes> {
  const first = await readOnce(move, file);
  if (first.kind !== 'read' || isAsPromised(first, file)) return settle(move, file, first);
  return settle(move, file, await readOnce(move, file));
}

const isAsPromised = (
  { bytes, verdict }: { readonly bytes: Uint8Array; readonly verdict: Verdict },
  { size }: VaultFile,
): boolean => bytes.length === size && verdict !== 'broken';

type Attempt = SourceBytes | { readonly kind: 'failed'; readonly error: CloudError };

async function readOnce(move: Move, file: VaultFile): Promise<Attempt> {
  const { from, call, promises } = move;
  try {
    const bytes = await from.cloud.read(pathIn(from, file.path), call);
    return { kind: 'read', bytes, verdict: await promises.judge(file, bytes) };
  } catch (error) {
    if (!(error instanceof CloudError)) throw error;
    if (error.code === 'not-found') return { kind: 'gone' };
    if (!OF_ONE_FILE.has(error.code)) throw error;
    return { kind: 'failed', error };
  }
}

function settle(move: Move, file: VaultFile, attempt: Attempt): SourceBytes {
  const { tally } = move;
  if (attempt.kind === 'failed') {
    tally.failuresInARow += 1;
    if (tally.failuresInARow > MAX_FAILURES_IN_A_ROW) throw attempt.error;
    noteProblem(move, 'unreadable', file.path, attempt.error.code);
    return { kind: 'unreadable' };
  }
  tally.failuresInARow = 0;
  if (attempt.kind !== 'read') return attempt;
  const { length } = attempt.bytes;
  if (length !== file.size) {
    noteProblem(move, 'unreadable', file.path, `${length} bytes instead of ${file.size}`);
    return { kind: 'unreadable' };
  }
  if (attempt.verdict === 'broken')
    noteProblem(move, 'damaged', file.path, 'not what its name or a catalog promises');
  return attempt;
}
