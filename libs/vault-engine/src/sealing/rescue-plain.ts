import {
  type ClearedConversation,
  EMPTY_CONTENT,
  mergeContents,
  type VaultContent,
} from '@chat-vault/core';
import { type ListedDelta, type Listing } from '../cloud/listing.js';
import { decodeOwnDelta, isBadFile, isMissingFile } from '../cloud/vault-reader.js';
import { groupByKey, type KeyGroup } from '../compaction/key-groups.js';
import { monthsOf } from '../compaction/months-of.js';
import { writeDelta, writeGroups } from '../repair/write-lacking.js';
import { isToBeSealed, keptBytes, recentDocument } from '../restore/recent-uploads.js';
import { type Run } from '../run/run.js';
import { loadState } from '../state/engine-state.js';
import { surveyLocal } from '../survey/local-survey.js';
import { keyText } from '../survey/month-content.js';

/** A plain delta of which this device had everything before it had a key. */
type KnownDelta = Pick<ListedDelta, 'path' | 'vaultId'>;

/**
 * Writes again, sealed, what plain deltas hold that were read or written here before there was a key, and that no sealed catalog names. The file only says which
 * records it is about: those of this device go up, so a file that somebody put in its place brings nothing in. What cannot be read is left to a repair, which
 * compares everything.
 */
export async function rescuePlainDeltas(run: Run, listing: Listing): Promise<void> {
  const { recent, applied, rescued } = await loadState(run.storage, run.provider);
  const isNew = ({ vaultId }: KnownDelta) => !rescued.includes(vaultId);
  const known = new Map<string, KnownDelta>();
  for (const upload of recent) if (isToBeSealed(run, upload)) known.set(upload.path, upload);
  for (const delta of listing.unsealed.deltas)
    if (applied.has(delta.vaultId)) known.set(delta.path, delta);
  const todo = [...known.values()].filter(isNew);
  const contents: VaultContent[] = [];
  const unread: string[] = [];
  for (const delta of todo) {
    const content = await readKnown(run, delta);
    if (content === null) unread.push(delta.vaultId);
    else contents.push(content);
  }
  if (contents.length > 0) await writeLocalRecords(run, mergeContents(contents), contents);
  if (known.size > 0) await noteRescued(run, todo, unread);
}

async function readKnown(run: Run, delta: KnownDelta): Promise<VaultContent | null> {
  try {
    const bytes = (await keptBytes(run, delta)) ?? (await run.cloud.read(delta.path));
    return await decodeOwnDelta(run, delta, bytes);
  } catch (error) {
    if (!isBadFile(error) && !isMissingFile(error)) throw error;
    return null;
  }
}

/** The records of this device under the keys of these contents. */
async function writeLocalRecords(
  run: Run,
  { cleared }: VaultContent,
  contents: readonly VaultContent[],
): Promise<void> {
  const keys = new Set(contents.flatMap((content) => groupByKey(content).map(keyText)));
  const months = new Set(contents.flatMap(monthsOf));
  await writeGroups(run, localGroups(run, months, keys));
  if (cleared.length === 0) return;
  const here = (await surveyLocal(run)).cleared.filter((own) => isOneOf(own, cleared));
  if (here.length > 0) await writeDelta(run, { ...EMPTY_CONTENT, cleared: here });
}

async function* localGroups(
  run: Run,
  months: ReadonlySet<string>,
  keys: ReadonlySet<string>,
): AsyncGenerator<KeyGroup> {
  for (const partition of months)
    for await (const content of run.storage.exportAll({ partition }))
      yield* groupByKey(content).filter((group) => keys.has(keyText(group)));
}

const isOneOf = (own: ClearedConversation, all: readonly ClearedConversation[]): boolean =>
  all.some(({ conversationUrn }) => conversationUrn === own.conversationUrn);

async function noteRescued(
  run: Run,
  done: readonly KnownDelta[],
  unread: readonly string[],
): Promise<void> {
  const { recent, rescued, missing } = await loadState(run.storage, run.provider);
  const settled = recent.filter((upload) => isToBeSealed(run, upload));
  await run.storage.updateSyncState(run.provider, {
    documents: {
      recent: recent.filter((upload) => !settled.includes(upload)),
      ...Object.fromEntries(settled.map(({ vaultId }) => [recentDocument(vaultId), undefined])),
      rescued: [...new Set([...rescued, ...done.map(({ vaultId }) => vaultId)])],
      missing: [...new Set([...missing, ...unread])],
    },
  });
}
