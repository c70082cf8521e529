import { allLiveVaults, type CatalogVault } from '@chat-vault/core/format';
import { isBadFile, isMissingFile } from '../cloud/vault-reader.js';
import { type Run } from '../run/run.js';
import { loadState, patchDocuments } from '../state/engine-state.js';

/** A live vault that a merge could not read; its month is compacted without it. */
export class UnreadableInput extends Error {
  override readonly name = 'UnreadableInput';
  readonly vaultId: string;

  constructor(vault: Pick<CatalogVault, 'vaultId' | 'path'>, cause: Error) {
    super(`"${vault.path}" cannot be read: ${cause.message}`, { cause });
    this.vaultId = vault.vaultId;
  }
}

/** Runs `read`; when the vault's own files are what fails, says which vault it is. @throws UnreadableInput */
export async function readingInput<Result>(
  vault: Pick<CatalogVault, 'vaultId' | 'path'>,
  read: () => Promise<Result>,
): Promise<Result> {
  try {
    return await read();
  } catch (error) {
    if (isBadFile(error) || isMissingFile(error)) throw new UnreadableInput(vault, error);
    throw error;
  }
}

const RETRY_MS = 24 * 60 * 60 * 1000;

/** Ids of vaults that no merge should try now; each is tried again once a day. */
export function unreadableIds(
  unreadable: Readonly<Record<string, number>>,
  now: number,
): ReadonlySet<string> {
  const recent = Object.entries(unreadable).filter(
    ([, at]) => now - at >= 0 && now - at < RETRY_MS,
  );
  return new Set(recent.map(([id]) => id));
}

/**
 * Remembers the vault, so that the next plan leaves it alone and its month is not collected; when it is news, the next sync repairs: what a device still has of it is
 * written again.
 */
export async function noteUnreadable(run: Run, { vaultId }: UnreadableInput): Promise<void> {
  const { unreadable, vault } = await loadState(run.storage, run.provider);
  const live = new Set(allLiveVaults(vault.join).map((one) => one.vault.vaultId));
  const kept = Object.entries(unreadable).filter(([id]) => live.has(id));
  await patchDocuments(run.storage, run.provider, {
    unreadable: { ...Object.fromEntries(kept), [vaultId]: run.env.now() },
  });
  if (unreadable[vaultId] === undefined) run.tally.missingIds.add(vaultId);
}
