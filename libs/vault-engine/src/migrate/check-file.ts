import { CloudError } from '@chat-vault/cloud-storage';
import { sha256Hex } from '@chat-vault/core/format';
import { replaceBroken } from './copy-file.js';
import { pathIn, type VaultFile } from './listed-vault.js';
import { type Move, noteProblem } from './move.js';
import { readSource } from './read-source.js';

/**
 * Reads a file of the target back and compares it with what was written, with what its name or a catalog promises, or with the source.
 * One that is proven broken is written anew.
 *
 * @throws CloudError
 */
export async function checkFile(move: Move, file: VaultFile): Promise<void> {
  const problem = (await isRight(move, file)) ? undefined : await mend(move, file);
  if (problem === undefined) move.tally.filesVerified += 1;
  else noteProblem(move, 'unverified', file.path, problem);
}

async function isRight(move: Move, file: VaultFile): Promise<boolean> {
  const bytes = await readTarget(move, file);
  if (bytes?.length !== file.size) return false;
  const written = move.written.get(file.path);
  if (written !== undefined) return (await sha256Hex(bytes)) === written;
  // Catalogs have no digest: that one decodes does not yet mean that it says the same.
  return file.parsed.kind !== 'catalog' && (await move.promises.judge(file, bytes)) === 'whole';
}

/** Compares with the source itself, and tries once to put things right; what is still wrong. */
async function mend(move: Move, file: VaultFile): Promise<string | undefined> {
  const source = await readSource(move, file);
  if (source.kind === 'gone') return undefined; // others took its place, and nobody reads it any more
  if (source.kind !== 'read') return 'it cannot be compared with the source';
  const target = await readTarget(move, file);
  if (target && isSame(target, source.bytes)) return undefined;
  if (!target) return 'it is not there';
  if (!(await replaceBroken(move, file, { source, target }))) return 'it is not the same file';
  const again = await readTarget(move, file);
  return again && isSame(again, source.bytes) ? undefined : 'it does not come back as written';
}

async function readTarget({ to, call }: Move, file: VaultFile): Promise<Uint8Array | undefined> {
  try {
    return await to.cloud.read(pathIn(to, file.path), call);
  } catch (error) {
    if (error instanceof CloudError && error.code === 'not-found') return undefined;
    throw error;
  }
}

const isSame = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, index) => byte === b[index]);
