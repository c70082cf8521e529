import { HEARTBEAT_MS, PROTOCOL_VERSION, VERSION_HEADER } from '../protocol/limits.js';
import { parseFlushEnvelope } from '../protocol/parse.js';
import { type ProblemCode } from '../protocol/problem.js';
import { FakeServerState } from './fake-server-state.js';

/** A request as the server got it. */
export interface FakeRequest {
  readonly kind: 'flush' | 'pull' | 'live';
  readonly userId: string;
  readonly url: string;
  readonly headers: Headers;
  readonly body: string;
  /** Operations of a flush. */
  readonly opIds: readonly string[];
}

/**
 * What becomes of a request: `drop-request` (it never came), `drop-answer` (it was done, the answer was lost), another answer, or
 * `undefined`: as it should be.
 */
export type Fault = 'drop-request' | 'drop-answer' | Response | undefined;

interface Stream {
  readonly userId: string;
  readonly controller: ReadableStreamDefaultController<Uint8Array>;
  seq: number;
  /** Bytes until it breaks. */
  left: number;
  isOver: boolean;
  stopBeating: () => void;
}

/** A sync server in memory that speaks the protocol, and fails as a test says. Tokens are `token-<userId>` until they are revoked. */
export class FakeSyncServer {
  readonly state: FakeServerState;
  readonly requests: FakeRequest[] = [];
  /** Asked for each request. */
  fault: (request: FakeRequest) => Fault = () => undefined;
  /** What the answer to a request waits for, which was done before. */
  delay: (request: FakeRequest) => Promise<void> | undefined = () => undefined;
  /** After how many bytes a new stream breaks. */
  bytesPerStream: () => number = () => Infinity;
  /** Changes of a chunk. */
  chunk = 500;
  /** Most bytes of a body. */
  maxBytes = 1024 * 1024;
  /** Whether a proxy keeps back what streams say. */
  isBuffering = false;
  /** Whether a request is never answered, as where packets are lost; asked for each. */
  hangs: (request: FakeRequest) => boolean = () => false;
  readonly refusedTokens = new Set<string>();
  readonly #streams = new Set<Stream>();
  readonly #after: (ms: number, run: () => void) => () => void;
  readonly #now: () => number;
  #epoch = 1;

  constructor(options: {
    readonly now: () => number;
    readonly after: (ms: number, run: () => void) => () => void;
  }) {
    this.#now = options.now;
    this.#after = options.after;
    this.state = new FakeServerState(options.now);
  }

  get streams(): number {
    return this.#streams.size;
  }

  /** Requests of a kind. */
  count(kind: FakeRequest['kind']): number {
    return this.requests.filter((request) => request.kind === kind).length;
  }

  /** Makes all cursors void, as when a database is restored. */
  expireCursors(): void {
    this.#epoch++;
  }

  /** Ends all streams. */
  endStreams(reason: string): void {
    for (const stream of this.#streams) {
      this.#send(stream, 'end', JSON.stringify({ reason }));
      this.#close(stream);
    }
  }

  /** Breaks all streams, as a network does. */
  breakStreams(): void {
    for (const stream of this.#streams) this.#break(stream);
  }

  /** Sends an event of one's own to all streams. */
  sendToAll(event: string, data: string, id?: string): void {
    for (const stream of this.#streams) this.#send(stream, event, data, id);
  }

  readonly fetch = async (url: string, init: RequestInit): Promise<Response> => {
    const { pathname, searchParams } = new URL(url);
    const headers = new Headers(init.headers);
    const body = typeof init.body === 'string' ? init.body : '';
    const kind = pathname === '/api/sync/live' ? 'live' : init.method === 'POST' ? 'flush' : 'pull';
    const token = (headers.get('authorization') ?? '').replace('Bearer ', '');
    const userId = token.replace(/^token-/, '').replace(/~.*/, '');
    const opIds = kind === 'flush' ? readOpIds(body) : [];
    const request: FakeRequest = { kind, userId, url, headers, body, opIds };
    this.requests.push(request);
    await Promise.resolve();
    init.signal?.throwIfAborted();
    if (this.hangs(request)) await new Promise<never>(() => undefined);
    const fault = this.fault(request);
    if (fault === 'drop-request') throw new TypeError('Failed to fetch');
    if (fault instanceof Response) return fault;
    if (this.refusedTokens.has(token)) return problem(401, 'unauthorized');
    if (headers.get(VERSION_HEADER) !== `${PROTOCOL_VERSION}`) {
      return problem(400, 'unsupported-version');
    }
    const response = this.#answer(request, searchParams, init.signal ?? undefined);
    if (fault === 'drop-answer') throw new TypeError('Failed to fetch');
    await this.delay(request);
    init.signal?.throwIfAborted();
    return response;
  };

  #answer(request: FakeRequest, query: URLSearchParams, signal?: AbortSignal): Response {
    if (request.kind === 'flush') return this.#flush(request);
    const since = query.get('since');
    const [epoch, seq] = (since ?? `${this.#epoch}:0`).split(':').map(Number);
    if (epoch === undefined || seq === undefined || Number.isNaN(seq)) {
      return problem(400, 'malformed');
    }
    if (epoch !== this.#epoch) return problem(410, 'cursor-expired');
    if (request.kind === 'live') return this.#live(request.userId, seq, signal);
    const page = this.state.page(request.userId, seq, Number(query.get('limit') ?? 500));
    const { changes, hasMore } = page;
    return Response.json({ changes, cursor: this.#cursor(page.seq), hasMore });
  }

  #flush({ userId, body }: FakeRequest): Response {
    if (new TextEncoder().encode(body).length > this.maxBytes) {
      return problem(413, 'body-too-large');
    }
    const { operations } = parseFlushEnvelope(JSON.parse(body));
    const results = operations.map((operation) => this.state.apply(userId, operation));
    this.#announce();
    return Response.json({ results });
  }

  #live(userId: string, seq: number, signal?: AbortSignal): Response {
    let stream: Stream | undefined;
    const body = new ReadableStream<Uint8Array>({
      cancel: () => stream && this.#over(stream),
      start: (controller) => {
        stream = {
          userId,
          controller,
          seq,
          left: this.bytesPerStream(),
          isOver: false,
          stopBeating: () => undefined,
        };
        this.#streams.add(stream);
        signal?.addEventListener('abort', () => stream && this.#break(stream));
        this.#tell(stream);
        this.#send(stream, 'caught-up', '{}', this.#cursor(stream.seq));
        this.#beat(stream);
      },
    });
    return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
  }

  #announce(): void {
    for (const stream of this.#streams) this.#tell(stream);
  }

  #tell(stream: Stream): void {
    for (;;) {
      const page = this.state.page(stream.userId, stream.seq, this.chunk);
      stream.seq = page.seq;
      if (page.changes.length > 0) {
        const data = JSON.stringify({ changes: page.changes });
        this.#send(stream, 'changes', data, this.#cursor(page.seq));
      }
      if (!page.hasMore || stream.isOver) return;
    }
  }

  #beat(stream: Stream): void {
    if (stream.isOver) return;
    stream.stopBeating = this.#after(HEARTBEAT_MS, () => {
      const serverTime = new Date(this.#now()).toISOString();
      this.#send(stream, 'heartbeat', JSON.stringify({ serverTime }));
      this.#beat(stream);
    });
  }

  #send(stream: Stream, event: string, data: string, id?: string): void {
    if (stream.isOver || this.isBuffering) return;
    const text = `${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${data}\n\n`;
    const bytes = new TextEncoder().encode(text);
    if (bytes.length > stream.left) {
      if (stream.left > 0) stream.controller.enqueue(bytes.slice(0, stream.left));
      this.#break(stream);
      return;
    }
    stream.left -= bytes.length;
    stream.controller.enqueue(bytes);
  }

  #close(stream: Stream): void {
    this.#over(stream);
    stream.controller.close();
  }

  /** What was sent before still arrives. */
  #break(stream: Stream): void {
    if (stream.isOver) return;
    this.#over(stream);
    // A network that goes away looks like an end, or like an error.
    stream.controller.close();
  }

  #over(stream: Stream): void {
    stream.isOver = true;
    stream.stopBeating();
    this.#streams.delete(stream);
  }

  #cursor(seq: number): string {
    return `${this.#epoch}:${seq}`;
  }
}

/** The answer to a request that fails. */
export function problem(
  status: number,
  code: ProblemCode,
  headers: Readonly<Record<string, string>> = {},
): Response {
  const document = {
    type: `urn:chat-vault:problem:${code}`,
    title: code,
    status,
    code,
    requestId: 'request-1',
  };
  return new Response(JSON.stringify(document), {
    status,
    headers: { 'content-type': 'application/problem+json', ...headers },
  });
}

function readOpIds(body: string): readonly string[] {
  const { operations } = JSON.parse(body) as {
    readonly operations: readonly { readonly opId: string }[];
  };
  return operations.map(({ opId }) => opId);
}
