import { type WritableSignal } from '@angular/core';
import { type ChatStorage, type MessagePosition, TOP_POSITION } from '@chat-vault/chat-storage';
import { type ChatVaultError, type Reaction, type StampedMessage } from '@chat-vault/core';
import { type HistoryPage } from '@chat-vault/vault-engine';
import { type BackgroundWork } from '../page/background-work';
import { toChatVaultError } from '../sync/chat-sync-error';
import { LiveRead } from './live-read';
import { type HistoryQuery } from './older-page';
import { comparePositions, positionOf } from './position';

/** What is shown of a conversation. */
export interface ConversationView {
  /** Newest first. */
  readonly messages: readonly StampedMessage[];
  /** Reactions to the messages shown. */
  readonly reactions: readonly Reaction[];
  readonly isLoading: boolean;
  readonly hasOlder: boolean;
  readonly error: ChatVaultError | null;
}

/** What a window works with. */
export interface WindowParts {
  readonly conversationUrn: string;
  readonly storage: ChatStorage;
  readonly view: WritableSignal<ConversationView>;
  readonly work: BackgroundWork;
  pageSize(): number;
  loadOlder(query: HistoryQuery, signal: AbortSignal): Promise<HistoryPage>;
}

/**
 * The part of one conversation that is shown: everything on this device from the newest message down to a floor. The floor is lowered
 * page by page; down to `complete` the clouds confirmed that nothing is missing. Changes read only this part again.
 */
export class ConversationWindow {
  readonly #parts: WindowParts;
  readonly #life = new AbortController();
  readonly #live = new LiveRead(() => this.#read());
  #floor: MessagePosition | null = null;
  #complete: MessagePosition | null = null;
  #clouds: string | null = null;
  #isOlderInCloud = false;
  #isOlderHere = false;
  #error: ChatVaultError | null = null;
  #older: Promise<void> | null = null;
  #tasks: Promise<void> = Promise.resolve();
  #waiting = 0;

  constructor(parts: WindowParts) {
    this.#parts = parts;
    const { storage, work, conversationUrn } = parts;
    const subscription = storage.changes$.subscribe((change) => {
      if (change.conversationUrns.includes(conversationUrn)) void work.track(this.#live.request());
    });
    this.#life.signal.addEventListener('abort', () => subscription.unsubscribe());
  }

  /** Cancels what is under way; nothing is shown any more. */
  close(): void {
    this.#life.abort();
  }

  /** Shows one page more. A second call joins the first. */
  loadOlder(): Promise<void> {
    this.#older ??= this.#enqueue(() => this.#showOlder()).finally(() => {
      this.#older = null;
    });
    return this.#older;
  }

  /**
   * Shows what is on this device, then lets the clouds of that name confirm that nothing of it is missing; called again when other clouds are
   * connected and after each sync. A place in the middle that they confirmed stays so, as a sync keeps it up to date.
   */
  confirm(clouds: string): void {
    const isSettled = this.#error === null && this.#isOlderInCloud;
    if (clouds === this.#clouds && isSettled) return;
    this.#clouds = clouds;
    void this.#enqueue(() => this.#confirmShown());
  }

  /** One task at a time, as each moves the floor. */
  #enqueue(task: () => Promise<void>): Promise<void> {
    this.#waiting += 1;
    this.#publish({ isLoading: true });
    this.#tasks = this.#tasks.then(() => this.#perform(task));
    return this.#parts.work.track(this.#tasks);
  }

  async #perform(task: () => Promise<void>): Promise<void> {
    try {
      if (!this.#life.signal.aborted) await task();
    } catch (thrown) {
      this.#error = toChatVaultError(thrown);
    }
    this.#waiting -= 1;
    if (!this.#life.signal.aborted) await this.#live.request();
  }

  async #confirmShown(): Promise<void> {
    await this.#live.request();
    this.#complete = null;
    const shown = this.#parts.view().messages.length;
    const isConfirmed = await this.#ask(Math.max(this.#parts.pageSize(), shown));
    if (isConfirmed) this.#floor = this.#complete;
  }

  async #showOlder(): Promise<void> {
    const floor = this.#floor ?? TOP_POSITION;
    for (;;) {
      const before = this.#complete;
      if (!(await this.#ask(this.#parts.pageSize()))) return this.#showOlderHere(floor);
      const isLower = this.#complete !== null && comparePositions(this.#complete, floor) < 0;
      if (isLower) this.#floor = this.#complete;
      const isStuck = this.#complete === before;
      if (isLower || isStuck || !this.#isOlderInCloud) return;
    }
  }

  /** Asks the clouds for the next page below what is complete; `false` when it could not be had in full. */
  async #ask(limit: number): Promise<boolean> {
    const before = this.#complete;
    const page = await this.#parts.loadOlder(
      { conversationUrn: this.#parts.conversationUrn, limit, ...(before && { before }) },
      this.#life.signal,
    );
    this.#life.signal.throwIfAborted();
    this.#error = page.incomplete ? toChatVaultError(page.error ?? missingPart()) : null;
    this.#isOlderInCloud = page.hasOlder || page.incomplete;
    const oldest = page.messages.at(-1);
    if (!page.incomplete && oldest) this.#complete = positionOf(oldest);
    return !page.incomplete;
  }

  /** What this device has below the floor, when the clouds cannot be asked. */
  async #showOlderHere(floor: MessagePosition): Promise<void> {
    const { conversationUrn, storage } = this.#parts;
    const limit = this.#parts.pageSize();
    const slice = await storage.history({ conversationUrn, before: floor, limit });
    const oldest = slice.messages.at(-1);
    if (oldest) this.#floor = positionOf(oldest);
  }

  async #read(): Promise<void> {
    try {
      const shown = await this.#readShown();
      this.#publish({ ...shown, isLoading: this.#waiting > 0 });
    } catch (thrown) {
      this.#error = toChatVaultError(thrown);
      this.#publish({ isLoading: this.#waiting > 0 });
    }
  }

  /** Everything on this device down to the floor; the newest page while there is no floor yet. */
  async #readShown(): Promise<Pick<ConversationView, 'messages' | 'reactions'>> {
    const { conversationUrn, storage } = this.#parts;
    const limit = Math.max(this.#parts.pageSize(), this.#parts.view().messages.length + 1);
    const messages: StampedMessage[] = [];
    const reactions: Reaction[] = [];
    let before: MessagePosition | undefined;
    for (;;) {
      const slice = await storage.history({ conversationUrn, limit, ...(before && { before }) });
      messages.push(...slice.messages);
      reactions.push(...slice.reactions);
      const oldest = slice.messages.at(-1);
      if (oldest) before = positionOf(oldest);
      this.#floor ??= before ?? null;
      const isReached = !before || !this.#floor || comparePositions(before, this.#floor) <= 0;
      if (isReached || !slice.hasMore) return this.#cut(messages, reactions, slice.hasMore);
    }
  }

  #cut(
    messages: readonly StampedMessage[],
    reactions: readonly Reaction[],
    hasMore: boolean,
  ): Pick<ConversationView, 'messages' | 'reactions'> {
    const floor = this.#floor ?? TOP_POSITION;
    const shown = messages.filter((message) => comparePositions(message, floor) >= 0);
    this.#isOlderHere = hasMore || shown.length < messages.length;
    const ids = new Set(shown.map(({ id }) => id));
    return {
      messages: this.#reuse(shown),
      reactions: reactions.filter(({ messageId }) => ids.has(messageId)),
    };
  }

  /** The same objects for unchanged messages, so that a list need not draw them again. */
  #reuse(messages: readonly StampedMessage[]): readonly StampedMessage[] {
    const before = new Map(
      this.#parts.view().messages.map((message) => [keyOf(message), message] as const),
    );
    return messages.map((message) => {
      const known = before.get(keyOf(message));
      return known?.stamp === message.stamp ? known : message;
    });
  }

  #publish(patch: Partial<ConversationView>): void {
    if (this.#life.signal.aborted) return;
    this.#parts.view.update((view) => ({
      ...view,
      hasOlder: this.#isOlderInCloud || this.#isOlderHere,
      error: this.#error,
      ...patch,
    }));
  }
}

const keyOf = ({ sentTimestamp, id }: MessagePosition): string => `${sentTimestamp} ${id}`;

const missingPart = (): Error => new Error('a part of this history could not be read');
