import { type Stamp } from '../clock/stamp.js';

/**
 * Fields of a record that this version does not know, kept as they were read so that they survive storage and
 * compaction (docs/vault-format.md, "ChatVault"). Values are plain JSON. Absent when there are none.
 */
export interface UnknownFields {
  readonly extra?: Readonly<Record<string, unknown>>;
}

/**
 * The key of a message: its conversation, its place in time and its id. Whoever refers to a message names all three,
 * so a different `sentTimestamp` is a different message (docs/vault-format.md, "Records").
 */
export interface MessageRef {
  readonly conversationUrn: string;
  /** ISO-8601 UTC with milliseconds, `2024-01-31T10:15:30.123Z`. */
  readonly sentTimestamp: string;
  readonly id: string;
}

/** One message, as an app saves it. An edit is another version under the same key. */
export interface ChatMessage extends MessageRef {
  /** Who wrote it; never changes. */
  readonly senderId: string;
  /** What `payloadBytes` holds, as the app names it, for example `text/plain`. */
  readonly typeId: string;
  readonly payloadBytes: Uint8Array;
  readonly tags?: readonly string[];
  /** ISO-8601 UTC instant after which the message is no longer shown; never changes. */
  readonly expiresAt?: string;
}

/** A version of a message. */
export interface StampedMessage extends ChatMessage, UnknownFields {
  readonly stamp: Stamp;
}

/** That a message was deleted. Kept for ever: this is what makes resurrection impossible. */
export interface MessageTombstone extends UnknownFields {
  readonly conversationUrn: string;
  readonly sentTimestamp: string;
  readonly messageId: string;
  /** Wall-clock instant of the deletion, informative. */
  readonly deletedAt: string;
  readonly stamp: Stamp;
}

/** One person's reaction to one message; `emoji: null` when it was taken back. */
export interface Reaction extends UnknownFields {
  readonly conversationUrn: string;
  readonly sentTimestamp: string;
  readonly messageId: string;
  readonly senderId: string;
  readonly emoji: string | null;
  readonly stamp: Stamp;
}

/** That a conversation was cleared: messages sent at or before `upTo` are gone, unless stamped later. */
export interface ClearedConversation extends UnknownFields {
  readonly conversationUrn: string;
  readonly upTo: string;
  readonly deletedAt: string;
  readonly stamp: Stamp;
}

/** A sparse set of records: what a delta, a segment, a device or the whole cloud holds. */
export interface VaultContent extends UnknownFields {
  readonly messages: readonly StampedMessage[];
  readonly tombstones: readonly MessageTombstone[];
  readonly reactions: readonly Reaction[];
  readonly cleared: readonly ClearedConversation[];
}

/** The payload of a delta and of a segment (docs/vault-format.md, "ChatVault"). */
export interface ChatVault extends VaultContent {
  readonly version: 1;
  readonly vaultId: string;
  /** Smallest `sentTimestamp` over all records, `''` when there are none. */
  readonly rangeStart: string;
  /** Largest `sentTimestamp` over all records, `''` when there are none. */
  readonly rangeEnd: string;
  readonly messageCount: number;
  /** In deltas only: who wrote it, and the delta that this device wrote before, so a missing one is noticed. */
  readonly writer?: { readonly deviceId: string; readonly previous: string | null };
  /** In deltas only: first 16 hex digits of SHA-256 of the app's account id, when it gave one. */
  readonly account?: string;
}
