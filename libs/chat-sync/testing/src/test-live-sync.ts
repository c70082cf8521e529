import { type ChatMessage, type MessageRef } from '@chat-vault/core';
import {
  type LiveConversation,
  type LiveOptions,
  type LiveSnapshot,
  type LiveSync,
  type NewStory,
  type OutgoingOperation,
  type RefusalReason,
  type Story,
} from '@chat-vault/live-sync';
import { BehaviorSubject, Subject } from 'rxjs';

const DAY_MS = 24 * 60 * 60 * 1000;

/** Live sync that writes to the storage as the real one does, and whose server is the test: operations wait until it answers. */
export class TestLiveSync implements LiveSync {
  readonly userId: string;
  readonly url: string;
  readonly #options: LiveOptions;
  readonly #now: () => number;
  readonly #snapshot: BehaviorSubject<LiveSnapshot>;
  readonly #changes = new Subject<void>();
  #operations: readonly OutgoingOperation[] = [];
  #conversations: readonly LiveConversation[] = [];
  #stories: readonly Story[] = [];
  #isClosed = false;

  readonly snapshot$;
  readonly changes$ = this.#changes.asObservable();
  /** How often a new sign-in was told. */
  signIns = 0;

  constructor(options: LiveOptions, now: () => number) {
    this.#options = options;
    this.#now = now;
    this.url = options.url;
    this.userId = options.userId;
    this.#snapshot = new BehaviorSubject<LiveSnapshot>({
      state: 'live',
      pending: 0,
      rejected: 0,
      error: null,
      retryAt: null,
      userId: options.userId,
    });
    this.snapshot$ = this.#snapshot.asObservable();
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  // What the test decides

  /** Shows another state, or other figures. */
  show(snapshot: Partial<LiveSnapshot>): void {
    this.#snapshot.next({ ...this.#snapshot.value, ...snapshot });
  }

  /** Asks the application for a token, as before a request. */
  askToken(refused?: string): Promise<string | null> {
    return this.#options.token(refused);
  }

  /** The server takes all that waits. */
  answerAll(): void {
    this.#setOperations(this.#operations.filter(({ state }) => state === 'rejected'));
  }

  /** The server refuses all that waits. */
  refuseAll(reason: RefusalReason): void {
    this.#setOperations(
      this.#operations.map((operation) => ({ ...operation, state: 'rejected', reason })),
    );
  }

  /** Others write. */
  async receive(...messages: readonly ChatMessage[]): Promise<void> {
    await this.#options.storage.save(messages);
  }

  /** These are the person's conversations. */
  setConversations(conversations: readonly LiveConversation[]): void {
    this.#conversations = conversations;
    this.#changes.next();
  }

  /** These stories are shown, until they end. */
  setStories(stories: readonly Story[]): void {
    this.#stories = stories;
    this.#changes.next();
  }

  // What the application does

  async send(message: ChatMessage): Promise<void> {
    await this.#options.storage.save(message);
    this.#wait('MESSAGE_SEND', message.conversationUrn, message);
  }

  async edit(message: ChatMessage): Promise<void> {
    await this.#options.storage.save(message);
    this.#wait('MESSAGE_EDIT', message.conversationUrn, message);
  }

  async delete(message: MessageRef): Promise<void> {
    await this.#options.storage.delete(message);
    this.#wait('MESSAGE_DELETE', message.conversationUrn, message);
  }

  async react(message: MessageRef, emoji: string | null): Promise<void> {
    await this.#options.storage.react(message, this.userId, emoji);
    const action = emoji === null ? 'REACTION_REMOVE' : 'REACTION_SET';
    this.#wait(action, message.conversationUrn, message);
  }

  async markRead(conversationUrn: string, upTo?: string): Promise<void> {
    await this.#options.storage.markRead(conversationUrn, upTo);
    this.#wait('READ_SET', conversationUrn);
  }

  async createConversation(conversation: {
    readonly conversationUrn: string;
    readonly title: string | null;
    readonly memberIds: readonly string[];
  }): Promise<void> {
    const { conversationUrn, title, memberIds } = conversation;
    const others = memberIds.map((userId) => ({ userId, role: 'member' as const }));
    const members = [{ userId: this.userId, role: 'owner' as const }, ...others];
    const created = { conversationUrn, title, createdBy: this.userId, members, readUpTo: null };
    this.setConversations([...this.#conversations, created]);
    this.#wait('CONVERSATION_CREATE', conversationUrn);
  }

  async renameConversation(conversationUrn: string, title: string | null): Promise<void> {
    this.#changeConversation(conversationUrn, (conversation) => ({ ...conversation, title }));
    this.#wait('CONVERSATION_RENAME', conversationUrn);
  }

  async setMember(
    conversationUrn: string,
    userId: string,
    role: 'owner' | 'member',
  ): Promise<void> {
    this.#changeConversation(conversationUrn, ({ members, ...rest }) => ({
      ...rest,
      members: [...members.filter((member) => member.userId !== userId), { userId, role }],
    }));
    this.#wait('MEMBER_SET', conversationUrn);
  }

  async removeMember(conversationUrn: string, userId: string): Promise<void> {
    this.#changeConversation(conversationUrn, ({ members, ...rest }) => ({
      ...rest,
      members: members.filter((member) => member.userId !== userId),
    }));
    this.#wait('MEMBER_REMOVE', conversationUrn);
  }

  async postStory(story: NewStory): Promise<void> {
    const stamp = '000000000000-0000-0000000000000000';
    const expiresAt = new Date(Date.parse(story.postedAt) + DAY_MS).toISOString();
    this.setStories([...this.#stories, { ...story, expiresAt, stamp }]);
    this.#wait('STORY_POST', story.conversationUrn);
  }

  async deleteStory(conversationUrn: string, id: string): Promise<void> {
    this.setStories(this.#stories.filter((story) => story.id !== id));
    this.#wait('STORY_DELETE', conversationUrn);
  }

  async conversations(): Promise<readonly LiveConversation[]> {
    return this.#conversations.filter(({ members }) =>
      members.some(({ userId }) => userId === this.userId),
    );
  }

  async stories(conversationUrn?: string): Promise<readonly Story[]> {
    return this.#stories.filter(
      (story) =>
        Date.parse(story.expiresAt) > this.#now() &&
        (conversationUrn === undefined || story.conversationUrn === conversationUrn),
    );
  }

  async outgoing(): Promise<readonly OutgoingOperation[]> {
    return this.#operations;
  }

  async retry(opId: string): Promise<void> {
    this.#setOperations(
      this.#operations.map(({ reason, ...operation }) =>
        operation.opId === opId
          ? { ...operation, state: 'pending' }
          : { ...operation, ...(reason !== undefined && { reason }) },
      ),
    );
  }

  async drop(opId: string): Promise<void> {
    this.#setOperations(this.#operations.filter((operation) => operation.opId !== opId));
  }

  signedIn(): void {
    this.signIns += 1;
    this.show({ state: 'live', error: null });
  }

  async syncNow(): Promise<void> {
    this.answerAll();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#snapshot.complete();
    this.#changes.complete();
  }

  #changeConversation(
    conversationUrn: string,
    change: (conversation: LiveConversation) => LiveConversation,
  ): void {
    this.setConversations(
      this.#conversations.map((conversation) =>
        conversation.conversationUrn === conversationUrn ? change(conversation) : conversation,
      ),
    );
  }

  #wait(action: OutgoingOperation['action'], conversationUrn: string, message?: MessageRef): void {
    const opId = `operation-${this.#operations.length + 1}-${action}`;
    const { id: messageId, sentTimestamp } = message ?? {};
    const about = {
      conversationUrn,
      ...(messageId && sentTimestamp && { messageId, sentTimestamp }),
    };
    this.#setOperations([...this.#operations, { opId, action, ...about, state: 'pending' }]);
  }

  #setOperations(operations: readonly OutgoingOperation[]): void {
    this.#operations = operations;
    const rejected = operations.filter(({ state }) => state === 'rejected').length;
    this.show({ pending: operations.length - rejected, rejected });
    this.#changes.next();
  }
}
