import { describe, expect, it } from 'vitest';
import {
  parseFlushAnswer,
  parseFlushEnvelope,
  parseLiveEvent,
  parseOperation,
  parseProblem,
  parsePullPage,
} from './parse.js';
import { ProtocolError } from './protocol-error.js';

const ID = '0190c1de-7b1e-7c3a-8f00-0123456789ab';
const STAMP = '018d5f3c2a10-0000-00000000000000aa';
const SENT = '2024-01-31T10:15:30.123Z';
const message = {
  id: ID,
  conversationUrn: 'urn:chat:1',
  senderId: 'anna',
  typeId: 'text/plain',
  sentTimestamp: SENT,
  payloadText: 'grün 🥦',
};
const ref = { conversationUrn: 'urn:chat:1', sentTimestamp: SENT, messageId: ID };
const envelope = { opId: ID, timestamp: 1706696130123, stamp: STAMP };
const story = {
  id: ID,
  conversationUrn: 'urn:chat:1',
  senderId: 'anna',
  typeId: 'text/plain',
  postedAt: SENT,
  payloadText: 'sun',
};
const PAYLOADS: Readonly<Record<string, object>> = {
  MESSAGE_SEND: message,
  MESSAGE_EDIT: message,
  MESSAGE_DELETE: { ...ref, deletedAt: SENT },
  REACTION_SET: { ...ref, senderId: 'anna', emoji: '👍' },
  REACTION_REMOVE: { ...ref, senderId: 'anna' },
  STORY_POST: story,
  STORY_DELETE: { conversationUrn: 'urn:chat:1', id: ID },
  CONVERSATION_CREATE: { conversationUrn: 'urn:chat:1', title: null, memberIds: ['ben'] },
  CONVERSATION_RENAME: { conversationUrn: 'urn:chat:1', title: 'Family' },
  MEMBER_SET: { conversationUrn: 'urn:chat:1', userId: 'ben', role: 'member' },
  MEMBER_REMOVE: { conversationUrn: 'urn:chat:1', userId: 'ben' },
  READ_SET: { conversationUrn: 'urn:chat:1', upTo: SENT },
};
const operation = (action: string, change: object = {}) => ({
  ...envelope,
  action,
  payload: { ...PAYLOADS[action], ...change },
});

const fieldOf = (parse: () => unknown): unknown => {
  try {
    parse();
  } catch (error) {
    if (error instanceof ProtocolError) return error.details['field'];
    throw error;
  }
  return 'nothing was thrown';
};

describe('parseOperation', () => {
  it.each(Object.keys(PAYLOADS))('reads %s and gives it back as it was', (action) => {
    expect(parseOperation(operation(action))).toEqual(operation(action));
  });

  it('keeps unknown fields of a message, for the versions that know them', () => {
    const sent = operation('MESSAGE_SEND', { replyTo: { id: ID } });
    expect(parseOperation(sent)).toEqual(sent);
  });

  it('leaves unknown fields out elsewhere', () => {
    expect(parseOperation({ ...operation('READ_SET', { mood: 1 }), mood: 1 })).toEqual(
      operation('READ_SET'),
    );
  });

  it('takes bytes that are no text as base64', () => {
    const bytes = operation('MESSAGE_SEND', { payloadText: undefined, payloadBytes: '/wA=' });
    expect(parseOperation(bytes)).toMatchObject({ payload: { payloadBytes: '/wA=' } });
  });

  it.each([
    ['an unknown action', { ...operation('READ_SET'), action: 'READ_ALL' }, 'action'],
    ['no id', { ...operation('READ_SET'), opId: undefined }, 'opId'],
    ['an id in capitals', { ...operation('READ_SET'), opId: ID.toUpperCase() }, 'opId'],
    ['a stamp that is none', { ...operation('READ_SET'), stamp: 'now' }, 'stamp'],
    ['a stamp after 2200', { ...operation('READ_SET'), stamp: `f${STAMP.slice(1)}` }, 'stamp'],
    ['a time before 1970', { ...operation('READ_SET'), timestamp: -1 }, 'timestamp'],
    ['a message id that is no UUID', operation('MESSAGE_SEND', { id: 'm1' }), 'payload.id'],
    [
      'a day that does not exist',
      operation('MESSAGE_SEND', { sentTimestamp: '2023-02-29T10:15:30.123Z' }),
      'payload',
    ],
    [
      'another day that does not exist',
      operation('READ_SET', { upTo: '2023-02-29T10:15:30.123Z' }),
      'payload.upTo',
    ],
    ['the year 0', operation('READ_SET', { upTo: '0000-02-01T10:15:30.123Z' }), 'payload.upTo'],
    ['no payload', operation('MESSAGE_SEND', { payloadText: undefined }), 'payload'],
    ['two payloads', operation('MESSAGE_SEND', { payloadBytes: '' }), 'payload'],
    ['half a letter', operation('MESSAGE_SEND', { payloadText: '\ud800' }), 'payload'],
    [
      'half a letter in a field we do not know',
      operation('MESSAGE_SEND', { x: '\ud800' }),
      'payload',
    ],
    [
      'no base64',
      operation('MESSAGE_SEND', { payloadText: undefined, payloadBytes: '?' }),
      'payload',
    ],
    ['a story without payload', operation('STORY_POST', { payloadText: undefined }), 'payload'],
    ['U+0000 in an emoji', operation('REACTION_SET', { emoji: '\u0000' }), 'payload.emoji'],
    ['an empty emoji', operation('REACTION_SET', { emoji: '' }), 'payload.emoji'],
    ['a role that is none', operation('MEMBER_SET', { role: 'king' }), 'payload.role'],
    [
      'too many members',
      operation('CONVERSATION_CREATE', { memberIds: Array.from({ length: 256 }, () => 'x') }),
      'payload.memberIds',
    ],
    ['nothing', undefined, 'operation'],
    ['a list', [], 'action'],
  ])('refuses %s', (_title, value, field) => {
    expect(fieldOf(() => parseOperation(value))).toBe(field);
  });
});

describe('parseFlushEnvelope', () => {
  it('reads a batch whose operations are malformed, as long as each can be answered', () => {
    const batch = { operations: [{ opId: ID, action: 'NONSENSE' }] };
    expect(parseFlushEnvelope(batch)).toEqual(batch);
  });

  it.each([
    [null, 'flush'],
    [{}, 'operations'],
    [{ operations: [{}] }, 'operations.0.opId'],
  ])('refuses %j', (value, field) => {
    expect(fieldOf(() => parseFlushEnvelope(value))).toBe(field);
  });
});

describe('what a server answers', () => {
  const change = { kind: 'message', message: { ...message, stamp: STAMP, mood: 'new' } };

  it('is read: results, pages, problems', () => {
    const answer = {
      results: [
        { opId: ID, status: 'applied' },
        { opId: ID, status: 'rejected', reason: 'clock-drift', detail: '', serverTime: SENT },
      ],
    };
    expect(parseFlushAnswer(answer)).toEqual(answer);
    const page = { changes: [change], cursor: '1', hasMore: false };
    expect(parsePullPage(page)).toEqual(page);
    const problem = {
      type: 'about:blank',
      title: 'No',
      status: 429,
      code: 'rate-limited',
      retryAfter: 2,
    };
    expect(parseProblem(problem)).toEqual(problem);
  });

  it('is read: events of a live stream', () => {
    const data = { changes: [change] };
    expect(parseLiveEvent('changes', JSON.stringify(data))).toEqual({ event: 'changes', data });
    expect(parseLiveEvent('caught-up', '{}')).toEqual({ event: 'caught-up', data: {} });
    expect(parseLiveEvent('confetti', '{}')).toBeUndefined();
    expect(parseLiveEvent('constructor', '{}')).toBeUndefined();
  });

  it('is read without changes of kinds that a newer server tells of', () => {
    const newer = { kind: 'poll', poll: { stamp: STAMP } };
    const page = { changes: [newer, change], cursor: '1', hasMore: false };
    expect(parsePullPage(page).changes).toEqual([change]);
    const data = JSON.stringify({ changes: [change, newer] });
    expect(parseLiveEvent('changes', data)?.data).toEqual({ changes: [change] });
  });

  it('is refused when it is not of the protocol', () => {
    expect(fieldOf(() => parseFlushAnswer({ results: [{ opId: ID, status: 'lost' }] }))).toBe(
      'results.0.status',
    );
    expect(fieldOf(() => parsePullPage({ changes: [{}], cursor: '1', hasMore: false }))).toBe(
      'changes.0.kind',
    );
    expect(fieldOf(() => parseLiveEvent('changes', '{'))).toBe('data');
    expect(fieldOf(() => parseLiveEvent('end', '{"reason":"mood"}'))).toBe('reason');
  });
});
