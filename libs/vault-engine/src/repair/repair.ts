import { type CatalogJoin, liveMonths } from '@chat-vault/core/format';
import { type VaultContent } from '@chat-vault/core';
import { mergeClearings } from '@chat-vault/core/records';
import { encodeDelta } from '../backup/seal-delta.js';
import { commitCatalog } from '../commit/commit.js';
import { contentOf, type KeyGroup } from '../compaction/key-groups.js';
import { jsonBytesOf } from '../commit/json-bytes.js';
import { recentDocument } from '../restore/recent-uploads.js';
import { type Run } from '../run/run.js';
import { loadState } from '../state/engine-state.js';
import { readMonthContent } from '../survey/month-content.js';
import { type Survey, surveyCloud } from '../survey/survey.js';
import { readUnfolded } from '../survey/unfolded-contents.js';
import { lackingRecords } from './lacking-records.js';
import { planRepair } from './plan-repair.js';

/**
 * Heals what any device still has: unites vaults that are present and that the catalog misses, drops entries whose files are gone and takes the deltas they held out of
 * `folded`, then writes every local record that the cloud lacks as ordinary deltas. Adds and never removes; safe to stop and to repeat at any point.
 */
export async function repairVault(
  run: Run,
  options: { readonly commitsAlways?: boolean } = {},
): Promise<void> {
  run.progress.enter('repairing');
  const survey = await surveyCloud(run);
  const join = await unitePresent(run, survey, options.commitsAlways === true);
  await writeLackingRecords(run, survey, join);
  await run.storage.updateSyncState(run.provider, { documents: { missing: [] } });
  run.tally.missingIds.clear();
}

async function unitePresent(
  run: Run,
  survey: Survey,
  commitsAlways: boolean,
): Promise<CatalogJoin> {
  const { vault } = await loadState(run.storage, run.provider);
  const { change, isNeeded } = await planRepair(run, survey, vault.join);
  const listed = new Set(survey.listing.catalogs.map(({ catalogId }) => catalogId));
  const areHeadsListed = Object.keys(vault.heads).every((id) => listed.has(id));
  if (!isNeeded && !commitsAlways && areHeadsListed) return vault.join;
  const state = await loadState(run.storage, run.provider);
  const unfolded = change.unfolded ?? new Set<string>();
  const applied = [...state.applied].filter((id) => !change.dropped?.has(id));
  if (unfolded.size > 0 || applied.length < state.applied.size)
    await run.storage.updateSyncState(run.provider, { applied });
  return commitCatalog(run, change, { listing: survey.listing, applied: [], coverage: [] });
}

async function writeLackingRecords(run: Run, survey: Survey, join: CatalogJoin): Promise<void> {
  const { deltas } = await readUnfolded(run, survey.listing, join);
  const contents = deltas.map((delta) => delta.vault);
  const cleared = [...join.cleared, ...contents.flatMap((content) => content.cleared)];
  const months = new Set([
    ...(await run.storage.months()).map(({ month }) => month),
    ...liveMonths(join),
    ...contents.flatMap(monthsOf),
  ]);
  for (const partition of [...months].sort().reverse()) {
    const cloud = await readMonthContent(run, join, partition, contents);
    const now = run.env.now();
    let batch: KeyGroup[] = [];
    let bytes = 0;
    for await (const local of run.storage.exportAll({ partition })) {
      for (const group of lackingRecords(local, { cloud, cleared, now })) {
        batch.push(group);
        bytes += jsonBytesOf(group);
        if (batch.length < run.options.maxDeltaRecords && bytes < run.options.maxDeltaBytes)
          continue;
        await writeDelta(run, contentOf(batch));
        batch = [];
        bytes = 0;
      }
    }
    if (batch.length > 0) await writeDelta(run, contentOf(batch));
  }
  await writeLackingClearings(
    run,
    join.cleared,
    contents.flatMap((content) => content.cleared),
  );
}

/** Clearings live in deltas: one that only a catalog's copy or this device still knows is written again. */
async function writeLackingClearings(
  run: Run,
  copies: VaultContent['cleared'],
  inDeltas: VaultContent['cleared'],
): Promise<void> {
  const known = [...copies];
  for await (const local of run.storage.exportAll()) known.push(...local.cleared);
  const lacking = mergeClearings(known).filter(
    (clearing) =>
      !inDeltas.some(
        (other) =>
          other.conversationUrn === clearing.conversationUrn &&
          other.upTo >= clearing.upTo &&
          other.stamp >= clearing.stamp,
      ),
  );
  if (lacking.length > 0)
    await writeDelta(run, { messages: [], tombstones: [], reactions: [], cleared: lacking });
}

async function writeDelta(run: Run, content: VaultContent): Promise<void> {
  const { previous, recent } = await loadState(run.storage, run.provider);
  const delta = await encodeDelta(run, content, previous);
  run.progress.expect(1, delta.bytes.length);
  await run.cloud.create(delta.path, delta.bytes);
  const { vaultId, path } = delta;
  const { applied } = await loadState(run.storage, run.provider);
  await run.storage.updateSyncState(run.provider, {
    applied: [...applied, vaultId],
    documents: {
      previous: vaultId,
      recent: [...recent, { vaultId, path, size: delta.bytes.length, at: run.env.now() }],
      [recentDocument(vaultId)]: delta.bytes,
    },
  });
  const { messages, tombstones, reactions, cleared } = content;
  run.tally.recordsUploaded +=
    messages.length + tombstones.length + reactions.length + cleared.length;
}

const monthsOf = (content: VaultContent): readonly string[] =>
  [...content.messages, ...content.tombstones, ...content.reactions].map(({ sentTimestamp }) =>
    sentTimestamp.slice(0, 7),
  );
