import {
  type ChatMessage,
  type ClearedConversation,
  EMPTY_CONTENT,
  type MessageTombstone,
  parseStamp,
  type Reaction,
  type Stamp,
  type StampedMessage,
  type VaultContent,
} from '@chat-vault/core';

/** The instant that the clocks of the tests start at. */
export const NOON = Date.UTC(2024, 0, 15, 12);

/** ISO-8601 UTC of `NOON` plus milliseconds. */
export const at = (ms: number): string => new Date(NOON + ms).toISOString();

/** A stamp of another device. */
export const stampAt = (ms: number, device = 0xb): Stamp =>
  parseStamp(
    `${(NOON + ms).toString(16).padStart(12, '0')}-0000-${device.toString(16).padStart(16, '0')}`,
  );

export const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

/** A message of Ada's, sent `sent` ms after `NOON`. */
export const message = (
  sent: number,
  fields: Partial<ChatMessage> & { readonly text?: string } = {},
): ChatMessage => {
  const { text = `text ${sent}`, ...rest } = fields;
  return {
    id: `m${sent}`,
    conversationUrn: 'urn:chat:1',
    senderId: 'ada',
    typeId: 'text/plain',
    sentTimestamp: at(sent),
    payloadBytes: utf8(text),
    ...rest,
  };
};

/** That message as another device stamped it, `stamped` ms after `NOON`. */
export const stamped = (
  sent: number,
  stampMs: number,
  fields: Parameters<typeof message>[1] & { readonly extra?: Record<string, unknown> } = {},
): StampedMessage => {
  const { extra, ...rest } = fields;
  return { ...message(sent, rest), stamp: stampAt(stampMs), ...(extra && { extra }) };
};

/** The deletion of `message(sent)`. */
export const tombstone = (sent: number, stampMs: number): MessageTombstone => ({
  conversationUrn: 'urn:chat:1',
  sentTimestamp: at(sent),
  messageId: `m${sent}`,
  deletedAt: at(stampMs),
  stamp: stampAt(stampMs),
});

/** A reaction to `message(sent)`. */
export const reaction = (
  sent: number,
  stampMs: number,
  fields: Partial<Reaction> = {},
): Reaction => ({
  conversationUrn: 'urn:chat:1',
  sentTimestamp: at(sent),
  messageId: `m${sent}`,
  senderId: 'ben',
  emoji: '👍',
  stamp: stampAt(stampMs),
  ...fields,
});

/** A clearing of everything sent up to `upTo` ms after `NOON`. */
export const clearing = (
  upTo: number,
  stampMs: number,
  conversationUrn = 'urn:chat:1',
): ClearedConversation => ({
  conversationUrn,
  upTo: at(upTo),
  deletedAt: at(stampMs),
  stamp: stampAt(stampMs),
});

export const content = (parts: Partial<VaultContent>): VaultContent => ({
  ...EMPTY_CONTENT,
  ...parts,
});
