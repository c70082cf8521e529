import { type MessageRef } from '@chat-vault/core';
import { type LiveStore } from './live-store.js';

/** The message that was put in the place of one that was off the server's time; the conversation is the same. */
export type RenewedRow = Pick<MessageRef, 'id' | 'sentTimestamp'>;

/** Where that is kept, so that who still has the old message in hand changes the new one. */
export const renewedPlace = (
  { tables }: LiveStore,
  { conversationUrn, id }: Pick<MessageRef, 'conversationUrn' | 'id'>,
) => ({ table: tables.renewed, id: `${conversationUrn}\u0000${id}` });
