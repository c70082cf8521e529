import {
  afterNextRender,
  computed,
  DestroyRef,
  effect,
  inject,
  Injector,
  runInInjectionContext,
  Service,
  signal,
  untracked,
} from '@angular/core';
import { ChatSyncError, ɵSEAM } from '@chat-vault/chat-sync';
import { type ChatMessage, type ChatVaultError, type MessageRef } from '@chat-vault/core';
import { type LiveSnapshot, type LiveSync, type NewStory } from '@chat-vault/live-sync';
import { type LiveLife, type LivePerson } from './live-life';
import { LIVE_OPTIONS } from './live-options';

/** While nobody is signed in. */
const NOTHING_RUNS: LiveSnapshot = {
  state: 'offline',
  pending: 0,
  rejected: 0,
  error: null,
  retryAt: null,
  userId: null,
};

/** After this time it is tried again to begin, milliseconds. */
const BEGIN_AGAIN_MS = 10_000;

/**
 * What people write to each other while they are online. A write resolves when it is on this device, with its place in the outbox; it is sent as soon as that is possible, also after a
 * restart. Every method rejects with a typed error: of the storage, of live sync, or a `ChatSyncError` `not-signed-in`, on the server `not-in-browser`.
 */
@Service({ autoProvided: false })
export class LiveSyncService {
  readonly #injector = inject(Injector);
  readonly #options = inject(LIVE_OPTIONS);
  readonly #clock = inject(ɵSEAM.CHAT_SYNC_CLOCK);
  readonly #work = inject(ɵSEAM.BackgroundWork);
  readonly #hasPage = inject(ɵSEAM.BROWSER_WINDOW) !== null;
  readonly #isPainted = signal(false);
  readonly #life = signal<LiveLife | null>(null);
  readonly #problem = signal<ChatVaultError | null>(null);
  readonly #person = computed<LivePerson | null>(() => this.#askWho(), {
    equal: (a, b) => a?.url === b?.url && a?.userId === b?.userId,
  });
  /** Whose connection was last asked for, and what becomes of that; `failed` once it could not be opened. */
  #wanted: { readonly person: LivePerson | null; failed?: boolean } = { person: null };
  #turn: Promise<LiveLife | null> = Promise.resolve(null);
  #cancelRetry = (): void => undefined;
  #hasEnded = false;

  /** How it stands, all at one moment. */
  readonly snapshot = computed(() => this.#life()?.snapshot() ?? this.#beginning());
  readonly state = computed(() => this.snapshot().state);
  /** Whether others get at once what is written here. */
  readonly isLive = computed(() => this.state() === 'live');
  /** Operations that the server has not answered yet. */
  readonly pending = computed(() => this.snapshot().pending);
  /** Operations that the server refused, kept until they are tried again or dropped. */
  readonly rejected = computed(() => this.snapshot().rejected);
  /** Whether somebody is signed in, so that messages are sent. */
  readonly isSignedIn = computed(() => this.#person() !== null);
  /** Conversations that the person is in, with their members. */
  readonly conversations = computed(() => this.#life()?.conversations() ?? []);
  /** What waits or was refused, for a mark at each message. */
  readonly outgoing = computed(() => this.#life()?.outgoing() ?? []);
  /** Stories that have not ended; one goes when its time comes. */
  readonly stories = computed(() => this.#life()?.stories() ?? []);
  /** Why live sync could not begin or be read on this device; what keeps the server away is in `snapshot`. */
  readonly lastError = computed(() => this.#problem() ?? this.#life()?.error() ?? null);

  constructor() {
    if (!this.#hasPage) return;
    afterNextRender(() => this.#isPainted.set(true));
    effect(() => {
      if (!this.#isPainted()) return;
      const person = this.#person();
      untracked(() => this.#followInBackground(person));
    });
    inject(DestroyRef).onDestroy(() => this.#end());
  }

  /** Sends a message of the person who is signed in; `id` is a UUID. */
  send(message: ChatMessage): Promise<void> {
    return this.#write((live) => live.send(message));
  }

  /** Sends another version of an own message. */
  edit(message: ChatMessage): Promise<void> {
    return this.#write((live) => live.edit(message));
  }

  /** Deletes an own message, for everybody. */
  delete(message: MessageRef): Promise<void> {
    return this.#write((live) => live.delete(message));
  }

  /** Sets the person's reaction, or takes it back with `null`. */
  react(message: MessageRef, emoji: string | null): Promise<void> {
    return this.#write((live) => live.react(message, emoji));
  }

  /** Says on all devices of the person that a conversation is read, up to its newest message or `upTo` (ISO-8601 UTC). */
  markRead(conversationUrn: string, upTo?: string): Promise<void> {
    return this.#write((live) => live.markRead(conversationUrn, upTo));
  }

  /** Begins a conversation that the person owns; the URN is one that nobody guesses. */
  createConversation(conversation: {
    readonly conversationUrn: string;
    readonly title: string | null;
    readonly memberIds: readonly string[];
  }): Promise<void> {
    return this.#write((live) => live.createConversation(conversation));
  }

  renameConversation(conversationUrn: string, title: string | null): Promise<void> {
    return this.#write((live) => live.renameConversation(conversationUrn, title));
  }

  /** Adds a person, or changes what the person is. */
  setMember(conversationUrn: string, userId: string, role: 'owner' | 'member'): Promise<void> {
    return this.#write((live) => live.setMember(conversationUrn, userId, role));
  }

  /** Removes a person; one's own id leaves the conversation. */
  removeMember(conversationUrn: string, userId: string): Promise<void> {
    return this.#write((live) => live.removeMember(conversationUrn, userId));
  }

  /** Shows something to the members of a conversation for 24 hours; it is not backed up. */
  postStory(story: NewStory): Promise<void> {
    return this.#write((live) => live.postStory(story));
  }

  deleteStory(conversationUrn: string, id: string): Promise<void> {
    return this.#write((live) => live.deleteStory(conversationUrn, id));
  }

  /** Sends a refused operation once more. */
  retry(opId: string): Promise<void> {
    return this.#write((live) => live.retry(opId));
  }

  /** Forgets a refused operation. What it changed on this device stays as it is. */
  drop(opId: string): Promise<void> {
    return this.#write((live) => live.drop(opId));
  }

  /** Says that there is a new token after `auth-error`. */
  signedIn(): void {
    untracked(this.#life)?.live.signedIn();
  }

  /** Sends and fetches now instead of waiting for the next try. */
  syncNow(): Promise<void> {
    return this.#write((live) => live.syncNow());
  }

  async #write(run: (live: LiveSync) => Promise<void>): Promise<void> {
    try {
      const life = await this.#open();
      await this.#work.track(run(life.live));
      await life.read();
    } catch (thrown) {
      throw ɵSEAM.toChatVaultError(thrown);
    }
  }

  async #open(): Promise<LiveLife> {
    if (!this.#hasPage) throw problem('not-in-browser', 'there is no live sync on the server');
    if (this.#hasEnded) throw problem('closed', 'the application has ended');
    const person = untracked(this.#person);
    const life = person && (await this.#follow(person));
    if (!life) throw problem('not-signed-in', 'nobody is signed in to live sync');
    return life;
  }

  #followInBackground(person: LivePerson | null): void {
    this.#follow(person).catch(() => {
      // Why is in `lastError`.
      this.#cancelRetry();
      if (this.#hasEnded) return;
      this.#cancelRetry = this.#clock.after(BEGIN_AGAIN_MS, () =>
        this.#followInBackground(untracked(this.#person)),
      );
    });
  }

  /** Opens the connection of a person, after that of another was closed. Again when that failed before. */
  #follow(person: LivePerson | null): Promise<LiveLife | null> {
    const { person: before, failed } = this.#wanted;
    if (before !== person || failed) {
      const wanted = { person };
      this.#wanted = wanted;
      const done = this.#turn
        .catch(() => null)
        .then(() => this.#change(person))
        .catch((thrown: unknown) => {
          Object.assign(wanted, { failed: true });
          const error = ɵSEAM.toChatVaultError(thrown);
          if (!this.#hasEnded) this.#problem.set(error);
          throw error;
        });
      this.#turn = this.#work.track(done);
    }
    return this.#turn;
  }

  async #change(person: LivePerson | null): Promise<LiveLife | null> {
    await this.#close();
    if (person === null || this.#hasEnded) {
      this.#problem.set(null);
      return null;
    }
    const { openLife } = await ɵSEAM.loadCode(() => import('./live-life'));
    const life = await openLife(this.#injector, person);
    await life.read();
    this.#problem.set(null);
    this.#life.set(life);
    if (this.#hasEnded) await this.#close();
    return life;
  }

  async #close(): Promise<void> {
    const life = untracked(this.#life);
    this.#life.set(null);
    await life?.close();
  }

  /** Until the device was read: of the network nothing is known yet. */
  #beginning(): LiveSnapshot {
    const person = this.#person();
    if (person === null) return NOTHING_RUNS;
    const state = this.#problem() === null ? 'connecting' : 'sync-error';
    return { ...NOTHING_RUNS, state, userId: person.userId };
  }

  #askWho(): LivePerson | null {
    if (!this.#hasPage) return null;
    const ask = (asked: string | null | (() => string | null)) =>
      typeof asked === 'function' ? runInInjectionContext(this.#injector, asked) : asked;
    const [url, userId] = [ask(this.#options.url), ask(this.#options.userId)];
    return url === null || userId === null ? null : { url, userId };
  }

  #end(): void {
    this.#hasEnded = true;
    this.#cancelRetry();
    void this.#work.track(this.#turn.catch(() => null).then(() => this.#close()));
  }
}

const problem = (
  code: 'not-in-browser' | 'closed' | 'not-signed-in',
  message: string,
): ChatSyncError => new ChatSyncError(code, `chat-sync: ${message}`);
