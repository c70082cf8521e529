import { type ClearedConversation } from '../model/records.js';
import { compareClearings } from './compare-versions.js';

/** What a clearing is checked against. */
interface Covered {
  readonly conversationUrn: string;
  readonly sentTimestamp: string;
  readonly stamp: string;
}

/** Whether one of the clearings removes the record: of its conversation, sent at or before `upTo`, stamped at or before it. */
export function isCovered(record: Covered, cleared: readonly ClearedConversation[]): boolean {
  return cleared.some(
    (clearing) =>
      clearing.conversationUrn === record.conversationUrn &&
      record.sentTimestamp <= clearing.upTo &&
      record.stamp <= clearing.stamp,
  );
}

/** Clearings without those that another covers in both `upTo` and stamp; sorted by conversation, `upTo` and stamp. */
export function mergeClearings(
  cleared: readonly ClearedConversation[],
): readonly ClearedConversation[] {
  const kept: ClearedConversation[] = [];
  let strongest: ClearedConversation | undefined;
  // From the farthest reach down: a clearing counts only when it is stamped later than all that reach as far.
  for (const clearing of [...cleared].sort((a, b) => compareClearings(b, a))) {
    const isCoveredByOther =
      strongest?.conversationUrn === clearing.conversationUrn && clearing.stamp <= strongest.stamp;
    if (isCoveredByOther) continue;
    kept.push(clearing);
    strongest = clearing;
  }
  return kept.reverse();
}

/** A test for many records, from what `mergeClearings` gives: a search by halves in each conversation. */
export function coverTest(merged: readonly ClearedConversation[]): (record: Covered) => boolean {
  if (merged.length === 0) return () => false;
  const byConversation = new Map<string, ClearedConversation[]>();
  for (const clearing of merged) {
    const known = byConversation.get(clearing.conversationUrn);
    if (known) known.push(clearing);
    else byConversation.set(clearing.conversationUrn, [clearing]);
  }
  return (record) => {
    const clearings = byConversation.get(record.conversationUrn);
    return (
      clearings !== undefined && record.stamp <= strongestStamp(clearings, record.sentTimestamp)
    );
  };
}

/** Of the clearings that reach an instant, the nearest has the greatest stamp, or it would have been dropped; `''` when none does. */
function strongestStamp(clearings: readonly ClearedConversation[], sentTimestamp: string): string {
  let low = 0;
  let high = clearings.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((clearings[middle]?.upTo ?? '') < sentTimestamp) low = middle + 1;
    else high = middle;
  }
  return clearings[low]?.stamp ?? '';
}
