import { type ChatMessage, type MessageRef } from '@chat-vault/core';
import { type Observable } from 'rxjs';
import { type OperationAction, type OperationOf } from '../protocol/operations.js';
import { type Story } from '../protocol/records.js';
import { type RefusalReason } from '../store/outbox.js';
import { type LiveSnapshot } from './live-snapshot.js';

/** A conversation that the person is in. */
export interface LiveConversation {
  readonly conversationUrn: string;
  readonly title: string | null;
  readonly createdBy: string;
  /** By `userId`. */
  readonly members: readonly { readonly userId: string; readonly role: 'owner' | 'member' }[];
  /** Up to where the person has read it on any device, ISO-8601 UTC; `null` when that was never said. */
  readonly readUpTo: string | null;
}

/** A story as it is posted. */
export type NewStory = OperationOf<'STORY_POST'>['payload'];

/** An operation that waits, or was refused. */
export interface OutgoingOperation {
  readonly opId: string;
  readonly action: OperationAction;
  readonly conversationUrn: string;
  /** The message that it is about, if it is about one. */
  readonly messageId?: string;
  /** When that message was sent. */
  readonly sentTimestamp?: string;
  readonly state: 'pending' | 'rejected';
  /** Why it was refused. */
  readonly reason?: RefusalReason;
  /** In words, for a log. */
  readonly detail?: string;
}

/**
 * What people write to each other while they are online, and later when they are not.
 *
 * Each call that writes resolves when the record, its place in the journal of the clouds and its operation are on this device,
 * in one transaction; sending is another matter, which `snapshot$` and `outgoing()` tell of.
 *
 * @throws StorageError of calls that write; `ProtocolError` `malformed` for what is not of the protocol (`details.field`), `LiveError`
 * `not-the-sender`, `no-such-operation`, `closed`; nothing is written then
 */
export interface LiveSync {
  /** Replays the last; never the same twice in a row. */
  readonly snapshot$: Observable<LiveSnapshot>;
  /** What `outgoing`, `conversations` or `stories` give has changed, here or in another tab. */
  readonly changes$: Observable<void>;
  /** Sends a message of the person; `id` is a UUID. */
  send(message: ChatMessage): Promise<void>;
  /** Sends another version of an own message. */
  edit(message: ChatMessage): Promise<void>;
  /** Deletes an own message for everybody. */
  delete(message: MessageRef): Promise<void>;
  /** Sets the person's reaction, or takes it back with `null`. */
  react(message: MessageRef, emoji: string | null): Promise<void>;
  /** Says on all devices that a conversation is read up to its newest message here, or to `upTo` (ISO-8601 UTC). */
  markRead(conversationUrn: string, upTo?: string): Promise<void>;
  /** Begins a conversation that the person owns; the URN is one that nobody guesses. */
  createConversation(conversation: {
    readonly conversationUrn: string;
    readonly title: string | null;
    readonly memberIds: readonly string[];
  }): Promise<void>;
  renameConversation(conversationUrn: string, title: string | null): Promise<void>;
  /** Adds a person, or changes what the person is. */
  setMember(conversationUrn: string, userId: string, role: 'owner' | 'member'): Promise<void>;
  /** Removes a person; one's own id leaves the conversation. */
  removeMember(conversationUrn: string, userId: string): Promise<void>;
  /** Shows something to the members of a conversation for 24 hours; it is not backed up. */
  postStory(story: NewStory): Promise<void>;
  /** Takes an own story back before its time. */
  deleteStory(conversationUrn: string, id: string): Promise<void>;
  /** The conversations that the person is in, with what waits to be sent, by URN. */
  conversations(): Promise<readonly LiveConversation[]>;
  /** The stories that have not ended, the oldest first; of one conversation when given. */
  stories(conversationUrn?: string): Promise<readonly Story[]>;
  /** What waits, in the order in which it was done, then what was refused. */
  outgoing(): Promise<readonly OutgoingOperation[]>;
  /**
   * Sends a refused operation once more. After `clock-drift` what has an instant is sent as a new one, of now by the server's time: with a new id and
   * stamp; of a message the old one is deleted here.
   */
  retry(opId: string): Promise<void>;
  /** Forgets a refused operation. What it changed on this device stays. */
  drop(opId: string): Promise<void>;
  /** There is a new token. */
  signedIn(): void;
  /** Flushes, then pulls, now. @throws LiveError when that fails, or has to wait as the server said */
  syncNow(): Promise<void>;
  /** Ends it here; what waits is sent when it is opened again. */
  close(): Promise<void>;
}
