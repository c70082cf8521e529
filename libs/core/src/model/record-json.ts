import { textOf, toBase64 } from './utf8-payload.js';
import {
  type ClearedConversation,
  type MessageTombstone,
  type Reaction,
  type StampedMessage,
} from './records.js';

/** Any record of a vault. */
export type VaultRecord = StampedMessage | MessageTombstone | Reaction | ClearedConversation;

/** The JSON form of a record: unknown fields beside the known ones, a payload that is UTF-8 as text (docs/vault-format.md, "ChatVault"). */
export function recordToJson(record: VaultRecord): Readonly<Record<string, unknown>> {
  const { extra, ...known } = record;
  const json: Record<string, unknown> = extra === undefined ? known : { ...extra, ...known };
  if (!('payloadBytes' in known)) return json;
  const { payloadBytes } = known;
  const { payloadBytes: _bytes, ...rest } = json;
  const text = textOf(payloadBytes);
  return text === null
    ? { ...rest, payloadBytes: toBase64(payloadBytes) }
    : { ...rest, payloadText: text };
}

/** About how many bytes of JSON a record is; never much less than it will be. */
export function jsonBytes(record: VaultRecord): number {
  let bytes = 80 + 2 * record.conversationUrn.length + record.stamp.length;
  if ('payloadBytes' in record)
    bytes +=
      120 + Math.ceil(record.payloadBytes.length * 1.1) + record.id.length + record.senderId.length;
  else if ('senderId' in record) bytes += 90 + record.senderId.length + record.messageId.length;
  else bytes += 90;
  return record.extra === undefined ? bytes : bytes + JSON.stringify(record.extra).length;
}
