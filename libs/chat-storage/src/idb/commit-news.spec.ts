import { describe, expect, it } from 'vitest';
import { type StorageChange } from '../port/chat-storage.js';
import { CommitNews } from './commit-news.js';
import { type ChangeChannel } from './idb-options.js';

const change = (conversationUrn: string) => ({
  kind: 'merge' as const,
  conversationUrns: [conversationUrn],
});

/** A page that hears another tab. */
function openNews() {
  const page = new EventTarget();
  let hear: (event: { readonly data: unknown }) => void = () => undefined;
  const channel: ChangeChannel = {
    postMessage: () => undefined,
    addEventListener: (_, listener) => (hear = listener),
    close: () => undefined,
  };
  const news = new CommitNews(channel, page);
  const heard: StorageChange[] = [];
  news.changes$.subscribe((one) => heard.push(one));
  return {
    news,
    urns: () => heard.flatMap(({ conversationUrns }) => conversationUrns),
    hear: (urn: string) => hear({ data: change(urn) }),
    tell: (event: string) => void page.dispatchEvent(new Event(event)),
  };
}

describe('CommitNews', () => {
  it('tells a frozen page when it thaws, of each change once', () => {
    const { urns, hear, tell } = openNews();
    hear('a');
    tell('freeze');
    for (const urn of ['b', 'c', 'b']) hear(urn);
    tell('freeze');
    expect(urns()).toEqual(['a']);
    tell('resume');
    expect(urns()).toEqual(['a', 'b', 'c']);
    tell('resume');
    hear('d');
    expect(urns()).toEqual(['a', 'b', 'c', 'd']);
  });

  it('tells of nothing after it was closed', () => {
    const { news, urns, hear, tell } = openNews();
    tell('freeze');
    hear('a');
    news.close();
    tell('resume');
    expect(urns()).toEqual([]);
  });
});
