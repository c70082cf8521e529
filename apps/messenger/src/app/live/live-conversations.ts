import { Service, computed, inject } from '@angular/core';
import { type ConversationSummary } from '@chat-vault/chat-storage';
import { LiveSyncService } from '@chat-vault/chat-sync/live';
import { type LiveConversation } from '@chat-vault/live-sync';
import { v7 as uuidv7 } from 'uuid';
import { type ConversationName } from '../conversations/conversation-urn';
import { CLOCK } from '../device/clock';
import { LiveAccount } from './live-account';
import { beginOfUrn, isLiveUrn, newLiveUrn, peopleOfUrn } from './live-urn';

/** Why nothing can be written in a conversation: nobody is signed in, or the person is not in it (any more). */
export type WritingBar = 'signed-out' | 'not-a-member';

/** The live conversations of whoever is signed in. */
@Service()
export class LiveConversations {
  readonly #live = inject(LiveSyncService);
  readonly #account = inject(LiveAccount);
  readonly #now = inject(CLOCK);
  readonly #byUrn = computed(
    () => new Map(this.#live.conversations().map((each) => [each.conversationUrn, each])),
  );
  readonly all = this.#live.conversations;

  of(urn: string): LiveConversation | null {
    return this.#byUrn().get(urn) ?? null;
  }

  /** Its title, or who else is in it, or was when it began; `null` for what is no live conversation. */
  nameOf(urn: string): ConversationName | null {
    const conversation = this.of(urn);
    const people = conversation
      ? conversation.members.map(({ userId }) => userId)
      : peopleOfUrn(urn)?.split(', ');
    if (people === undefined) return null;
    const others = people.filter((userId) => userId !== this.#account.userId());
    const title = conversation?.title ?? (others.length > 0 ? others.join(', ') : 'Just you');
    return { title, place: 'Live' };
  }

  /** The list of conversations with those in which nobody has written yet; newest activity first. */
  withEmpty(summaries: readonly ConversationSummary[]): readonly ConversationSummary[] {
    const known = new Set(summaries.map(({ conversationUrn }) => conversationUrn));
    const empty = this.all().flatMap(({ conversationUrn }) =>
      known.has(conversationUrn) ? [] : [emptySummary(conversationUrn)],
    );
    if (empty.length === 0) return summaries;
    return [...summaries, ...empty].toSorted((a, b) =>
      a.lastActivityAt < b.lastActivityAt ? 1 : a.lastActivityAt > b.lastActivityAt ? -1 : 0,
    );
  }

  /** Whether a line of `withEmpty` is one that it added. */
  isEmpty({
    conversationUrn,
    lastActivityAt,
    lastMessage,
  }: Pick<ConversationSummary, 'conversationUrn' | 'lastActivityAt' | 'lastMessage'>): boolean {
    return (
      lastMessage === undefined &&
      this.of(conversationUrn) !== null &&
      lastActivityAt === beginOfUrn(conversationUrn)
    );
  }

  /** Why nothing can be written there; `null` when it can. */
  barOf(urn: string): WritingBar | null {
    if (!isLiveUrn(urn)) return null;
    if (!this.#live.isSignedIn()) return 'signed-out';
    // Until everything is fetched it is not known.
    return this.#live.isLive() && this.of(urn) === null ? 'not-a-member' : null;
  }

  /** Begins a conversation with these people and gives its URN. */
  async begin(people: readonly string[], title: string | null): Promise<string> {
    const own = this.#account.userId();
    const memberIds = [...new Set(people)].filter((userId) => userId !== own);
    const named = own === null ? memberIds : [own, ...memberIds];
    const conversationUrn = newLiveUrn(named, this.#now());
    await this.#live.createConversation({ conversationUrn, title, memberIds });
    return conversationUrn;
  }

  /** Shows a text to the members of a conversation for 24 hours. */
  async postStory(conversationUrn: string, text: string): Promise<void> {
    const now = this.#now();
    await this.#live.postStory({
      id: uuidv7({ msecs: now }),
      conversationUrn,
      senderId: this.#account.userId() ?? '',
      typeId: 'text/plain',
      postedAt: new Date(now).toISOString(),
      payloadText: text,
    });
  }
}

const emptySummary = (conversationUrn: string): ConversationSummary => ({
  conversationUrn,
  lastActivityAt: beginOfUrn(conversationUrn),
  unreadCount: 0,
  messageCount: 0,
});

/** The people in a line of names with commas between; each once. */
export const namesIn = (text: string): readonly string[] => [
  ...new Set(
    text
      .split(',')
      .map((name) => name.normalize('NFC').trim())
      .filter((name) => name !== ''),
  ),
];
