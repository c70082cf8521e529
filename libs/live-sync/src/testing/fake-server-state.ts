import { parseStamp, stampMs } from '@chat-vault/core';
import { type Change } from '../protocol/changes.js';
import { type OperationResult, type RejectionReason } from '../protocol/flush.js';
import { MAX_DRIFT_MS, STORY_LIFE_MS } from '../protocol/limits.js';
import { type Operation } from '../protocol/operations.js';
import { parseOperation } from '../protocol/parse.js';
import { ProtocolError } from '../protocol/protocol-error.js';

interface Entry {
  readonly seq: number;
  readonly urn: string;
  readonly change: Change;
}

/** Page of what is new to a person. */
export interface FakePage {
  readonly changes: readonly Change[];
  readonly seq: number;
  readonly hasMore: boolean;
}

type Outcome = 'applied' | 'duplicate' | 'superseded' | RejectionReason;

/**
 * What a sync server knows, by the rules of docs/protocol.md: the state of each thing with the number of its last change, so that a
 * cursor is a number.
 */
export class FakeServerState {
  readonly #now: () => number;
  readonly #entries = new Map<string, Entry>();
  readonly #joined = new Map<string, number>();
  #seq = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  get seq(): number {
    return this.#seq;
  }

  /** The operations that were accepted, by `opId` and in how many flushes. */
  readonly answered = new Map<string, number>();

  apply(userId: string, value: unknown): OperationResult {
    const { opId } = value as { readonly opId: string };
    this.answered.set(opId, (this.answered.get(opId) ?? 0) + 1);
    let operation: Operation;
    try {
      operation = parseOperation(value);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      return { opId, status: 'rejected', reason: 'malformed', detail: error.message };
    }
    const outcome = this.#check(userId, operation) ?? this.#write(userId, operation);
    if (outcome === 'applied' || outcome === 'duplicate' || outcome === 'superseded') {
      return { opId, status: outcome };
    }
    const serverTime = new Date(this.#now()).toISOString();
    return {
      opId,
      status: 'rejected',
      reason: outcome,
      detail: `refused: ${outcome}`,
      ...(outcome === 'clock-drift' && { serverTime }),
    };
  }

  /** What a person may see after a cursor. */
  page(userId: string, since: number, limit: number): FakePage {
    const now = new Date(this.#now()).toISOString();
    const isNew = ({ seq, urn, change }: Entry): boolean => {
      const isOwn =
        (change.kind === 'member' && change.member.userId === userId) || change.kind === 'read';
      if (change.kind === 'read' && !this.#isReaderOf(userId, urn, seq)) return false;
      if (change.kind === 'story' && change.story.expiresAt <= now) return false;
      if (!this.isMember(userId, urn)) return isOwn && seq > since;
      return seq > since || (this.#joined.get(`${urn} ${userId}`) ?? 0) > since;
    };
    const entries = [...this.#entries.values()].filter(isNew).sort((a, b) => a.seq - b.seq);
    const taken = entries.slice(0, limit);
    const hasMore = taken.length < entries.length;
    // A cursor between two entries of one round would skip what a newcomer gets from before it: rounds are not cut here then.
    const isCuttable = taken.every(({ seq }) => seq > since);
    if (!hasMore || !isCuttable) {
      return { changes: entries.map(({ change }) => change), seq: this.#seq, hasMore: false };
    }
    const last = taken.at(-1) as Entry;
    return { changes: taken.map(({ change }) => change), seq: last.seq, hasMore: true };
  }

  isMember(userId: string, urn: string): boolean {
    const entry = this.#entries.get(`member ${urn} ${userId}`);
    return entry?.change.kind === 'member' && entry.change.member.role !== null;
  }

  /** The texts of all messages of a conversation, by id. */
  messages(urn: string): ReadonlyMap<string, string> {
    return new Map(
      [...this.#entries.values()].flatMap(({ change }): [string, string][] =>
        change.kind === 'message' && change.message.conversationUrn === urn
          ? [[change.message.id, change.message.payloadText ?? '']]
          : [],
      ),
    );
  }

  /** The change of a thing, as others get it. */
  get(key: string): Change | undefined {
    return this.#entries.get(key)?.change;
  }

  /** Puts something there whatever the rules say. */
  put(urn: string, key: string, change: Change): void {
    this.#entries.set(key, { seq: ++this.#seq, urn, change });
  }

  #isReaderOf(userId: string, urn: string, seq: number): boolean {
    return this.#entries.get(`read ${urn} ${userId}`)?.seq === seq;
  }

  #check(userId: string, { action, payload, stamp }: Operation): RejectionReason | undefined {
    if ('senderId' in payload && payload.senderId !== userId) return 'not-the-sender';
    const now = this.#now();
    if (stampMs(parseStamp(stamp)) > now + MAX_DRIFT_MS) return 'clock-drift';
    const isOff = (instant: string) => Math.abs(Date.parse(instant) - now) > MAX_DRIFT_MS;
    if (action === 'MESSAGE_SEND' && isOff(payload.sentTimestamp)) return 'clock-drift';
    if (action === 'STORY_POST' && isOff(payload.postedAt)) return 'clock-drift';
    if (action === 'CONVERSATION_CREATE') return undefined;
    return this.isMember(userId, payload.conversationUrn) ? undefined : 'not-a-member';
  }

  #write(userId: string, operation: Operation): Outcome {
    const { action, payload, stamp } = operation;
    const urn = payload.conversationUrn;
    switch (action) {
      case 'MESSAGE_SEND':
      case 'MESSAGE_EDIT': {
        const key = `message ${urn} ${payload.sentTimestamp} ${payload.id}`;
        const known = this.#entries.get(key)?.change;
        if (action === 'MESSAGE_EDIT' && !known) return 'unknown-message';
        if (known?.kind === 'message' && known.message.senderId !== userId) return 'not-the-author';
        if (action === 'MESSAGE_SEND' && known) return 'duplicate';
        return this.#win(key, { kind: 'message', message: { ...payload, stamp } }, stamp, false);
      }
      case 'MESSAGE_DELETE': {
        const key = `message ${urn} ${payload.sentTimestamp} ${payload.messageId}`;
        const known = this.#entries.get(key)?.change;
        if (known?.kind === 'message' && known.message.senderId !== userId) return 'not-the-author';
        return this.#win(key, { kind: 'tombstone', tombstone: { ...payload, stamp } }, stamp, true);
      }
      case 'REACTION_SET':
      case 'REACTION_REMOVE': {
        const of = `${urn} ${payload.sentTimestamp} ${payload.messageId}`;
        const known = this.#entries.get(`message ${of}`)?.change;
        if (!known) return 'unknown-message';
        if (known.kind === 'tombstone') return 'message-deleted';
        const emoji = action === 'REACTION_SET' ? payload.emoji : null;
        const change: Change = { kind: 'reaction', reaction: { ...payload, emoji, stamp } };
        return this.#win(`reaction ${of} ${userId}`, change, stamp, emoji === null);
      }
      case 'STORY_POST': {
        const expiresAt = new Date(Date.parse(payload.postedAt) + STORY_LIFE_MS).toISOString();
        const change: Change = { kind: 'story', story: { ...payload, expiresAt, stamp } };
        return this.#win(`story ${urn} ${payload.id}`, change, stamp, false);
      }
      case 'STORY_DELETE': {
        const story = { ...payload, senderId: userId, stamp };
        return this.#win(
          `story ${urn} ${payload.id}`,
          { kind: 'story-deleted', story },
          stamp,
          true,
        );
      }
      case 'CONVERSATION_CREATE': {
        if (this.#entries.has(`conversation ${urn}`)) {
          return this.isMember(userId, urn) ? 'duplicate' : 'not-a-member';
        }
        const { title, memberIds } = payload;
        const conversation = { conversationUrn: urn, title, createdBy: userId, stamp };
        this.put(urn, `conversation ${urn}`, { kind: 'conversation', conversation });
        for (const who of new Set([userId, ...memberIds])) {
          this.#setMember(urn, who, who === userId ? 'owner' : 'member', stamp);
        }
        return 'applied';
      }
      case 'CONVERSATION_RENAME': {
        const known = this.#entries.get(`conversation ${urn}`)?.change;
        if (known?.kind !== 'conversation') return 'not-a-member';
        const conversation = { ...known.conversation, title: payload.title, stamp };
        return this.#win(
          `conversation ${urn}`,
          { kind: 'conversation', conversation },
          stamp,
          false,
        );
      }
      case 'MEMBER_SET':
        return this.#setMember(urn, payload.userId, payload.role, stamp);
      case 'MEMBER_REMOVE':
        return this.#setMember(urn, payload.userId, null, stamp);
      case 'READ_SET': {
        const key = `read ${urn} ${userId}`;
        const known = this.#entries.get(key)?.change;
        if (known?.kind === 'read' && known.read.upTo >= payload.upTo) return 'superseded';
        this.put(urn, key, { kind: 'read', read: payload });
        return 'applied';
      }
    }
  }

  #setMember(
    urn: string,
    userId: string,
    role: 'owner' | 'member' | null,
    stamp: string,
  ): 'applied' | 'duplicate' | 'superseded' {
    const wasMember = this.isMember(userId, urn);
    const member = { conversationUrn: urn, userId, role, stamp };
    const outcome = this.#win(
      `member ${urn} ${userId}`,
      { kind: 'member', member },
      stamp,
      role === null,
    );
    if (!wasMember && role !== null && outcome === 'applied') {
      this.#joined.set(`${urn} ${userId}`, this.#seq);
    }
    return outcome;
  }

  /** The greater stamp wins, on equal ones the deletion. */
  #win(
    key: string,
    change: Change,
    stamp: string,
    isDeletion: boolean,
  ): 'applied' | 'duplicate' | 'superseded' {
    const known = this.#entries.get(key);
    const before = known && stampOf(known.change);
    if (before !== undefined && stamp < before) return 'superseded';
    if (stamp === before && (!isDeletion || known?.change.kind === change.kind)) return 'duplicate';
    const [, urn = ''] = key.split(' ');
    this.put(urn, key, change);
    return 'applied';
  }
}

function stampOf(change: Change): string {
  switch (change.kind) {
    case 'message':
      return change.message.stamp;
    case 'tombstone':
      return change.tombstone.stamp;
    case 'reaction':
      return change.reaction.stamp;
    case 'story':
    case 'story-deleted':
      return change.story.stamp;
    case 'conversation':
      return change.conversation.stamp;
    case 'member':
      return change.member.stamp;
    case 'read':
      return '';
  }
}
