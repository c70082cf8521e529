import { CloudError } from '@chat-vault/cloud-storage';
import { sha256Hex } from '@chat-vault/core/format';
import { pathIn, type VaultFile } from './listed-vault.js';
import { type Move, noteProblem } from './move.js';
import { readSource, type SourceBytes } from './read-source.js';

type ReadBytes = Extract<SourceBytes, { readonly kind: 'read' }>;

/**
 * Copies one file. `atTarget` is what the target listed under its name. Gives `gone` when the source no longer has it.
 *
 * @throws CloudError
 */
export async function copyFile(
  move: Move,
  file: VaultFile,
  atTarget: VaultFile | undefined,
): Promise<'settled' | 'gone'> {
  const source = await readSource(move, file);
  if (source.kind === 'gone') return 'gone';
  if (source.kind !== 'read') return 'settled';
  const isFree = atTarget === undefined && (await create(move, file, source.bytes));
  if (isFree) await noteWritten(move, file, source.bytes);
  else await resolveConflict(move, file, source);
  return 'settled';
}

/**
 * Writes a file of the target anew when what is there is proven broken, and the source's bytes are proven right. Nothing else is ever
 * written over. Gives whether it did.
 */
export async function replaceBroken(
  move: Move,
  file: VaultFile,
  both: { readonly source: ReadBytes; readonly target: Uint8Array },
): Promise<boolean> {
  const { to, call, promises, tally } = move;
  const isProven =
    both.source.verdict === 'whole' && (await promises.judge(file, both.target)) === 'broken';
  if (!isProven) return false;
  await to.cloud.remove(pathIn(to, file.path), call);
  await to.cloud.create(pathIn(to, file.path), both.source.bytes, call);
  move.written.set(file.path, await sha256Hex(both.source.bytes));
  tally.filesReplaced += 1;
  return true;
}

/** Whether the file was written; `false` when another one is there. */
async function create({ to, call }: Move, file: VaultFile, bytes: Uint8Array): Promise<boolean> {
  try {
    await to.cloud.create(pathIn(to, file.path), bytes, call);
    return true;
  } catch (error) {
    if (error instanceof CloudError && error.code === 'conflict') return false;
    throw error;
  }
}

async function noteWritten(move: Move, file: VaultFile, bytes: Uint8Array): Promise<void> {
  move.written.set(file.path, await sha256Hex(bytes));
  move.tally.filesCopied += 1;
  move.tally.bytesCopied += bytes.length;
}

/** The target has a file of that name and another size: the beginning of an upload that broke off, or something of others. */
async function resolveConflict(move: Move, file: VaultFile, source: ReadBytes): Promise<void> {
  const { to, call } = move;
  const target = await to.cloud.read(pathIn(to, file.path), call); // absent: the listings disagree, so try later
  if (await replaceBroken(move, file, { source, target })) return;
  if (target.length === source.bytes.length) return; // the listing was wrong; the bytes are compared later
  const reason = `the target has ${target.length} bytes instead of ${file.size}`;
  noteProblem(move, 'conflict', file.path, reason);
}
