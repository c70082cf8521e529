import { describe, expect, it } from 'vitest';
import {
  type ListChoice,
  type ListedConversation,
  chooseConversations,
  withDraftsAlone,
} from './listed-conversation';
import { type Settings } from './settings/conversation-settings';

const conversation = (conversationUrn: string, day = 1): ListedConversation => ({
  conversationUrn,
  lastActivityAt: `2024-01-0${day}T12:00:00.000Z`,
  unreadCount: 0,
});
const DEFAULTS: Settings = {
  title: '',
  isPinned: false,
  isMuted: false,
  isArchived: false,
  labels: [],
};
const all = ['Ada', 'Bob', 'Cyd', 'Dan'].map((name) => conversation(name));
const urns = (conversations: readonly ListedConversation[]) =>
  conversations.map(({ conversationUrn }) => conversationUrn);

function choose(
  choice: Partial<ListChoice>,
  settings: Readonly<Record<string, Partial<Settings>>>,
) {
  const chosen = chooseConversations(
    all,
    { search: '', label: null, isArchive: false, ...choice },
    (urn) => {
      const own = { ...DEFAULTS, ...settings[urn] };
      return { settings: own, name: `${urn} ${own.title}` };
    },
  );
  return urns(chosen);
}

describe('chooseConversations', () => {
  it('puts those that are pinned first and leaves the order otherwise', () => {
    const settings = { Cyd: { isPinned: true }, Dan: { isPinned: true } };
    expect(choose({}, settings)).toEqual(['Cyd', 'Dan', 'Ada', 'Bob']);
  });

  it('has the archived ones apart, where being pinned does not count', () => {
    const settings = { Ada: { isArchived: true }, Dan: { isArchived: true, isPinned: true } };
    expect(choose({}, settings)).toEqual(['Bob', 'Cyd']);
    expect(choose({ isArchive: true }, settings)).toEqual(['Ada', 'Dan']);
  });

  it('finds all words in any order, also in archived ones and in titles of their own', () => {
    const settings = { Bob: { title: 'Chess club' }, Dan: { isArchived: true, title: 'chess' } };
    expect(choose({ search: ' chess' }, settings)).toEqual(['Bob', 'Dan']);
    expect(choose({ search: 'CLUB bob' }, settings)).toEqual(['Bob']);
    expect(choose({ search: '  ' }, settings)).toEqual(['Ada', 'Bob', 'Cyd']);
  });

  it('shows one label alone', () => {
    const settings = {
      Bob: { labels: ['Work', 'Fun'] },
      Dan: { labels: ['Work'], isPinned: true },
    };
    expect(choose({ label: 'Work' }, settings)).toEqual(['Dan', 'Bob']);
    expect(choose({ label: 'Work', isArchive: true }, settings)).toEqual([]);
  });
});

describe('withDraftsAlone', () => {
  it('adds conversations in which nothing was sent yet, by when they were begun', () => {
    const summaries = [conversation('Ada', 3), conversation('Bob', 1)];
    const draft = { text: 'x', changedAt: Date.UTC(2024, 0, 2, 12) };
    const drafts = new Map([
      ['Bob', draft],
      ['New', draft],
    ]);
    const listed = withDraftsAlone(summaries, drafts);
    expect(urns(listed)).toEqual(['Ada', 'New', 'Bob']);
    expect(listed[1]).toEqual({ ...conversation('New', 2) });
    expect(withDraftsAlone(summaries, new Map([['Bob', draft]]))).toBe(summaries);
  });
});
