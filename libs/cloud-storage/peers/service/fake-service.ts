import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo } from 'node:net';
import express, { type Request, type RequestHandler, type Response } from 'express';
import { fetchAt } from './fetch-at.js';

/** A request as it arrived. */
export interface SeenRequest {
  readonly method: string;
  /** The public host that it was meant for. */
  readonly host: string;
  /** Path and query, still escaped. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** What the service does instead of, or after, what it should. */
export interface Fault {
  readonly matches: (request: SeenRequest) => boolean;
  /** How often; default once. */
  times?: number;
  readonly kind:
    | {
        readonly kind: 'answer';
        readonly status: number;
        readonly headers?: Readonly<Record<string, string>>;
        readonly body?: unknown;
      }
    /** The connection ends before anything is done. */
    | { readonly kind: 'drop' }
    /** Everything is done and the connection ends without an answer. */
    | { readonly kind: 'lose-reply' }
    /** The first half of the body, as if it were all. */
    | { readonly kind: 'truncate' }
    /** The whole file whatever range was asked for. */
    | { readonly kind: 'ignore-range' }
    /** One byte of what arrives is another. */
    | { readonly kind: 'damage' };
}

/** A service of the Internet that we imitate on the loopback interface. */
export interface FakeService {
  /** Where it listens; `/<public host>` follows. */
  readonly origin: string;
  /** Reaches the imitation at the service's public addresses. */
  readonly fetch: typeof globalThis.fetch;
  readonly requests: readonly SeenRequest[];
  /** The first that matches a request is what happens. */
  readonly faults: Fault[];
  readonly stop: () => Promise<void>;
}

/** Answers a request for one of the public hosts; `undefined` for an address that it does not know. */
export type FakeHandler = (request: SeenRequest, response: Response) => void;

/** Starts an imitation. It lets pages of every origin in, with the headers named. */
export const startFakeService = async (
  handle: FakeHandler,
  cors: { readonly allow: string; readonly expose: string },
): Promise<FakeService> => {
  const requests: SeenRequest[] = [];
  const faults: Fault[] = [];
  const app = express();
  app.use(letIn(cors));
  app.use(express.raw({ type: () => true, limit: '64mb' }));
  app.use((request, response) => {
    const seen = see(request);
    requests.push(seen);
    const fault = takeFault(faults, seen);
    if (fault && isInstead(fault, response)) return;
    if (fault) spoil(fault, seen, response);
    handle(fault ? spoiled(fault, seen) : seen, response);
  });
  const server = createServer(app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const origin = `http://127.0.0.1:${port}`;
  return {
    origin,
    fetch: fetchAt(origin),
    requests,
    faults,
    stop: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
};

const letIn =
  ({ allow, expose }: { readonly allow: string; readonly expose: string }): RequestHandler =>
  (request, response, next) => {
    response.set('Access-Control-Allow-Origin', '*');
    response.set('Access-Control-Expose-Headers', expose);
    if (request.method !== 'OPTIONS') return next();
    response.set('Access-Control-Allow-Methods', 'GET, POST, PUT, DELETE');
    response.set('Access-Control-Allow-Headers', allow);
    response.set('Access-Control-Max-Age', '600');
    response.status(204).end();
  };

const see = (request: Request): SeenRequest => {
  const [, host = '', path = '/'] = /^\/([^/?]*)(.*)$/.exec(request.originalUrl) ?? [];
  const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
  );
  return { method: request.method, host, path, headers, body };
};

const takeFault = (faults: Fault[], request: SeenRequest): Fault | undefined => {
  const fault = faults.find(({ matches }) => matches(request));
  if (!fault) return undefined;
  fault.times = (fault.times ?? 1) - 1;
  if (fault.times <= 0) faults.splice(faults.indexOf(fault), 1);
  return fault;
};

const isInstead = ({ kind: fault }: Fault, response: Response): boolean => {
  if (fault.kind === 'drop') response.socket?.destroy();
  if (fault.kind === 'answer') {
    response.status(fault.status).set(fault.headers ?? {});
    if (typeof fault.body === 'object') response.json(fault.body);
    else response.type('text/plain').send(fault.body ?? '');
  }
  return fault.kind === 'drop' || fault.kind === 'answer';
};

const spoil = ({ kind: fault }: Fault, _: SeenRequest, response: Response): void => {
  const end = response.end.bind(response);
  if (fault.kind === 'lose-reply') {
    response.end = () => {
      response.socket?.destroy();
      return response;
    };
  }
  if (fault.kind === 'truncate') {
    response.end = (chunk?: unknown) => {
      response.removeHeader('Content-Length');
      const bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk ?? ''));
      return end(bytes.subarray(0, Math.floor(bytes.length / 2)));
    };
  }
};

const spoiled = ({ kind: fault }: Fault, request: SeenRequest): SeenRequest => {
  if (fault.kind === 'ignore-range') {
    const { range: _, ...headers } = request.headers;
    return { ...request, headers };
  }
  if (fault.kind !== 'damage') return request;
  const body = Buffer.from(request.body);
  body[0] = (body[0] ?? 0) ^ 1;
  return { ...request, body };
};

/** Sends the bytes, or the range of them that the request asks for. */
export const sendBytes = (request: SeenRequest, response: Response, bytes: Buffer): void => {
  const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(request.headers['range'] ?? '') ?? [];
  response.type('application/octet-stream');
  if (from === undefined) {
    response.status(200).send(bytes);
    return;
  }
  const start = Number(from);
  const end = Math.min(Number(to), bytes.length - 1);
  if (start >= bytes.length) {
    response.status(416).set('Content-Range', `bytes */${bytes.length}`).end();
    return;
  }
  response.status(206).set('Content-Range', `bytes ${start}-${end}/${bytes.length}`);
  response.send(bytes.subarray(start, end + 1));
};
