import { type VaultContent } from '@chat-vault/core';
import { type CatalogJoin, type CatalogVault } from '@chat-vault/core/format';
import { isCovered } from '@chat-vault/core/records';
import { type Run } from '../run/run.js';
import { loadState, patchDocuments } from '../state/engine-state.js';

const EXPIRY_MARGIN_MS = 7 * 24 * 60 * 60 * 1000;

/** Counts, while vaults are read whole, how much of them a compaction could leave out; above 30 % it writes such a vault anew. */
export class RemovableShare {
  readonly #run: Run;
  readonly #cleared: CatalogJoin['cleared'];
  readonly #counts = new Map<string, { messages: number; removable: number }>();

  constructor(run: Run, cleared: CatalogJoin['cleared']) {
    this.#run = run;
    this.#cleared = cleared;
  }

  /** Counts a segment of the vault. */
  count(vault: CatalogVault, content: VaultContent): void {
    const counts = this.#counts.get(vault.vaultId) ?? { messages: 0, removable: 0 };
    this.#counts.set(vault.vaultId, counts);
    const expiredBefore = this.#run.env.now() - EXPIRY_MARGIN_MS;
    for (const message of content.messages) {
      counts.messages += 1;
      const hasExpired =
        message.expiresAt !== undefined && Date.parse(message.expiresAt) < expiredBefore;
      if (hasExpired || isCovered(message, this.#cleared)) counts.removable += 1;
    }
  }

  /** Remembers the shares of the vaults that were counted whole. */
  async store(vaults: readonly CatalogVault[]): Promise<void> {
    const shares = vaults.flatMap(({ vaultId, messageCount }) => {
      const counts = this.#counts.get(vaultId);
      const isWhole = counts !== undefined && counts.messages === messageCount && messageCount > 0;
      const share = isWhole ? counts.removable / messageCount : 0;
      return share > 0 ? [[vaultId, share] as const] : [];
    });
    if (shares.length === 0) return;
    const { storage, provider } = this.#run;
    const { removable } = await loadState(storage, provider);
    const next = { ...removable, ...Object.fromEntries(shares) };
    if (Object.keys(next).length > Object.keys(removable).length)
      await patchDocuments(storage, provider, { removable: next });
  }
}
