import { type ListedDelta } from '../cloud/listing.js';
import { isBadFile, isMissingFile, readDelta } from '../cloud/vault-reader.js';
import { type Run } from '../run/run.js';

/** Reads a delta that seemed wrong once more. Damaged is one whose bytes are not those that its name promises, or that nobody may use since the vault was encrypted; what is otherwise wrong is not for this device to judge. */
export async function inspectDelta(
  run: Run,
  delta: Pick<ListedDelta, 'path' | 'vaultId'>,
): Promise<'gone' | 'damaged' | 'left-alone'> {
  try {
    await readDelta(run, delta);
  } catch (error) {
    if (isMissingFile(error)) return 'gone';
    if (!isBadFile(error)) throw error;
    if (error.code === 'digest-mismatch' || error.code === 'unsealed') return 'damaged';
  }
  return 'left-alone';
}
