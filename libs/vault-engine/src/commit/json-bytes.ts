import { jsonBytes } from '@chat-vault/core/records';
import { type KeyGroup } from '../compaction/key-groups.js';

/** About how much JSON the records of a key are, in bytes. */
export function jsonBytesOf(group: KeyGroup): number {
  let bytes = 0;
  if (group.message) bytes += jsonBytes(group.message);
  if (group.tombstone) bytes += jsonBytes(group.tombstone);
  for (const reaction of group.reactions) bytes += jsonBytes(reaction);
  return bytes;
}
