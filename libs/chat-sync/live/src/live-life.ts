import { type Injector, runInInjectionContext, signal } from '@angular/core';
import { ChatHistory, ɵSEAM } from '@chat-vault/chat-sync';
import { type ChatVaultError } from '@chat-vault/core';
import {
  type LiveConversation,
  type LiveSnapshot,
  type LiveSync,
  openLiveSync,
  type OutgoingOperation,
  type Story,
} from '@chat-vault/live-sync';
import { type Subscription } from 'rxjs';
import { LIVE_OPENER, LIVE_OPTIONS } from './live-options';

/** The longest that a timer can wait. */
const LONGEST_MS = 2 ** 31 - 1;

/** Whose connection it is, and to where. */
export interface LivePerson {
  readonly url: string;
  readonly userId: string;
}

/** Opens live sync for a person on the storage of the application. */
export async function openLife(injector: Injector, person: LivePerson): Promise<LiveLife> {
  const clock = injector.get(ɵSEAM.CHAT_SYNC_CLOCK);
  const { token, serviceWorker: findWorker } = injector.get(LIVE_OPTIONS);
  const serviceWorker = runInInjectionContext(injector, () => findWorker?.());
  const open = injector.get(LIVE_OPENER, openLiveSync);
  const live = await open({
    ...person,
    storage: await injector.get(ChatHistory).storage(),
    token: (refused) => runInInjectionContext(injector, () => token(refused)),
    ...(serviceWorker && { serviceWorker }),
    environment: {
      now: () => clock.now(),
      random: () => clock.random(),
      after: (ms, run) => clock.after(ms, run),
    },
  });
  return new LiveLife(injector, person, live);
}

/** One person's connection while it is open, with what it tells as signals. */
export class LiveLife {
  readonly person: LivePerson;
  readonly live: LiveSync;
  readonly #clock;
  readonly #work;
  readonly #read = new ɵSEAM.LiveRead(() => this.#readAll());
  readonly #subscription: Subscription;
  readonly #snapshot = signal<LiveSnapshot | null>(null);
  readonly #conversations = signal<readonly LiveConversation[]>([]);
  readonly #outgoing = signal<readonly OutgoingOperation[]>([]);
  readonly #stories = signal<readonly Story[]>([]);
  readonly #error = signal<ChatVaultError | null>(null);
  #cancelTimer = (): void => undefined;
  #isClosed = false;

  readonly snapshot = this.#snapshot.asReadonly();
  readonly conversations = this.#conversations.asReadonly();
  readonly outgoing = this.#outgoing.asReadonly();
  readonly stories = this.#stories.asReadonly();
  /** Why these could not be read. */
  readonly error = this.#error.asReadonly();

  constructor(injector: Injector, person: LivePerson, live: LiveSync) {
    this.person = person;
    this.live = live;
    this.#clock = injector.get(ɵSEAM.CHAT_SYNC_CLOCK);
    this.#work = injector.get(ɵSEAM.BackgroundWork);
    this.#subscription = live.snapshot$.subscribe((snapshot) => this.#snapshot.set(snapshot));
    this.#subscription.add(live.changes$.subscribe(() => this.#readInBackground()));
  }

  /** Resolves when what was written before is in the signals. */
  async read(): Promise<void> {
    await this.#work.track(this.#read.request());
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancelTimer();
    this.#subscription.unsubscribe();
    await this.live.close();
  }

  #readInBackground(): void {
    void this.read(); // why it failed is in `error`
  }

  async #readAll(): Promise<void> {
    try {
      const [conversations, outgoing, stories] = await Promise.all([
        this.live.conversations(),
        this.live.outgoing(),
        this.live.stories(),
      ]);
      if (this.#isClosed) return;
      this.#conversations.set(conversations);
      this.#outgoing.set(outgoing);
      this.#stories.set(stories);
      this.#error.set(null);
      this.#readWhenOneEnds(stories);
    } catch (thrown) {
      if (!this.#isClosed) this.#error.set(ɵSEAM.toChatVaultError(thrown));
    }
  }

  #readWhenOneEnds(stories: readonly Story[]): void {
    this.#cancelTimer();
    if (stories.length === 0) return;
    const end = Math.min(...stories.map(({ expiresAt }) => Date.parse(expiresAt)));
    const ms = Math.min(Math.max(0, end - this.#clock.now()), LONGEST_MS);
    this.#cancelTimer = this.#clock.after(ms, () => this.#readInBackground());
  }
}
