import { LiveError } from '../live-error.js';
import { applyChanges } from '../store/apply-changes.js';
import { type LiveStore } from '../store/live-store.js';
import { readStream, SILENCE_MS, type StreamEvent } from '../stream/read-stream.js';
import { type LiveEnvironment } from './live-environment.js';
import { type LiveRequests } from './live-requests.js';
import { withDeadline } from './with-deadline.js';

/** How long the server may take to begin a stream, milliseconds. */
const OPEN_MS = 30_000;

/** One stream: what was missed, then what happens, each chunk committed with its cursor. */
export class LiveStream {
  /** Whether an answer began. */
  isOpen = false;
  /** Whether any event came. */
  hasSpoken = false;
  /** Whether nothing came for so long that a proxy may hold it back. */
  wasSilent = false;
  /** Whether the platform cannot read a response while it comes. */
  isImpossible = false;
  readonly #options: LiveStreamOptions;
  #turn: Promise<unknown> = Promise.resolve();
  #heardAt: number;

  constructor(options: LiveStreamOptions) {
    this.#options = options;
    this.#heardAt = options.environment.now();
  }

  /** Reads to the end, which is in good order when it resolves. @throws LiveError */
  async run(): Promise<void> {
    try {
      await this.#read();
    } catch (error) {
      if (error instanceof LiveError && error.code === 'timeout') this.wasSilent = true;
      throw error;
    }
  }

  /** Whether nothing came for longer than the server is ever silent, as after the device slept. */
  looksDead(): boolean {
    return Math.abs(this.#options.environment.now() - this.#heardAt) > SILENCE_MS;
  }

  /** Runs something while no chunk is being committed. */
  inTurn<Result>(run: () => Promise<Result>): Promise<Result> {
    const result = this.#turn.then(run);
    this.#turn = result.catch(() => undefined);
    return result;
  }

  async #read(): Promise<void> {
    const { store, requests, environment, signal, onOpen } = this.#options;
    const since = await store.cursor();
    // The deadline is for the beginning: the stream itself ends with the signal of the attempt.
    const response = await withDeadline(OPEN_MS, environment.after, signal, (deadline) => {
      const ended = new AbortController();
      signal.addEventListener('abort', () => ended.abort(signal.reason), { once: true });
      deadline.addEventListener('abort', () => ended.abort(deadline.reason), { once: true });
      const init = { headers: { accept: 'text/event-stream' }, signal: ended.signal };
      return requests.sendSince('/api/sync/live', { since }, init);
    });
    const type = response.headers.get('content-type') ?? '';
    if (!type.startsWith('text/event-stream')) {
      response.body?.cancel().catch(() => undefined);
      throw new LiveError('protocol', 'live-sync: the answer is not of a sync server');
    }
    if (!response.body) {
      this.isImpossible = true;
      return;
    }
    this.isOpen = true;
    onOpen();
    this.#heardAt = environment.now();
    let isEnded = false;
    await readStream(response.body, {
      after: environment.after,
      signal,
      onEvent: async (event) => {
        this.hasSpoken = true;
        this.#heardAt = environment.now();
        if (event.event === 'end') isEnded = true;
        else await this.inTurn(() => this.#take(event));
      },
    });
    if (!isEnded) throw new LiveError('stream-broken', 'live-sync: the stream ended');
  }

  async #take(event: StreamEvent): Promise<void> {
    const { store, onCaughtUp } = this.#options;
    const { cursor } = event;
    switch (event.event) {
      case 'changes':
        if (cursor === undefined) {
          throw new LiveError('protocol', 'live-sync: a chunk of the stream has no cursor');
        }
        return applyChanges(store, event.data.changes, cursor);
      case 'caught-up':
        if (cursor !== undefined && cursor !== (await store.cursor())) {
          await store.moveCursor(cursor);
        }
        return onCaughtUp();
      case 'problem': {
        const { code, status, requestId } = event.data;
        throw new LiveError(
          code === 'unavailable' || code === 'cursor-expired' ? code : 'server',
          `live-sync: the server ended the stream (${code})`,
          { details: { status, ...(requestId !== undefined && { requestId }) } },
        );
      }
      case 'heartbeat':
      case 'end':
        return;
    }
  }
}

/** What a stream needs. */
export interface LiveStreamOptions {
  readonly store: LiveStore;
  readonly requests: LiveRequests;
  readonly environment: Pick<LiveEnvironment, 'after' | 'now'>;
  readonly signal: AbortSignal;
  /** The server has begun to answer. */
  readonly onOpen: () => void;
  /** All that was missed is committed. */
  readonly onCaughtUp: () => Promise<void>;
}
