import { type StampedMessage } from '@chat-vault/core';
import { describe, expect, it } from 'vitest';
import { textMessage } from './text-message';
import { type ThreadContent, threadRows } from './thread-rows';

const message = (sentTimestamp: string, senderId = 'ann', id = sentTimestamp): StampedMessage => ({
  ...textMessage({
    id,
    conversationUrn: 'urn:chat:own:x',
    senderId,
    sentTimestamp,
    text: `at ${id}`,
  }),
  stamp: '000000000001-0000-0123456789abcdef' as StampedMessage['stamp'],
});
const rowsOf = (messages: readonly StampedMessage[], content: Partial<ThreadContent> = {}) =>
  threadRows({
    messages: messages.toReversed(),
    reactions: [],
    ownSenderIds: new Set(['me']),
    nameOf: (senderId) => (senderId === 'cy' ? 'Cyrus' : senderId),
    hasOlder: false,
    groupStarts: new Set(),
    ...content,
  });

describe('threadRows', () => {
  it('puts the oldest first and a line before each day', () => {
    const rows = rowsOf([
      message('2024-01-30T12:00:00.000Z'),
      message('2024-01-30T12:01:00.000Z'),
      message('2024-02-01T12:00:00.000Z'),
    ]);
    expect(rows.map(({ kind }) => kind)).toEqual(['day', 'message', 'message', 'day', 'message']);
  });

  it('does not name the day of the oldest message while older ones exist', () => {
    const rows = rowsOf([message('2024-01-30T12:00:00.000Z')], { hasOlder: true });
    expect(rows.map(({ kind }) => kind)).toEqual(['message']);
  });

  it('groups messages of one sender that are close together', () => {
    const rows = rowsOf([
      message('2024-01-30T12:00:00.000Z'),
      message('2024-01-30T12:01:00.000Z'),
      message('2024-01-30T12:02:00.000Z', 'me'),
      message('2024-01-30T12:30:00.000Z', 'me'),
    ]);
    const starts = rows.flatMap((row) => (row.kind === 'message' ? [row.isGroupStart] : []));
    expect(starts).toEqual([true, false, true, true]);
    expect(rows.flatMap((row) => (row.kind === 'message' ? [row.isOwn] : []))).toEqual([
      false,
      false,
      true,
      true,
    ]);
  });

  it('keeps the rows of a page as they were when an older page comes', () => {
    const newer = [message('2024-01-30T12:01:00.000Z'), message('2024-01-30T12:02:00.000Z')];
    const before = rowsOf(newer, { hasOlder: true });
    const groupStarts = new Set([before[0]?.key ?? '']);
    const after = rowsOf([message('2024-01-30T12:00:00.000Z'), ...newer], { groupStarts });
    expect(after.slice(2)).toEqual(before);
  });

  it('counts reactions by emoji, knows the own one and names those who gave them', () => {
    const one = message('2024-01-30T12:00:00.000Z');
    const reaction = (senderId: string, emoji: string | null) => ({
      conversationUrn: one.conversationUrn,
      sentTimestamp: one.sentTimestamp,
      messageId: one.id,
      senderId,
      emoji,
      stamp: one.stamp,
    });
    const [, row] = rowsOf([one], {
      reactions: [
        reaction('me', '👍'),
        reaction('bob', '👍'),
        reaction('cy', '🎉'),
        reaction('dan', null),
      ],
    });
    expect(row).toMatchObject({
      reactions: [
        { emoji: '👍', count: 2, isOwn: true, senders: 'me, bob' },
        { emoji: '🎉', count: 1, isOwn: false, senders: 'Cyrus' },
      ],
    });
  });
});
