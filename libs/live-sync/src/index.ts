import { type ChatStorage } from '@chat-vault/chat-storage';
import { type ChatMessage, type ChatVaultError, type MessageRef } from '@chat-vault/core';
import { type Observable } from 'rxjs';
import { type Story } from './protocol/records.js';

export { type Story } from './protocol/records.js';

export type LiveState = 'offline' | 'connecting' | 'syncing' | 'live' | 'auth-error' | 'sync-error' | 'connection-error';
export type LiveError = ChatVaultError;
export interface LiveSnapshot {
  readonly state: LiveState;
  readonly pending: number;
  readonly rejected: number;
  readonly error: LiveError | null;
  readonly retryAt: number | null;
  readonly userId: string | null;
}
export interface LiveEnvironment {
  readonly now: () => number;
  readonly random: () => number;
  readonly after: (ms: number, run: () => void) => () => void;
}
export interface LiveOptions {
  readonly storage: ChatStorage;
  readonly url: string;
  readonly token: (refused?: string) => Promise<string | null>;
  readonly userId: string;
  readonly environment?: Partial<LiveEnvironment>;
}
export interface LiveConversation {
  readonly conversationUrn: string;
  readonly title: string | null;
  readonly createdBy: string;
  readonly members: readonly { readonly userId: string; readonly role: 'owner' | 'member' }[];
  readonly readUpTo: string | null;
}
export interface OutgoingOperation {
  readonly opId: string;
  readonly action: string;
  readonly conversationUrn: string;
  readonly messageId?: string;
  readonly state: 'pending' | 'rejected';
  readonly reason?: string;
  readonly detail?: string;
}
export interface NewStory {
  readonly id: string;
  readonly conversationUrn: string;
  readonly senderId: string;
  readonly typeId: string;
  readonly postedAt: string;
  readonly payloadText?: string;
  readonly payloadBytes?: string;
}
export declare function openLiveSync(options: LiveOptions): Promise<LiveSync>;
export interface LiveSync {
  readonly snapshot$: Observable<LiveSnapshot>;
  send(message: ChatMessage): Promise<void>;
  edit(message: ChatMessage): Promise<void>;
  delete(message: MessageRef): Promise<void>;
  react(message: MessageRef, emoji: string | null): Promise<void>;
  markRead(conversationUrn: string, upTo?: string): Promise<void>;
  createConversation(c: { conversationUrn: string; title: string | null; memberIds: readonly string[] }): Promise<void>;
  renameConversation(conversationUrn: string, title: string | null): Promise<void>;
  setMember(conversationUrn: string, userId: string, role: 'owner' | 'member'): Promise<void>;
  removeMember(conversationUrn: string, userId: string): Promise<void>;
  postStory(story: NewStory): Promise<void>;
  deleteStory(conversationUrn: string, id: string): Promise<void>;
  conversations(): Promise<readonly LiveConversation[]>;
  stories(conversationUrn?: string): Promise<readonly Story[]>;
  outgoing(): Promise<readonly OutgoingOperation[]>;
  readonly changes$: Observable<void>;
  retry(opId: string): Promise<void>;
  drop(opId: string): Promise<void>;
  signedIn(): void;
  syncNow(): Promise<void>;
  close(): Promise<void>;
}
