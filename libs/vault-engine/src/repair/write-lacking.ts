import { type ClearedConversation, EMPTY_CONTENT, type VaultContent } from '@chat-vault/core';
import { encodeDelta } from '../backup/seal-delta.js';
import { jsonBytesOf } from '../commit/json-bytes.js';
import { contentOf, type KeyGroup } from '../compaction/key-groups.js';
import { recentDocument } from '../restore/recent-uploads.js';
import { type Run } from '../run/run.js';
import { loadState } from '../state/engine-state.js';
import { type MonthContent } from '../survey/month-content.js';
import { clearingsIn, type CloudView } from '../survey/cloud-view.js';
import { lackingClearings, lackingRecords } from './lacking-records.js';

/** Writes the records of this device that the cloud lacks of a month as deltas; `cloud` is what it has of that. */
export async function writeLackingRecords(
  run: Run,
  view: CloudView,
  month: string,
  cloud: MonthContent,
): Promise<void> {
  const { cleared } = view;
  const now = run.env.now();
  const lacking = async function* (): AsyncGenerator<KeyGroup> {
    for await (const local of run.storage.exportAll({ partition: month }))
      yield* lackingRecords(local, { cloud, cleared, now });
  };
  await writeGroups(run, lacking());
}

/** Writes records as deltas of the usual size. */
export async function writeGroups(run: Run, groups: AsyncIterable<KeyGroup>): Promise<void> {
  let batch: KeyGroup[] = [];
  let bytes = 0;
  for await (const group of groups) {
    batch.push(group);
    bytes += jsonBytesOf(group);
    if (batch.length < run.options.maxDeltaRecords && bytes < run.options.maxDeltaBytes) continue;
    await writeDelta(run, contentOf(batch));
    batch = [];
    bytes = 0;
  }
  if (batch.length > 0) await writeDelta(run, contentOf(batch));
}

/** Writes the clearings of `copies` that no delta holds. */
export async function writeLackingClearings(
  run: Run,
  view: CloudView,
  copies: readonly ClearedConversation[],
): Promise<void> {
  const cleared = lackingClearings([...view.join.cleared, ...copies], clearingsIn(view));
  if (cleared.length > 0) await writeDelta(run, { ...EMPTY_CONTENT, cleared });
}

/** Writes content as a delta of this device. */
export async function writeDelta(run: Run, content: VaultContent): Promise<void> {
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
