import { type ClearedConversation } from '@chat-vault/core';
import { compareRecords, type PageRecord } from './page-record.js';

/** Records to write. Those of a person carry an empty stamp and get theirs in the transaction. */
export interface WriteBatch {
  readonly records: readonly PageRecord[];
  readonly cleared: readonly ClearedConversation[];
  /** Conversations named by a catalog. */
  readonly catalog?: readonly { readonly urn: string; readonly last: string }[];
}

/** What a batch holds for one conversation; records are sorted. */
export interface ConversationBatch {
  readonly urn: string;
  readonly records: PageRecord[];
  readonly cleared: ClearedConversation[];
  /** The newest `last` of a catalog, `''` when none names it. */
  catalogLast: string;
}

/** Sorts a batch by conversation, and within it by key; equal keys stay in the order they came. */
export function groupByConversation(batch: WriteBatch): readonly ConversationBatch[] {
  const groups = new Map<string, ConversationBatch>();
  const groupOf = (urn: string): ConversationBatch => {
    let group = groups.get(urn);
    if (!group) groups.set(urn, (group = { urn, records: [], cleared: [], catalogLast: '' }));
    return group;
  };
  for (const record of batch.records) groupOf(record.conversationUrn).records.push(record);
  for (const clearing of batch.cleared) groupOf(clearing.conversationUrn).cleared.push(clearing);
  for (const { urn, last } of batch.catalog ?? []) {
    const group = groupOf(urn);
    if (last > group.catalogLast) group.catalogLast = last;
  }
  for (const { records } of groups.values()) records.sort(compareRecords);
  return [...groups.values()];
}
