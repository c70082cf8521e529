import { canonicalJson, type VaultContent } from '@chat-vault/core';
import { type Device } from './world.js';

/** Everything on a device as lines of text, one a record, so that a difference names the record. */
export async function allContents(device: Device): Promise<readonly string[]> {
  return contentLines(await device.content());
}

/** One line a record, sorted. */
export function contentLines(content: VaultContent): readonly string[] {
  const { messages, tombstones, reactions, cleared } = content;
  return [
    ...messages.map((message) =>
      line('message', { ...message, payloadBytes: [...message.payloadBytes] }),
    ),
    ...tombstones.map((one) => line('tombstone', one)),
    ...reactions.map((one) => line('reaction', one)),
    ...cleared.map((one) => line('clearing', one)),
  ].sort();
}

const line = (kind: string, record: object): string => `${kind} ${canonicalJson(record)}`;
