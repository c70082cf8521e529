import { type VaultContent } from '@chat-vault/core';
import { type CatalogJoin, liveVaults } from '@chat-vault/core/format';
import { fetchManifest } from '../cloud/vault-reader.js';
import {
  groupByKey,
  type KeyGroup,
  mergeGroups,
  type RecordKey,
} from '../compaction/key-groups.js';
import { readManifests } from '../restore/hydrate.js';
import { RemovableShare } from '../restore/removable-share.js';
import { visitSegments } from '../restore/segment-reader.js';
import { type Run } from '../run/run.js';

/** The merged state of one month in the cloud, by key. */
export type MonthContent = ReadonlyMap<string, KeyGroup>;

/** What was read of a month. */
export interface MonthReading {
  readonly content: MonthContent;
  /** Ids of live vaults of which not everything could be read. */
  readonly unread: ReadonlySet<string>;
}

/** Unique text of a key. */
export const keyText = (key: RecordKey): string =>
  `${key.conversationUrn}\u0000${key.sentTimestamp}\u0000${key.id}`;

/** Reads all live vaults of a month and merges them with the records of deltas; what cannot be read is reported and left out. */
export async function readMonthContent(
  run: Run,
  join: CatalogJoin,
  partition: string,
  deltas: readonly VaultContent[],
): Promise<MonthReading> {
  const content = new Map<string, KeyGroup>();
  const add = (group: KeyGroup) => {
    const key = keyText(group);
    const known = content.get(key);
    content.set(key, known ? mergeGroups(known, group) : group);
  };
  for (const delta of deltas)
    for (const group of groupByKey(delta))
      if (group.sentTimestamp.startsWith(partition)) add(group);
  const vaults = liveVaults(join, partition);
  // From the cloud: one that this device keeps says nothing of what others can read.
  const { manifests, unopened } = await readManifests(run, vaults, fetchManifest);
  const unread = new Set(unopened.map(({ vaultId }) => vaultId));
  const removable = new RemovableShare(run, join.cleared);
  for (const vault of vaults) {
    const manifest = manifests.get(vault.vaultId);
    if (manifest === undefined) continue;
    const targets = manifest.segments.map((segment) => ({ vault, manifest, segment }));
    await visitSegments(run, targets, async (result) => {
      if ('error' in result) unread.add(vault.vaultId);
      else {
        groupByKey(result.content).forEach(add);
        removable.count(vault, result.content);
      }
    });
  }
  await removable.store(vaults);
  return { content, unread };
}
