import { type EndReason, HEARTBEAT_MS } from '@chat-vault/live-sync/protocol';
import { type Db } from '../database/tables.ts';
import { comparePlaces, type Cursor, formatCursor } from '../pull/cursor.ts';
import { type Page, pull } from '../pull/pull.ts';
import { type Timers } from '../timers.ts';
import { type ChangeHub, type LiveChange, type Subscriber } from './change-hub.ts';
import { EventOutput } from './event-output.ts';
import { readConversations } from './read-conversations.ts';

/** Changes in one chunk. */
const CHUNK = 500;
/** Changes, and characters of them, that may wait until the delta is sent. */
const MOST_WAITING = 10_000;
const MOST_WAITING_LENGTH = 4 * 1024 * 1024;

/** Whose stream it is, and what it needs. */
export interface LiveStreamOptions {
  readonly db: Db;
  readonly hub: ChangeHub;
  readonly timers: Timers;
  readonly userId: string;
  readonly cursor?: Cursor;
  /** When the person's token ends, Unix milliseconds. */
  readonly expiresAt: number;
  /** Lets few deltas be read at the same time. */
  readonly inTurn: <Result>(run: () => Promise<Result>) => Promise<Result>;
  /** A problem document for an error that ends the stream, as JSON text. */
  readonly problemFor: (error: unknown) => string;
  /** The open streams, of which this is one until it ends. */
  readonly streams: Set<LiveStream>;
  /** Aborts when the client is gone. */
  readonly gone: AbortSignal;
  /** Breaks the connection of a client that does not even take the end. */
  readonly disconnect: () => void;
}

/**
 * One person's stream: what was missed since a cursor in chunks, then what happens. It first asks the hub to be told, and
 * then reads: what comes meanwhile waits, and of it what was read already is left out. So nothing is missed in between.
 */
export class LiveStream implements Subscriber {
  readonly userId: string;
  readonly #options: LiveStreamOptions;
  readonly #output: EventOutput;
  readonly #cancels: (() => void)[] = [];
  #cursor: Cursor | undefined;
  #conversations: ReadonlySet<bigint> = new Set();
  /** What the hub offered while the delta is sent; `undefined` when live. */
  #waiting: LiveChange[] | undefined = [];
  #waitingLength = 0;
  /** More waited than is kept: it is read as a delta. */
  #isToRead = false;
  #isOver = false;

  private constructor(options: LiveStreamOptions) {
    this.#options = options;
    this.userId = options.userId;
    this.#cursor = options.cursor;
    this.#output = new EventOutput(() => this.#finish());
  }

  /**
   * Opens a stream; resolves with the first chunk read, so that an error of it is still an answer.
   * @throws CursorExpired
   */
  static async open(options: LiveStreamOptions): Promise<LiveStream> {
    const stream = new LiveStream(options);
    const { gone, hub, streams } = options;
    hub.add(stream);
    streams.add(stream);
    gone.addEventListener('abort', () => stream.#leave(), { once: true });
    try {
      if (gone.aborted) stream.#leave();
      await stream.#watch();
      const page = await stream.#nextPage();
      stream.#startTimers();
      void stream.#catchUp(page);
    } catch (error) {
      stream.#finish();
      throw error;
    }
    return stream;
  }

  /** The bytes of the response. */
  get body(): ReadableStream<Uint8Array> {
    return this.#output.body;
  }

  /** Ends in good order; the client comes again with its cursor. */
  end(reason: EndReason): void {
    if (this.#isOver) return;
    // Who does not keep up reads it all as a delta, and gets this at once.
    if (reason === 'too-slow') this.#output.drop();
    this.#output.send('end', JSON.stringify({ reason }));
    this.#close();
  }

  fail(): void {
    this.#abort(new Error('the changes could not be read'));
  }

  offer(changes: readonly LiveChange[]): void {
    if (this.#isOver) return;
    // What a person lost the right to see is not told, wherever it stands among the others.
    if (changes.some(({ membership }) => this.#isLoss(membership))) return this.end('membership');
    if (this.#waiting) this.#keep(this.#waiting, changes);
    else this.#goOn(changes);
  }

  /** Keeps what waits, but not without end. */
  #keep(waiting: LiveChange[], changes: readonly LiveChange[]): void {
    waiting.push(...changes);
    for (const { json } of changes) this.#waitingLength += json.length;
    if (waiting.length <= MOST_WAITING && this.#waitingLength <= MOST_WAITING_LENGTH) return;
    this.#waiting = [];
    this.#waitingLength = 0;
    this.#isToRead = true;
  }

  /**
   * Until the delta is sent, every loss counts: who is in which conversation is being read, and the answer may be older than
   * what is told here.
   */
  #isLoss(membership: LiveChange['membership']): boolean {
    if (membership?.isMember !== false) return false;
    return this.#waiting !== undefined || this.#conversations.has(membership.conversationNo);
  }

  /** Sends live changes up to one by which the person came into a conversation: all that is in it is missing then. */
  #goOn(changes: readonly LiveChange[]): void {
    const fresh = changes.filter((change) => this.#isFresh(change));
    const entry = fresh.findIndex((change) => this.#isEntry(change));
    this.#sendChanges(entry < 0 ? fresh : fresh.slice(0, entry));
    if (entry < 0 || this.#isOver) return;
    this.#waiting = fresh.slice(entry);
    void this.#catchUp();
  }

  #sendChanges(changes: readonly LiveChange[]): void {
    for (let at = 0; at < changes.length && !this.#isOver; at += CHUNK) {
      const chunk = changes.slice(at, at + CHUNK);
      const place = chunk.at(-1)?.place;
      if (place === undefined || this.#cursor === undefined) return;
      this.#cursor = { epoch: this.#cursor.epoch, place };
      this.#sendChunk(chunk.map(({ json }) => json));
    }
  }

  #sendChunk(changes: readonly string[]): void {
    const id = this.#cursor && formatCursor(this.#cursor);
    if (!this.#output.send('changes', `{"changes":[${changes.join(',')}]}`, id)) {
      this.end('too-slow');
    }
  }

  /** Sends pages until nothing is left, then what waited, and is live. Any error ends the stream. */
  async #catchUp(first?: Page): Promise<void> {
    try {
      let page = first;
      for (;;) {
        if (page === undefined) {
          this.#isToRead = false;
          await this.#watch();
        }
        page ??= await this.#nextPage();
        for (;;) {
          this.#cursor = page.cursor;
          if (page.changes.length > 0) this.#sendChunk(page.changes);
          if (!page.hasMore || this.#isOver) break;
          await this.#output.drained();
          page = await this.#nextPage();
        }
        if (this.#isOver) return;
        if (!this.#isToRead && !this.#hasEntered()) break;
        page = undefined;
      }
    } catch (error) {
      this.#abort(error);
      return;
    }
    const id = this.#cursor && formatCursor(this.#cursor);
    this.#output.send('caught-up', '{}', id);
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    this.#waitingLength = 0;
    this.#goOn(waiting);
  }

  #isFresh({ place }: LiveChange): boolean {
    return this.#cursor === undefined || comparePlaces(place, this.#cursor.place) > 0;
  }

  #isEntry({ membership }: LiveChange): boolean {
    return membership?.isMember === true && !this.#conversations.has(membership.conversationNo);
  }

  /** Whether the person came into a conversation since the last page. */
  #hasEntered(): boolean {
    return (this.#waiting ?? []).some((change) => this.#isFresh(change) && this.#isEntry(change));
  }

  async #watch(): Promise<void> {
    const { db, hub, inTurn } = this.#options;
    this.#conversations = await inTurn(() => readConversations(db, this.userId));
    if (!this.#isOver) hub.watch(this, this.#conversations);
  }

  #nextPage(): Promise<Page> {
    const { db, timers, inTurn } = this.#options;
    const cursor = this.#cursor;
    return inTurn(() =>
      pull(db, {
        userId: this.userId,
        ...(cursor ? { cursor } : {}),
        limit: CHUNK,
        now: timers.now(),
      }),
    );
  }

  #startTimers(): void {
    if (this.#isOver) return;
    const { timers, expiresAt } = this.#options;
    this.#cancels.push(
      timers.every(HEARTBEAT_MS, () => {
        if (this.#output.takeStuck()) return this.end('too-slow');
        const serverTime = new Date(timers.now()).toISOString();
        if (!this.#output.send('heartbeat', JSON.stringify({ serverTime }))) this.end('too-slow');
      }),
      // A timer holds at most 31 bits.
      timers.after(Math.min(Math.max(0, expiresAt - timers.now()), 2 ** 31 - 1), () =>
        this.end('token-expired'),
      ),
    );
  }

  #abort(error: unknown): void {
    if (this.#isOver) return;
    this.#output.send('problem', this.#options.problemFor(error));
    this.#close();
  }

  /** Lets the client read what was sent, but not for ever. */
  #close(): void {
    const { timers, gone, disconnect } = this.#options;
    this.#output.close();
    this.#finish();
    const cancel = timers.after(HEARTBEAT_MS, disconnect);
    gone.addEventListener('abort', cancel, { once: true });
  }

  #leave(): void {
    this.#output.cut();
    this.#finish();
  }

  #finish(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#waiting = undefined;
    for (const cancel of this.#cancels) cancel();
    this.#options.hub.remove(this);
    this.#options.streams.delete(this);
  }
}
