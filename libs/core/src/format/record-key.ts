import { compareText } from '../json/text.js';
import { type VaultContent } from '../model/records.js';

/** Where a record lives: conversation, `sentTimestamp`, message id. */
export type RecordKey = readonly [conversationUrn: string, sentTimestamp: string, id: string];

/** The order of records in a vault. */
export const compareRecordKeys = (a: RecordKey, b: RecordKey): number =>
  compareText(a[0], b[0]) || compareText(a[1], b[1]) || compareText(a[2], b[2]);

/** The key of each record that has one; clearings have none. */
export function* recordKeys(content: VaultContent): Generator<RecordKey> {
  for (const message of content.messages)
    yield [message.conversationUrn, message.sentTimestamp, message.id];
  for (const records of [content.tombstones, content.reactions])
    for (const record of records)
      yield [record.conversationUrn, record.sentTimestamp, record.messageId];
}
