import { randomUUID } from 'node:crypto';
import { HybridClock } from '@chat-vault/core';
import {
  type Change,
  type LiveEvent,
  type Operation,
  type OperationAction,
  type OperationResult,
  parseFlushAnswer,
  parseLiveEvent,
  parseProblem,
  parsePullPage,
  type Problem,
  type PullPage,
} from '@chat-vault/live-sync/protocol';
import { doNothing } from '../timers.ts';
import { type ManualTimers } from './manual-timers.ts';

type PayloadOf<Action extends OperationAction> = Extract<
  Operation,
  { readonly action: Action }
>['payload'];

/** A live event with the cursor after it. */
export type StreamEvent = LiveEvent & { readonly id?: string };

/** One person on one device, who speaks the protocol and checks every answer against it. */
export class TestPerson {
  readonly userId: string;
  readonly #url: string;
  readonly #token: string;
  readonly #timers: ManualTimers;
  readonly clock: HybridClock;

  private constructor(url: string, userId: string, token: string, timers: ManualTimers) {
    this.#url = url;
    this.userId = userId;
    this.#token = token;
    this.#timers = timers;
    const deviceId = randomUUID().replaceAll('-', '').slice(0, 16);
    this.clock = new HybridClock({ deviceId, now: () => timers.now() });
  }

  /** Signs in by name. */
  static async signIn(url: string, name: string, timers: ManualTimers): Promise<TestPerson> {
    const response = await fetch(`${url}/api/login`, {
      method: 'POST',
      body: JSON.stringify({ name }),
    });
    if (response.status !== 200) throw new Error(await response.text());
    const { token, userId } = (await response.json()) as { token: string; userId: string };
    return new TestPerson(url, userId, token, timers);
  }

  get now(): string {
    return new Date(this.#timers.now()).toISOString();
  }

  get token(): string {
    return this.#token;
  }

  /** The same person at another instance. */
  at(url: string): TestPerson {
    return new TestPerson(url, this.userId, this.#token, this.#timers);
  }

  op<Action extends OperationAction>(
    action: Action,
    payload: PayloadOf<Action>,
    change: Partial<Pick<Operation, 'stamp' | 'opId'>> = {},
  ): Operation {
    return {
      opId: randomUUID(),
      action,
      payload,
      timestamp: this.#timers.now(),
      stamp: this.clock.now(),
      ...change,
    } as Operation;
  }

  /** A new message of this person. */
  message(conversationUrn: string, text: string, change: object = {}) {
    return {
      id: randomUUID(),
      conversationUrn,
      senderId: this.userId,
      typeId: 'text/plain',
      sentTimestamp: this.now,
      payloadText: text,
      ...change,
    };
  }

  request(path: string, init: RequestInit = {}): Promise<Response> {
    return fetch(`${this.#url}${path}`, {
      ...init,
      headers: { authorization: `Bearer ${this.#token}`, ...(init.headers as object) },
    });
  }

  async flush(...operations: readonly Operation[]): Promise<readonly OperationResult[]> {
    const response = await this.request('/api/sync', {
      method: 'POST',
      body: JSON.stringify({ operations }),
    });
    if (response.status !== 200) throw new Error(await response.text());
    return parseFlushAnswer(await response.json()).results;
  }

  /** What became of each operation: the status, or why it was refused. */
  async outcomes(...operations: readonly Operation[]): Promise<readonly string[]> {
    const results = await this.flush(...operations);
    return results.map((result) => (result.status === 'rejected' ? result.reason : result.status));
  }

  async page(since?: string, limit?: number): Promise<PullPage> {
    const query = new URLSearchParams();
    if (since !== undefined) query.set('since', since);
    if (limit !== undefined) query.set('limit', `${limit}`);
    const response = await this.request(`/api/sync?${query}`);
    if (response.status !== 200) throw new Error(await response.text());
    return parsePullPage(await response.json());
  }

  /** Everything after a cursor, in pages. */
  async pull(since?: string, limit?: number) {
    const changes: Change[] = [];
    let cursor = since;
    let pages = 0;
    for (;;) {
      const page = await this.page(cursor, limit);
      changes.push(...page.changes);
      cursor = page.cursor;
      pages += 1;
      if (!page.hasMore) return { changes, cursor, pages };
    }
  }

  /** Opens a live stream. */
  async live(since?: string, lastEventId?: string): Promise<TestStream> {
    const abort = new AbortController();
    const query = since === undefined ? '' : `?since=${since}`;
    const response = await this.request(`/api/sync/live${query}`, {
      signal: abort.signal,
      ...(lastEventId === undefined ? {} : { headers: { 'last-event-id': lastEventId } }),
    });
    if (response.status !== 200 || response.body === null) throw new Error(await response.text());
    return new TestStream(response, abort);
  }
}

/** The reading side of a live stream. */
export class TestStream {
  readonly response: Response;
  readonly #abort: AbortController;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #decoder = new TextDecoder();
  #text = '';
  /** The id of the last event that had one. */
  cursor: string | undefined;

  constructor(response: Response, abort: AbortController) {
    this.response = response;
    this.#abort = abort;
    this.#reader = (response.body as ReadableStream<Uint8Array>).getReader();
  }

  /** The next event; `undefined` at the end. */
  async next(): Promise<StreamEvent | undefined> {
    for (;;) {
      const end = this.#text.indexOf('\n\n');
      if (end >= 0) {
        const block = this.#text.slice(0, end);
        this.#text = this.#text.slice(end + 2);
        return this.#parse(block);
      }
      const { done, value } = await this.#reader.read();
      if (done) return undefined;
      this.#text += this.#decoder.decode(value, { stream: true });
    }
  }

  /** Reads on to an event of that name, and gives the changes before and in it. */
  async until(name: LiveEvent['event']): Promise<{ changes: Change[]; event: StreamEvent }> {
    const changes: Change[] = [];
    for (;;) {
      const event = await this.next();
      if (event === undefined) throw new Error(`the stream ended before "${name}"`);
      if (event.event === 'changes') changes.push(...event.data.changes);
      if (event.event === name) return { changes, event };
    }
  }

  /** Reads changes until there are so many. */
  async changes(count: number): Promise<readonly Change[]> {
    const changes: Change[] = [];
    while (changes.length < count) changes.push(...(await this.until('changes')).changes);
    return changes;
  }

  /** Goes away, like a device without network. */
  close(): void {
    this.#abort.abort();
    this.#reader.cancel().catch(doNothing); // aborted
  }

  #parse(block: string): StreamEvent {
    const fields = new Map(
      block.split('\n').map((line): [string, string] => {
        const colon = line.indexOf(': ');
        return [line.slice(0, colon), line.slice(colon + 2)];
      }),
    );
    const event = parseLiveEvent(fields.get('event') ?? '', fields.get('data') ?? '');
    if (event === undefined) throw new Error(`an unknown event: ${block}`);
    const id = fields.get('id');
    if (id === undefined) return event;
    this.cursor = id;
    return { ...event, id };
  }
}

/** The problem that a response holds. */
export async function problemOf(response: Response): Promise<Problem> {
  return parseProblem(await response.json());
}
