import { randomUUID } from 'node:crypto';
import { type ChatStorage } from '@chat-vault/chat-storage';
import { memoryChatStorage } from '@chat-vault/chat-storage/testing';
import { type ChatMessage } from '@chat-vault/core';
import { type LiveSnapshot, type LiveSync, openLiveSync } from '@chat-vault/live-sync';
import { type ManualTimers } from './manual-timers.ts';
import { TestPerson } from './test-person.ts';

/** What a network makes of a request: `before` it comes, or `after` it was done, it is lost. */
export type Loss = 'before' | 'after' | undefined;

/** A device of a person with the real client of live sync on it. */
export class LiveDevice {
  readonly userId: string;
  readonly storage: ChatStorage;
  readonly live: LiveSync;
  /** Asked for each request. */
  loss: () => Loss = () => undefined;
  snapshot: LiveSnapshot | undefined;
  readonly #timers: ManualTimers;
  #written = 0;

  private constructor(options: {
    readonly userId: string;
    readonly storage: ChatStorage;
    readonly timers: ManualTimers;
    readonly live: LiveSync;
  }) {
    this.userId = options.userId;
    this.storage = options.storage;
    this.#timers = options.timers;
    this.live = options.live;
    this.live.snapshot$.subscribe((snapshot) => (this.snapshot = snapshot));
  }

  /** Signs in, and opens live sync on the storage, or on a new one. `url` is asked for each request, as a server may move. */
  static async open(options: {
    readonly url: () => string;
    readonly name: string;
    readonly timers: ManualTimers;
    readonly storage?: ChatStorage;
    readonly now?: () => number;
  }): Promise<LiveDevice> {
    const { url, name, timers, now = () => timers.now() } = options;
    const person = await TestPerson.signIn(url(), name, timers);
    const { userId } = person;
    const storage = options.storage ?? (await memoryChatStorage({ now, ownSenderIds: [userId] }));
    const opened: { device?: LiveDevice } = {};
    const live = await openLiveSync({
      storage,
      url: 'http://sync.example',
      userId,
      token: () => Promise.resolve(person.token),
      environment: {
        fetch: async (address, init) => {
          const loss = opened.device?.loss();
          if (loss === 'before') throw new TypeError('fetch failed');
          const response = await fetch(address.replace('http://sync.example', url()), init);
          if (loss !== 'after') return response;
          await response.body?.cancel();
          throw new TypeError('fetch failed');
        },
        now,
        after: (ms, run) => timers.after(ms, run),
        page: null,
      },
    });
    opened.device = new LiveDevice({ userId, storage, timers, live });
    return opened.device;
  }

  /** A new message of this person, of now and of an instant that none before is of. */
  message(conversationUrn: string, text: string): ChatMessage {
    return {
      id: randomUUID(),
      conversationUrn,
      senderId: this.userId,
      typeId: 'text/plain',
      sentTimestamp: new Date(this.#timers.now() + this.#written++).toISOString(),
      payloadBytes: new TextEncoder().encode(text),
    };
  }

  /** The texts of a conversation here, the oldest first. */
  async texts(conversationUrn: string): Promise<readonly string[]> {
    const { messages } = await this.storage.history({ conversationUrn, limit: 10_000 });
    return messages.map(({ payloadBytes }) => new TextDecoder().decode(payloadBytes)).reverse();
  }

  /** Whether it is up to date and has nothing to send. */
  async isAtRest(): Promise<boolean> {
    if (this.snapshot?.state !== 'live') return false;
    return (await this.live.outgoing()).every(({ state }) => state !== 'pending');
  }

  async close(): Promise<void> {
    await this.live.close();
  }
}
