import { allLiveVaults, type CatalogVault } from '@chat-vault/core/format';
import { type Run } from '../run/run.js';
import { readMonthContent } from '../survey/month-content.js';
import { unnamedVaults } from '../survey/stray-vaults.js';
import { type Survey } from '../survey/survey.js';
import { type CloudView, monthsOfSources, unreadCarried } from '../survey/cloud-view.js';
import { writeLackingRecords } from './write-lacking.js';

/** What seems wrong, and has to be looked at more closely. */
export interface Suspects {
  /** Ids of live vaults that could not be read whole, or that the listing lacks or shows in another size: it may be short, so nothing is concluded yet. */
  readonly vaults: ReadonlySet<string>;
  /** Months whose records are compared when it is known what became of their vaults. */
  readonly months: ReadonlySet<string>;
}

/**
 * Reads the wanted months. What this device has and the cloud lacks of a month that nothing is wrong with is written on the way, so
 * that such a month is read once.
 */
export async function findSuspects(
  run: Run,
  view: CloudView,
  wanted: ReadonlySet<string>,
): Promise<Suspects> {
  const { join, survey } = view;
  const vaults = new Set<string>();
  const months = new Set([
    ...unnamedVaults(survey, join).map(({ partition }) => partition),
    ...unreadCarried(view).flatMap((carried) => monthsOfSources(join, carried)),
  ]);
  for (const { partition, vault } of allLiveVaults(join)) {
    if (!wanted.has(partition) || isListed(survey, vault)) continue;
    vaults.add(vault.vaultId);
    months.add(partition);
  }
  for (const month of wanted) {
    const { content, unread } = await readMonthContent(run, join, month, view.contents);
    if (unread.size > 0) months.add(month);
    if (!months.has(month)) await writeLackingRecords(run, view, month, content);
    for (const vaultId of unread) vaults.add(vaultId);
  }
  return { vaults, months };
}

function isListed({ vaults }: Survey, vault: CatalogVault): boolean {
  const there = vaults.get(vault.vaultId);
  return there?.vault?.size === vault.byteLength && there.manifest !== undefined;
}
