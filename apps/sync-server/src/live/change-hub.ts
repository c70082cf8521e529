import { type Database, type Listening } from '../database/open-database.ts';
import { changeToJson } from '../pull/change-json.ts';
import { FIRST_PLACE, type Place } from '../pull/cursor.ts';
import { doNothing, type Timers } from '../timers.ts';
import { readHorizon, readTail, type TailRow } from './read-tail.ts';

/** A change as it goes to a stream. */
export interface LiveChange {
  readonly place: Place;
  /** JSON text. */
  readonly json: string;
  /** Set when it is about the membership of the stream's own person. */
  readonly membership?: { readonly conversationNo: bigint; readonly isMember: boolean };
}

/** Somebody who is told of changes. */
export interface Subscriber {
  readonly userId: string;
  /** Changes in the order of their places; none comes before one that was offered. */
  offer(changes: readonly LiveChange[]): void;
  /** Changes can no longer be read: the subscriber ends, so that nothing is missed unnoticed. */
  fail(): void;
}

/** What the hub works with. */
export interface HubOptions {
  readonly database: Database;
  readonly timers: Timers;
  readonly onError: (error: unknown) => void;
  /** Told how many changes were read at once, and how many copies of them went out. */
  readonly onRead?: (changes: number, copies: number) => void;
}

const PAGE = 1000;
/** Looked for anew even without a notice, milliseconds. */
const POLL_MS = 5000;
const FIRST_WAIT_MS = 5;
const LONGEST_WAIT_MS = 200;
const RETRY_MS = 1000;

/**
 * Reads what is committed, once for all streams of this instance, in the order of the changes and never past a transaction
 * that still runs, and tells whom it concerns. A notice of the database only says when to look: what counts is what is read.
 */
export class ChangeHub {
  readonly #options: HubOptions;
  readonly #byConversation = new Map<bigint, Set<Subscriber>>();
  readonly #byUser = new Map<string, Set<Subscriber>>();
  readonly #conversationsOf = new Map<Subscriber, ReadonlySet<bigint>>();
  #place = FIRST_PLACE;
  #isReading = false;
  #isWoken = false;
  #isStopped = false;
  #waitMs = FIRST_WAIT_MS;
  #cancelWait = doNothing;
  #cancelPoll = doNothing;
  #listening: Listening | undefined;
  #reading: Promise<void> = Promise.resolve();

  constructor(options: HubOptions) {
    this.#options = options;
  }

  /** How many streams it serves. */
  get subscribers(): number {
    return this.#conversationsOf.size;
  }

  /** How many streams a person has here. */
  subscribersOf(userId: string): number {
    return this.#byUser.get(userId)?.size ?? 0;
  }

  /** Begins with what is committed from now on. */
  async start(): Promise<void> {
    const { database, timers } = this.#options;
    this.#place = await readHorizon(database.db);
    this.#listening = await database.listen(() => this.#wake());
    this.#cancelPoll = timers.every(POLL_MS, () => this.#wake());
    this.#wake();
  }

  /** Stops reading; streams are ended by whoever opened them. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancelPoll();
    this.#cancelWait();
    await this.#listening?.stop();
    await this.#reading;
  }

  /** That this instance has committed something: looks for it here, and lets the other instances look. */
  announce(): void {
    this.#wake();
    this.#listening?.notify();
  }

  /** Tells a subscriber of its person's own changes from now on. */
  add(subscriber: Subscriber): void {
    addTo(this.#byUser, subscriber.userId, subscriber);
    this.#conversationsOf.set(subscriber, new Set());
    // What was committed while nobody listened, and is not settled yet, is to be told to this one.
    if (this.#conversationsOf.size === 1) this.#wake();
  }

  /** Tells a subscriber of the changes in these conversations from now on, and of no others. */
  watch(subscriber: Subscriber, conversations: ReadonlySet<bigint>): void {
    const known = this.#conversationsOf.get(subscriber);
    if (known === undefined) return;
    for (const no of known) {
      if (!conversations.has(no)) removeFrom(this.#byConversation, no, subscriber);
    }
    for (const no of conversations) addTo(this.#byConversation, no, subscriber);
    this.#conversationsOf.set(subscriber, conversations);
  }

  /** Tells it of nothing more. */
  remove(subscriber: Subscriber): void {
    this.watch(subscriber, new Set());
    this.#conversationsOf.delete(subscriber);
    removeFrom(this.#byUser, subscriber.userId, subscriber);
  }

  #wake(): void {
    this.#isWoken = true;
    if (this.#isReading || this.#isStopped) return;
    this.#isReading = true;
    this.#reading = this.#readAll();
  }

  async #readAll(): Promise<void> {
    while (this.#isWoken && !this.#isStopped) {
      this.#isWoken = false;
      try {
        const isWaiting = await this.#readOnce();
        if (isWaiting) this.#lookAgain();
        else this.#waitMs = FIRST_WAIT_MS;
      } catch (error) {
        this.#options.onError(error);
        for (const subscriber of [...this.#conversationsOf.keys()]) subscriber.fail();
        this.#wakeAfter(RETRY_MS);
      }
    }
    // At once, so that nobody who wakes it takes it for reading still.
    this.#isReading = false;
  }

  /** A transaction that began earlier still runs: what came after it waits until it ends. */
  #lookAgain(): void {
    this.#wakeAfter(this.#waitMs);
    this.#waitMs = Math.min(this.#waitMs * 2, LONGEST_WAIT_MS);
  }

  #wakeAfter(ms: number): void {
    this.#cancelWait();
    this.#cancelWait = this.#options.timers.after(ms, () => this.#wake());
  }

  /** Reads and tells all that is settled; gives whether there is more that is not. */
  async #readOnce(): Promise<boolean> {
    if (this.#conversationsOf.size === 0 && (await this.#skip())) return false;
    for (;;) {
      const { rows, isCut } = await readTail(this.#options.database.db, this.#place, PAGE);
      const settled = rows.filter((row) => row.is_settled);
      const last = settled.at(-1);
      if (last) {
        this.#tell(settled);
        this.#place = placeOf(last);
      }
      if (settled.length < rows.length) return true;
      if (!isCut) return false;
    }
  }

  /** Where nobody listens, nothing is read; gives whether that is still so afterwards. */
  async #skip(): Promise<boolean> {
    const horizon = await readHorizon(this.#options.database.db);
    // Who came meanwhile may have read less than this.
    if (this.#conversationsOf.size > 0) return false;
    this.#place = horizon;
    return true;
  }

  #tell(rows: readonly TailRow[]): void {
    const offers = new Map<Subscriber, LiveChange[]>();
    let copies = 0;
    for (const row of rows) {
      let change: LiveChange | undefined;
      for (const subscriber of this.#concernedBy(row)) {
        change ??= { place: placeOf(row), json: changeToJson(row) };
        const own = isOwnMembership(row, subscriber)
          ? { ...change, membership: membershipOf(row) }
          : change;
        const offer = offers.get(subscriber);
        if (offer) offer.push(own);
        else offers.set(subscriber, [own]);
        copies += 1;
      }
    }
    this.#options.onRead?.(rows.length, copies);
    for (const [subscriber, changes] of offers) subscriber.offer(changes);
  }

  #concernedBy(row: TailRow): Iterable<Subscriber> {
    const own = this.#byUser.get(row.user_id);
    if (row.kind === 'read') return own ?? [];
    const members = this.#byConversation.get(BigInt(row.conversation_no)) ?? [];
    if (row.kind !== 'member' || own === undefined) return members;
    return new Set([...members, ...own]);
  }
}

const placeOf = (row: TailRow): Place => ({ txid: BigInt(row.txid), seq: BigInt(row.seq) });

const isOwnMembership = (row: TailRow, { userId }: Subscriber): boolean =>
  row.kind === 'member' && row.user_id === userId;

const membershipOf = (row: TailRow) => ({
  conversationNo: BigInt(row.conversation_no),
  isMember: row.word !== null,
});

function addTo<Key>(map: Map<Key, Set<Subscriber>>, key: Key, subscriber: Subscriber): void {
  const known = map.get(key);
  if (known) known.add(subscriber);
  else map.set(key, new Set([subscriber]));
}

function removeFrom<Key>(map: Map<Key, Set<Subscriber>>, key: Key, subscriber: Subscriber): void {
  const known = map.get(key);
  known?.delete(subscriber);
  if (known?.size === 0) map.delete(key);
}
