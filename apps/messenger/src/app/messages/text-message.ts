import { type ChatMessage } from '@chat-vault/core';

/** The `typeId` of what people write in this app: `payloadBytes` is the text in UTF-8. */
export const TEXT_TYPE = 'text/plain';

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** A message of plain text. */
export function textMessage(
  fields: Pick<ChatMessage, 'id' | 'conversationUrn' | 'senderId' | 'sentTimestamp'> & {
    readonly text: string;
  },
): ChatMessage {
  const { text, ...rest } = fields;
  return { ...rest, typeId: TEXT_TYPE, payloadBytes: encoder.encode(text) };
}

/** The text of a message; another type is named instead of shown. */
export function messageText(message: Pick<ChatMessage, 'typeId' | 'payloadBytes'>): string {
  return message.typeId === TEXT_TYPE
    ? decoder.decode(message.payloadBytes)
    : `[${message.typeId}]`;
}
