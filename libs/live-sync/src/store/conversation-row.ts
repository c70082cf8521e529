import { type Change } from '../protocol/changes.js';
import { type Operation } from '../protocol/operations.js';

/** What a person is in a conversation; `role: null` when no longer in it. */
export interface MemberState {
  readonly role: 'owner' | 'member' | null;
  readonly stamp: string;
}

/** What is known of a conversation besides its messages. */
export interface LiveConversationRow {
  /** Absent until the server has told of it. */
  readonly about?: {
    readonly title: string | null;
    readonly createdBy: string;
    readonly stamp: string;
  };
  readonly members: ReadonlyMap<string, MemberState>;
  /** ISO-8601 UTC. */
  readonly readUpTo?: string;
}

/** A change of a conversation, of who is in it, or of how far it is read. */
export type ConversationChange = Extract<
  Change,
  { readonly kind: 'conversation' | 'member' | 'read' }
>;

const UNKNOWN: LiveConversationRow = { members: new Map() };

/** The row after a change: the greater stamp wins, on equal stamps the removal; a read marker never goes back. */
export function mergeConversation(
  row: LiveConversationRow = UNKNOWN,
  change: ConversationChange,
  userId: string,
): LiveConversationRow {
  switch (change.kind) {
    case 'conversation': {
      const { title, createdBy, stamp } = change.conversation;
      if (row.about && stamp < row.about.stamp) return row;
      return { ...row, about: { title, createdBy, stamp } };
    }
    case 'member': {
      const { userId: who, role, stamp } = change.member;
      const known = row.members.get(who);
      const isLater = !known || stamp > known.stamp || (stamp === known.stamp && role === null);
      if (!isLater) return row;
      // Of a conversation that one has left stays only that, so that nothing older brings it back.
      const others = who === userId && role === null ? [] : row.members;
      const { about: _, ...rest } = row;
      void _;
      const kept = who === userId && role === null ? rest : row;
      return { ...kept, members: new Map([...others, [who, { role, stamp }]]) };
    }
    case 'read': {
      const { upTo } = change.read;
      return row.readUpTo !== undefined && row.readUpTo >= upTo ? row : { ...row, readUpTo: upTo };
    }
  }
}

/** Whether the person is in the conversation. */
export const isMember = ({ members }: LiveConversationRow, userId: string): boolean =>
  (members.get(userId)?.role ?? null) !== null;

/** The conversation that a change is of, when it is a `ConversationChange`. */
export function conversationOf(change: Change): string | undefined {
  switch (change.kind) {
    case 'conversation':
      return change.conversation.conversationUrn;
    case 'member':
      return change.member.conversationUrn;
    case 'read':
      return change.read.conversationUrn;
    case 'message':
    case 'tombstone':
    case 'reaction':
    case 'story':
    case 'story-deleted':
      return undefined;
  }
}

/**
 * What an operation on a conversation does to its row, as changes: shown while the operation waits, and kept once the server
 * has taken it. `row` is the conversation as it is.
 */
export function operationToConversationChanges(
  { action, payload, stamp }: Operation,
  row: LiveConversationRow | undefined,
  userId: string,
): readonly ConversationChange[] {
  switch (action) {
    case 'CONVERSATION_CREATE': {
      const { conversationUrn, title, memberIds } = payload;
      const member = (who: string): ConversationChange => ({
        kind: 'member',
        member: {
          conversationUrn,
          userId: who,
          role: who === userId ? 'owner' : 'member',
          stamp,
        },
      });
      return [
        {
          kind: 'conversation',
          conversation: { conversationUrn, title, createdBy: userId, stamp },
        },
        ...[...new Set([userId, ...memberIds])].map(member),
      ];
    }
    case 'CONVERSATION_RENAME': {
      if (!row?.about) return [];
      const { createdBy } = row.about;
      return [{ kind: 'conversation', conversation: { ...payload, createdBy, stamp } }];
    }
    case 'MEMBER_SET':
      return [{ kind: 'member', member: { ...payload, stamp } }];
    case 'MEMBER_REMOVE':
      return [{ kind: 'member', member: { ...payload, role: null, stamp } }];
    case 'READ_SET':
      return [{ kind: 'read', read: payload }];
    case 'MESSAGE_SEND':
    case 'MESSAGE_EDIT':
    case 'MESSAGE_DELETE':
    case 'REACTION_SET':
    case 'REACTION_REMOVE':
    case 'STORY_POST':
    case 'STORY_DELETE':
      return [];
  }
}
