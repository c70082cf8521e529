import { liveMonths, liveVaults } from '@chat-vault/core/format';
import { type InventoryMonth, type VaultInventory } from '../reports/reports.js';
import { ALL, closeOver, isHeld } from '../restore/month-coverage.js';
import { isBottom } from '../restore/position.js';
import { type Run } from '../run/run.js';
import { plainFiles } from '../sealing/plain-files.js';
import { loadState } from '../state/engine-state.js';

/** What the cloud holds by the last join, and how much of it is here; no request. */
export async function takeInventory(run: Run): Promise<VaultInventory> {
  const state = await loadState(run.storage, run.provider);
  const { join } = state.vault;
  const here = new Map(
    (await run.storage.months()).map((month) => [month.month, month.messageCount]),
  );
  const months: InventoryMonth[] = [];
  for (const month of [...new Set([...here.keys(), ...liveMonths(join)])].sort().reverse()) {
    const live = liveVaults(join, month);
    const open = live.filter((vault) => !isHeld(vault, state.applied));
    const all = await run.storage.coverage(run.provider, month, ALL);
    const covered = closeOver(open, state.applied, all);
    months.push({
      month,
      messagesInCloud: live.reduce((sum, vault) => sum + vault.messageCount, 0),
      bytesInCloud: live.reduce((sum, vault) => sum + vault.byteLength, 0),
      vaults: live.length,
      messagesHere: here.get(month) ?? 0,
      complete: open.every((vault) => isBottom(all.line) && covered.has(vault.vaultId)),
    });
  }
  const plain = plainFiles(state);
  const { records } = await run.storage.pendingSummary(run.provider);
  return {
    providerId: run.provider,
    months,
    unfoldedDeltas: state.listed.deltas.length,
    catalogGeneration: join.generation,
    conversations: join.conversations.length,
    pending: records,
    plainFiles: plain.files,
    plainBytes: plain.bytes,
  };
}
