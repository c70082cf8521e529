import { type ChatVault } from '@chat-vault/core';
import { type CatalogVault, type Manifest, type ManifestSegment } from '@chat-vault/core/format';
import {
  compareKeys,
  groupByKey,
  type KeyGroup,
  mergeGroups,
  type RecordKey,
} from './key-groups.js';

/** A segment of a vault file, as its manifest says. */
export interface StoredSegment {
  readonly vault: Pick<CatalogVault, 'vaultId' | 'path'>;
  readonly manifest: Manifest;
  readonly segment: ManifestSegment;
}

/** A segment that takes part in a merge. */
export interface SourceSegment extends StoredSegment {
  readonly firstKey: RecordKey;
}

/** Opens a segment; rejects when it cannot be read whole. */
export type OpenSegment = (source: SourceSegment) => Promise<ChatVault>;

/** Merged groups given out at a time. */
const GROUPS_A_BATCH = 512;

/**
 * Merges segments and loose groups by key, in order. A segment is opened only when the merge reaches its first key, so at most about one segment a run is
 * in memory.
 */
export async function* mergeSources(
  sources: readonly SourceSegment[],
  loose: readonly KeyGroup[],
  open: OpenSegment,
): AsyncGenerator<readonly KeyGroup[]> {
  const waiting = [...sources].sort((a, b) => compareKeys(a.firstKey, b.firstKey));
  const cursors: Cursor[] = loose.length > 0 ? [{ groups: loose, at: 0 }] : [];
  let next = 0;
  let batch: KeyGroup[] = [];
  for (;;) {
    const least = leastKey(cursors);
    const source = waiting[next];
    if (source !== undefined && (least === undefined || compareKeys(source.firstKey, least) <= 0)) {
      cursors.push({ groups: groupByKey(await open(source)), at: 0 });
      next += 1;
    } else if (least === undefined) break;
    else batch.push(takeKey(cursors, least));
    if (batch.length >= GROUPS_A_BATCH) {
      yield batch;
      batch = [];
    }
  }
  if (batch.length > 0) yield batch;
}

/** The segments of vaults, with their first keys. */
export function sourcesOf(
  vaults: readonly { readonly vault: CatalogVault; readonly manifest: Manifest }[],
): readonly SourceSegment[] {
  return vaults.flatMap(({ vault, manifest }) =>
    manifest.segments.map((segment) => {
      const [conversation, sentTimestamp, id] = segment.firstKey;
      const conversationUrn = manifest.conversations[conversation]?.urn ?? '';
      return { vault, manifest, segment, firstKey: { conversationUrn, sentTimestamp, id } };
    }),
  );
}

interface Cursor {
  readonly groups: readonly KeyGroup[];
  at: number;
}

function leastKey(cursors: readonly Cursor[]): KeyGroup | undefined {
  let least: KeyGroup | undefined;
  for (const cursor of cursors) {
    const group = cursor.groups[cursor.at];
    if (group && (least === undefined || compareKeys(group, least) < 0)) least = group;
  }
  return least;
}

/** Takes the groups of one key from all cursors; drained cursors are dropped. */
function takeKey(cursors: Cursor[], key: RecordKey): KeyGroup {
  let merged: KeyGroup | undefined;
  for (let index = cursors.length - 1; index >= 0; index--) {
    const cursor = cursors[index] as Cursor;
    const group = cursor.groups[cursor.at];
    if (group === undefined || compareKeys(group, key) !== 0) continue;
    merged = merged === undefined ? group : mergeGroups(merged, group);
    cursor.at += 1;
    if (cursor.at >= cursor.groups.length) cursors.splice(index, 1);
  }
  return merged as KeyGroup; // `key` is the least of these very cursors
}
