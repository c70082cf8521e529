import {
  type MessageTombstone,
  type Reaction,
  type StampedMessage,
  type VaultContent,
} from '@chat-vault/core';
import { compareReactions, compareVersions } from '@chat-vault/core/records';

/** Place of a message key in the order of a vault. */
export interface RecordKey {
  readonly conversationUrn: string;
  readonly sentTimestamp: string;
  readonly id: string;
}

/** All records of one message key: the winning version and one reaction a person. */
export interface KeyGroup extends RecordKey {
  readonly message?: StampedMessage;
  readonly tombstone?: MessageTombstone;
  readonly reactions: readonly Reaction[];
}

/** Orders keys as a vault does: conversation, instant, id. */
export function compareKeys(a: RecordKey, b: RecordKey): number {
  if (a.conversationUrn !== b.conversationUrn)
    return a.conversationUrn < b.conversationUrn ? -1 : 1;
  if (a.sentTimestamp !== b.sentTimestamp) return a.sentTimestamp < b.sentTimestamp ? -1 : 1;
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}

/** The records of a content by key, in order. Several versions of a key become the winner. */
export function groupByKey(content: VaultContent): readonly KeyGroup[] {
  const groups: KeyGroup[] = [
    ...content.messages.map(fromMessage),
    ...content.tombstones.map(fromTombstone),
    ...content.reactions.map(fromReaction),
  ].sort(compareKeys);
  const merged: KeyGroup[] = [];
  for (const group of groups) {
    const last = merged.at(-1);
    if (last !== undefined && compareKeys(last, group) === 0)
      merged[merged.length - 1] = mergeGroups(last, group);
    else merged.push(group);
  }
  return merged;
}

/** The winner of each part of two groups of one key. */
export function mergeGroups(a: KeyGroup, b: KeyGroup): KeyGroup {
  const { conversationUrn, sentTimestamp, id } = a;
  const winner = winningVersion(a, b);
  return { conversationUrn, sentTimestamp, id, ...winner, reactions: uniteReactions(a, b) };
}

/** Groups side by side as one content. */
export function contentOf(groups: readonly KeyGroup[]): VaultContent {
  return {
    messages: groups.flatMap((group) => (group.message ? [group.message] : [])),
    tombstones: groups.flatMap((group) => (group.tombstone ? [group.tombstone] : [])),
    reactions: groups.flatMap((group) => group.reactions),
    cleared: [],
  };
}

type Version = Pick<KeyGroup, 'message' | 'tombstone'>;

function winningVersion(a: KeyGroup, b: KeyGroup): Version {
  const versionA = a.message ?? a.tombstone;
  const versionB = b.message ?? b.tombstone;
  if (versionA === undefined) return pickVersion(b);
  if (versionB === undefined) return pickVersion(a);
  return pickVersion(compareVersions(versionA, versionB) >= 0 ? a : b);
}

const pickVersion = ({ message, tombstone }: KeyGroup): Version => ({
  ...(message ? { message } : {}),
  ...(tombstone ? { tombstone } : {}),
});

function uniteReactions(a: KeyGroup, b: KeyGroup): readonly Reaction[] {
  if (a.reactions.length === 0) return b.reactions;
  if (b.reactions.length === 0) return a.reactions;
  const bySender = new Map<string, Reaction>();
  for (const reaction of [...a.reactions, ...b.reactions]) {
    const known = bySender.get(reaction.senderId);
    if (known === undefined || compareReactions(reaction, known) > 0)
      bySender.set(reaction.senderId, reaction);
  }
  return [...bySender.values()].sort((x, y) => (x.senderId < y.senderId ? -1 : 1));
}

const fromMessage = (message: StampedMessage): KeyGroup => ({
  conversationUrn: message.conversationUrn,
  sentTimestamp: message.sentTimestamp,
  id: message.id,
  message,
  reactions: [],
});

const fromTombstone = (tombstone: MessageTombstone): KeyGroup => ({
  conversationUrn: tombstone.conversationUrn,
  sentTimestamp: tombstone.sentTimestamp,
  id: tombstone.messageId,
  tombstone,
  reactions: [],
});

const fromReaction = (reaction: Reaction): KeyGroup => ({
  conversationUrn: reaction.conversationUrn,
  sentTimestamp: reaction.sentTimestamp,
  id: reaction.messageId,
  reactions: [reaction],
});
