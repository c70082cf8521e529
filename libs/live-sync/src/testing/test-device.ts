import { type ChatStorage } from '@chat-vault/chat-storage';
import { memoryChatStorage } from '@chat-vault/chat-storage/testing';
import { type ChatMessage } from '@chat-vault/core';
import { type LiveSnapshot } from '../client/live-snapshot.js';
import { type LiveSync } from '../client/live-sync.js';
import { openLiveSync } from '../client/open-live-sync.js';
import { FakeSyncServer } from './fake-sync-server.js';
import { ManualTime } from './manual-time.js';
import { seededIds, seededRandom } from './random.js';
import { until } from './until.js';

/** When the tests happen. */
export const NOON = Date.UTC(2026, 5, 1, 12);

/** The conversation of most tests. */
export const URN = 'urn:chat:0190c1de-7b1e-7c3a-8f00-0123456789ab';

/** A server, its time, and the devices that talk to it. */
export class TestWorld {
  readonly time = new ManualTime(NOON);
  readonly server = new FakeSyncServer(this.time);
  /** Messages that were written, so that no two are of the same instant. */
  written = 0;
  readonly #opened: { close(): Promise<unknown> }[] = [];
  #seed = 1;

  /** A device of a person; on a storage that exists when given. */
  async device(
    userId: string,
    given: { readonly storage?: ChatStorage; readonly now?: () => number } = {},
  ): Promise<TestDevice> {
    const now = given.now ?? this.time.now;
    const storage = given.storage ?? (await memoryChatStorage({ now, ownSenderIds: [userId] }));
    if (!given.storage) this.#opened.unshift(storage);
    const device = await TestDevice.open(this, userId, storage, now, this.#seed++);
    this.#opened.push({ close: () => device.live.close() });
    return device;
  }

  /** Lets time pass whenever nothing else goes on, until something holds. */
  async passTimeUntil(holds: () => boolean | Promise<boolean>, what?: string): Promise<void> {
    let idle = 0;
    await until(async () => {
      if (await holds()) return true;
      if (idle++ % 40 === 39) this.time.advance(this.time.nextIn ?? 0);
      return false;
    }, what);
  }

  async close(): Promise<void> {
    for (const one of this.#opened.reverse()) await one.close();
  }
}

/** A device with live sync on it. */
export class TestDevice {
  readonly userId: string;
  readonly storage: ChatStorage;
  readonly live: LiveSync;
  /** All that was said of how it stands. */
  readonly snapshots: LiveSnapshot[] = [];
  readonly page: EventTarget;
  readonly newId: () => string;
  /** The token that is given; refused ones are not given again. */
  readonly tokens: { current: string | null; readonly asked: (string | undefined)[] };
  readonly #now: () => number;
  readonly #network: { isOnline: boolean };
  readonly #world: TestWorld;

  private constructor(parts: {
    readonly world: TestWorld;
    readonly userId: string;
    readonly storage: ChatStorage;
    readonly live: LiveSync;
    readonly page: EventTarget;
    readonly newId: () => string;
    readonly tokens: TestDevice['tokens'];
    readonly now: () => number;
    readonly network: { isOnline: boolean };
  }) {
    this.#world = parts.world;
    this.userId = parts.userId;
    this.storage = parts.storage;
    this.live = parts.live;
    this.page = parts.page;
    this.newId = parts.newId;
    this.tokens = parts.tokens;
    this.#now = parts.now;
    this.#network = parts.network;
    this.live.snapshot$.subscribe((snapshot) => this.snapshots.push(snapshot));
  }

  static async open(
    world: TestWorld,
    userId: string,
    storage: ChatStorage,
    now: () => number,
    seed: number,
  ): Promise<TestDevice> {
    const { server, time } = world;
    const page = new EventTarget();
    const network = { isOnline: true };
    const tokens: TestDevice['tokens'] = { current: `token-${userId}`, asked: [] };
    const newId = seededIds(seed);
    const live = await openLiveSync({
      storage,
      url: 'https://chat.example.org',
      userId,
      token: (refused) => {
        tokens.asked.push(refused);
        return Promise.resolve(tokens.current);
      },
      environment: {
        fetch: (url, init) =>
          network.isOnline
            ? server.fetch(url, init)
            : Promise.reject(new TypeError('Failed to fetch')),
        now,
        random: seededRandom(seed),
        after: time.after,
        newId,
        isOnline: () => network.isOnline,
        page,
      },
    });
    return new TestDevice({ world, userId, storage, live, page, newId, tokens, now, network });
  }

  get snapshot(): LiveSnapshot {
    return this.snapshots.at(-1) as LiveSnapshot;
  }

  get state(): LiveSnapshot['state'] {
    return this.snapshot.state;
  }

  setOnline(isOnline: boolean): void {
    this.#network.isOnline = isOnline;
    this.page.dispatchEvent(new Event(isOnline ? 'online' : 'offline'));
  }

  /** Whether it is up to date and has nothing to send. */
  async isAtRest(): Promise<boolean> {
    if (this.state !== 'live' || this.snapshot.pending > 0) return false;
    return (await this.storage.rowCount(`live.outbox/${this.userId}`)) === 0;
  }

  isSettled(): Promise<void> {
    return until(
      () => this.isAtRest(),
      `${this.userId} is live, but it is ${JSON.stringify(this.snapshot)}`,
    );
  }

  message(text: string, fields: Partial<ChatMessage> = {}): ChatMessage {
    return {
      id: this.newId(),
      conversationUrn: URN,
      senderId: this.userId,
      typeId: 'text/plain',
      sentTimestamp: new Date(this.#now() + this.#world.written++).toISOString(),
      payloadBytes: new TextEncoder().encode(text),
      ...fields,
    };
  }

  /** The texts of a conversation on this device, the oldest first. */
  async texts(conversationUrn = URN): Promise<readonly string[]> {
    const { messages } = await this.storage.history({ conversationUrn, limit: 10_000 });
    return messages.map(({ payloadBytes }) => new TextDecoder().decode(payloadBytes)).reverse();
  }
}
