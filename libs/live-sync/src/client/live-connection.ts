import { type ChatStorage } from '@chat-vault/chat-storage';
import { BehaviorSubject, type Observable, type Subscription } from 'rxjs';
import { BatchLimit, flushOutbox } from '../flush/flush-outbox.js';
import { LiveError } from '../live-error.js';
import { pullPages } from '../pull/pull-pages.js';
import { sweepStories } from '../store/apply-changes.js';
import { type Fence, OPEN_FENCE } from '../store/fence.js';
import { LiveStore } from '../store/live-store.js';
import { Backoff } from './backoff.js';
import { defaultLiveEnvironment } from './default-environment.js';
import { retryAfterOf, toLiveError } from './failure.js';
import { type LiveEnvironment } from './live-environment.js';
import { LiveRequests } from './live-requests.js';
import { errorToState, isSameSnapshot, type LiveSnapshot } from './live-snapshot.js';
import { LiveStream } from './live-stream.js';
import { Pause, type Waking } from './pause.js';
import { unlessAborted } from './with-deadline.js';

/** One connection: flushes, pulls, streams until closed. It knows nothing of tabs. */
export interface LiveConnection {
  /** Replays the last; never the same twice in a row. */
  readonly snapshot$: Observable<LiveSnapshot>;
  /** Something was put into the outbox, here or in another tab. */
  flush(): void;
  /** There is a new token. */
  signedIn(): void;
  /** The device is online or the page is seen again: tries now instead of waiting. */
  wake(): void;
  /** Flushes, then pulls, now. @throws LiveError when that fails, or has to wait as the server said */
  syncNow(): Promise<void>;
  /** Ends it; what is in the outbox stays there. */
  close(): Promise<void>;
}

/** What a connection is made of. */
export interface ConnectionOptions {
  readonly storage: ChatStorage;
  /** Base address of the server; `/api/sync` is appended. */
  readonly url: string;
  /** A valid access token, `null` when nobody is signed in; `refused` is the one that got a 401. */
  readonly token: (refused?: string) => Promise<string | null>;
  readonly userId: string;
  /** Lets it write only while it is the one that this browser wants. Default: always. */
  readonly fence?: Fence;
  readonly environment?: Partial<LiveEnvironment>;
}

/** Between two pulls where no stream can be had, milliseconds. */
const POLL_MS = 15_000;
/** Pulls until a stream is tried again. */
const POLLS_PER_TRY = 20;
/** Streams in a row that said nothing until it is pulled instead. */
const SILENT_STREAMS = 2;
/** How often an app that is too old asks again, milliseconds. */
const TOO_OLD_MS = 60 * 60 * 1000;
/** How often a device without network looks whether it has one, milliseconds. */
const OFFLINE_LOOK_MS = 30_000;
/** Longest wait after a stream ended in good order, milliseconds. */
const END_SPREAD_MS = 1_000;

/** Opens a connection. It begins at once. */
export const connectLive = (options: ConnectionOptions): LiveConnection => new Connection(options);

class Connection implements LiveConnection {
  readonly snapshot$: Observable<LiveSnapshot>;
  readonly #snapshots: BehaviorSubject<LiveSnapshot>;
  readonly #environment: LiveEnvironment;
  readonly #store: LiveStore;
  readonly #requests: LiveRequests;
  readonly #batch = new BatchLimit();
  readonly #backoff: Backoff;
  readonly #pause: Pause;
  readonly #news: Subscription;
  readonly #ended: Promise<void>;
  #isClosed = false;
  /** Of the attempt that is under way. */
  #attempt: AbortController | undefined;
  #stream: LiveStream | undefined;
  #flushing: Promise<void> | undefined;
  #isFlushAgain = false;
  #isFlushWanted = false;
  #isSignedIn = false;
  /** Whether the first flush of the attempt is done, so that further ones go beside the stream. */
  #isOpen = false;
  #silentStreams = 0;
  #hasBegunAnew = false;
  #waiting: { readonly resolve: () => void; readonly reject: (error: LiveError) => void }[] = [];
  #counting: Promise<void> | undefined;
  #isCountAgain = false;

  constructor({ storage, url, token, userId, fence, environment }: ConnectionOptions) {
    this.#environment = { ...defaultLiveEnvironment(), ...environment };
    const { now, after, random, page } = this.#environment;
    this.#store = new LiveStore({ storage, userId, url, fence: fence ?? OPEN_FENCE, now });
    this.#requests = new LiveRequests({ url, userId, token, environment: this.#environment });
    this.#backoff = new Backoff(random);
    this.#pause = new Pause(after);
    this.#snapshots = new BehaviorSubject<LiveSnapshot>({
      state: 'connecting',
      pending: 0,
      rejected: 0,
      error: null,
      retryAt: null,
      userId,
    });
    this.snapshot$ = this.#snapshots.asObservable();
    const { outbox, rejected } = this.#store.tables;
    this.#news = storage.changes$.subscribe(({ tables = [] }) => {
      if (tables.includes(outbox) || tables.includes(rejected)) void this.#count();
    });
    page?.addEventListener('online', this.#onOnline);
    page?.addEventListener('offline', this.#onOffline);
    this.#ended = this.#run();
  }

  flush(): void {
    const attempt = this.#attempt;
    this.#isFlushWanted = true;
    // An attempt begins with a flush, and looks then whether another is wanted.
    if (!attempt || !this.#isOpen) return;
    this.#isFlushWanted = false;
    this.#flushNow(attempt.signal).catch((error: unknown) => attempt.abort(error));
  }

  signedIn(): void {
    this.#isSignedIn = true;
    if (this.#snapshots.value.state === 'auth-error') this.#pause.end();
  }

  wake(): void {
    this.#pause.sign();
    if (this.#stream?.looksDead()) this.#attempt?.abort(silent());
  }

  async syncNow(): Promise<void> {
    if (this.#isClosed) throw closed();
    const attempt = this.#attempt;
    if (attempt && this.#snapshots.value.state === 'live') {
      try {
        await this.#flushNow(attempt.signal);
        await this.#pull(attempt.signal);
      } catch (error) {
        attempt.abort(error);
        throw toLiveError(error);
      }
      return;
    }
    if (!this.#pause.ask()) throw this.#snapshots.value.error ?? closed();
    await new Promise<void>((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  async close(): Promise<void> {
    if (!this.#isClosed) {
      this.#isClosed = true;
      const { page } = this.#environment;
      page?.removeEventListener('online', this.#onOnline);
      page?.removeEventListener('offline', this.#onOffline);
      this.#news.unsubscribe();
      this.#attempt?.abort(closed());
      this.#pause.end();
      this.#settleWaiting(closed());
    }
    await this.#ended;
  }

  readonly #onOnline = (): void => this.wake();
  readonly #onOffline = (): void => this.#attempt?.abort(offline());

  /** Attempts, one after the other, until it is closed. Never rejects. */
  async #run(): Promise<void> {
    await this.#count();
    while (!this.#isClosed) {
      if (!this.#environment.isOnline()) {
        this.#publish({ state: 'offline', error: null, retryAt: null });
        this.#settleWaiting(offline());
        await this.#pause.wait(OFFLINE_LOOK_MS, 'sign');
        continue;
      }
      const attempt = (this.#attempt = new AbortController());
      const wasLive = { is: false };
      let failure: LiveError | undefined;
      try {
        await this.#connect(attempt.signal, wasLive);
      } catch (error) {
        failure = toLiveError(attempt.signal.aborted ? attempt.signal.reason : error);
      }
      this.#isOpen = false;
      // After an end in good order the answer to what was sent still comes; without it the operations are sent again.
      if (!failure) await this.#flushing?.catch(() => undefined);
      this.#attempt = undefined;
      attempt.abort(failure ?? closed());
      await this.#flushing?.catch(() => undefined);
      if (!this.#isClosed) await this.#recover(failure, wasLive.is);
    }
    this.#snapshots.complete();
  }

  /** Waits as long as the outcome of an attempt asks for. */
  async #recover(failure: LiveError | undefined, wasLive: boolean): Promise<void> {
    const { random, isOnline, now } = this.#environment;
    if (!failure) {
      // Many streams end at once when a server stops; they do not come again at once.
      const ms = wasLive ? Math.round(random() * END_SPREAD_MS) : this.#backoff.next();
      this.#publish({ state: 'connecting', error: null, retryAt: now() + ms });
      return this.#pause.wait(ms, 'sign');
    }
    if (failure.code === 'network' && !isOnline()) return;
    if (failure.code === 'cursor-expired' && !this.#hasBegunAnew) {
      this.#hasBegunAnew = true;
      try {
        return await this.#store.moveCursor(undefined);
      } catch (error) {
        return this.#fail(toLiveError(error), this.#backoff.next(), 'sign');
      }
    }
    if (failure.code === 'unsupported-version') return this.#fail(failure, TOO_OLD_MS, 'person');
    if (errorToState(failure) === 'auth-error') {
      // There is a new token already; it may be the one that was refused.
      if (this.#isSignedIn) return this.#pause.wait(this.#backoff.next(), 'sign');
      return this.#fail(failure, null, 'nothing');
    }
    const asked = retryAfterOf(failure);
    const backoff = this.#backoff.next();
    // A stream that was well and broke is nothing to tell people of, unless it cannot be had again.
    if (wasLive && errorToState(failure) === 'connection-error' && asked === 0) {
      this.#publish({ state: 'connecting', error: null, retryAt: now() + backoff });
      return this.#pause.wait(backoff, 'sign');
    }
    return this.#fail(failure, Math.max(asked, backoff), asked > 0 ? 'nothing' : 'sign');
  }

  async #fail(error: LiveError, ms: number | null, by: Waking): Promise<void> {
    const retryAt = ms === null ? null : this.#environment.now() + ms;
    this.#publish({ state: errorToState(error), error, retryAt });
    this.#settleWaiting(error);
    await this.#pause.wait(ms, by);
  }

  /** Flush, then the stream or pulls, until it ends in good order. */
  async #connect(signal: AbortSignal, wasLive: { is: boolean }): Promise<void> {
    this.#isFlushWanted = false;
    this.#isSignedIn = false;
    this.#publishAttempt();
    await this.#flushNow(signal);
    this.#isOpen = true;
    if (this.#isFlushWanted) this.flush();
    for (;;) {
      if (this.#silentStreams >= SILENT_STREAMS) await this.#poll(signal, wasLive);
      if (this.#silentStreams > 0) await this.#catchUp(signal, wasLive);
      const isSilent = await this.#followStream(signal, wasLive);
      if (!isSilent) return;
    }
  }

  /** Reads a stream to its end; whether it never said anything, as where a proxy holds it back. */
  async #followStream(signal: AbortSignal, wasLive: { is: boolean }): Promise<boolean> {
    const stream = (this.#stream = new LiveStream({
      store: this.#store,
      requests: this.#requests,
      environment: this.#environment,
      signal,
      onOpen: () => {
        const isLive = this.#snapshots.value.state === 'live';
        if (!isLive) this.#publish({ state: 'syncing', error: null, retryAt: null });
      },
      onCaughtUp: async () => {
        wasLive.is = true;
        await this.#caughtUp();
      },
    }));
    try {
      await stream.run();
    } catch (error) {
      if (signal.aborted || stream.hasSpoken || !stream.wasSilent) throw error;
      this.#silentStreams++;
      // Where not even an answer began, there may be no server, unless a pull was answered just before.
      if (!stream.isOpen && this.#silentStreams < SILENT_STREAMS) throw error;
      return true;
    } finally {
      this.#stream = undefined;
      if (stream.hasSpoken) this.#silentStreams = 0;
    }
    if (stream.isImpossible) this.#silentStreams = SILENT_STREAMS;
    return stream.isImpossible;
  }

  /** Pulls every 15 s, where a proxy holds streams back. */
  async #poll(signal: AbortSignal, wasLive: { is: boolean }): Promise<void> {
    for (let polls = 0; polls < POLLS_PER_TRY; polls++) {
      if (polls > 0) await this.#flushNow(signal);
      await this.#catchUp(signal, wasLive);
      await unlessAborted(signal, this.#pause.wait(POLL_MS, 'sign')).finally(() =>
        this.#pause.end(),
      );
    }
    // One more silent stream, and it is pulled again.
    this.#silentStreams = SILENT_STREAMS - 1;
  }

  /** What was wrong is shown until the server has answered, so that it does not flicker. */
  #publishAttempt(): void {
    const { state } = this.#snapshots.value;
    const isWrong = state === 'connection-error' || state === 'sync-error';
    if (isWrong) this.#publish({ retryAt: null });
    else if (state !== 'live') this.#publish({ state: 'connecting', error: null, retryAt: null });
  }

  /** All that was missed is here. */
  async #caughtUp(): Promise<void> {
    this.#backoff.reset();
    this.#hasBegunAnew = false;
    await sweepStories(this.#store);
    await this.#count();
    this.#publish({ state: 'live', error: null, retryAt: null });
    this.#settleWaiting(undefined);
  }

  async #catchUp(signal: AbortSignal, wasLive: { is: boolean }): Promise<void> {
    await this.#pull(signal);
    wasLive.is = true;
    await this.#caughtUp();
  }

  async #pull(signal: AbortSignal): Promise<void> {
    const { store, requests, environment } = this.#parts();
    const pull = () => pullPages({ store, requests, environment, signal });
    await (this.#stream ? this.#stream.inTurn(pull) : pull());
  }

  /** Flushes, once more when something came meanwhile. */
  #flushNow(signal: AbortSignal): Promise<void> {
    if (this.#flushing) {
      this.#isFlushAgain = true;
      return this.#flushing;
    }
    const flush = async (): Promise<void> => {
      do {
        this.#isFlushAgain = false;
        const onSettled = () => void this.#count();
        await flushOutbox({ ...this.#parts(), batch: this.#batch, signal, onSettled });
      } while (this.#isFlushAgain);
    };
    this.#flushing = flush().finally(() => (this.#flushing = undefined));
    return this.#flushing;
  }

  #parts() {
    return { store: this.#store, requests: this.#requests, environment: this.#environment };
  }

  /** Reads how much waits, once more when that changed meanwhile. A storage that cannot be read is told by what writes. */
  #count(): Promise<void> {
    if (this.#counting) {
      this.#isCountAgain = true;
      return this.#counting;
    }
    const count = async (): Promise<void> => {
      do {
        this.#isCountAgain = false;
        this.#publish(await this.#store.counts());
      } while (this.#isCountAgain);
    };
    this.#counting = count()
      .catch(() => undefined)
      .finally(() => (this.#counting = undefined));
    return this.#counting;
  }

  #settleWaiting(error: LiveError | undefined): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { resolve, reject } of waiting) {
      if (error) reject(error);
      else resolve();
    }
  }

  #publish(change: Partial<LiveSnapshot>): void {
    const next = { ...this.#snapshots.value, ...change };
    if (this.#isClosed || isSameSnapshot(next, this.#snapshots.value)) return;
    this.#snapshots.next(next);
  }
}

const closed = (): LiveError => new LiveError('closed', 'live-sync: it was closed');
const offline = (): LiveError => new LiveError('network', 'live-sync: the device is offline');
const silent = (): LiveError => new LiveError('timeout', 'live-sync: the stream was silent');
