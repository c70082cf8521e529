import { partitionOf, type VaultContent } from '@chat-vault/core';

/** The months of the records, ascending. Clearings have none. */
export function monthsOf(content: VaultContent): readonly string[] {
  const records = [...content.messages, ...content.tombstones, ...content.reactions];
  return [...new Set(records.map((record) => partitionOf(record.sentTimestamp)))].sort();
}
