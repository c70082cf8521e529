import { malformed } from '../json/read-json.js';
import { type VaultContent } from '../model/records.js';
import { type ManifestConversation } from './manifest.js';
import { compareRecordKeys, type RecordKey, recordKeys } from './record-key.js';

/** What a manifest says of a segment besides where it lies, with whole urns instead of indexes. */
export interface SegmentEntry {
  readonly messageCount: number;
  readonly tombstoneCount: number;
  readonly firstKey: RecordKey;
  readonly lastKey: RecordKey;
  /** All conversations of its records; counts and ranges within the segment. */
  readonly conversations: readonly ManifestConversation[];
}

/** The entry of a segment with this content. @throws FormatError `malformed` when it has no record with a key */
export function segmentEntry(content: VaultContent): SegmentEntry {
  const conversations = new Map<string, { messageCount: number; first: string; last: string }>();
  let firstKey: RecordKey | undefined;
  let lastKey: RecordKey | undefined;
  for (const key of recordKeys(content)) {
    if (firstKey === undefined || compareRecordKeys(key, firstKey) < 0) firstKey = key;
    if (lastKey === undefined || compareRecordKeys(key, lastKey) > 0) lastKey = key;
    const [urn, at] = key;
    const known = conversations.get(urn);
    if (known === undefined) conversations.set(urn, { messageCount: 0, first: at, last: at });
    else if (at < known.first) known.first = at;
    else if (at > known.last) known.last = at;
  }
  if (firstKey === undefined || lastKey === undefined)
    throw malformed('segment', 'a segment with at least one record of its month');
  for (const { conversationUrn } of content.messages) {
    const conversation = conversations.get(conversationUrn);
    if (conversation) conversation.messageCount += 1;
  }
  return {
    messageCount: content.messages.length,
    tombstoneCount: content.tombstones.length,
    firstKey,
    lastKey,
    conversations: [...conversations].map(([urn, counts]) => ({ urn, ...counts })),
  };
}
