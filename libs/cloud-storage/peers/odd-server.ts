import { createServer } from 'node:http';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { type AddressInfo } from 'node:net';
import { join } from 'node:path';
import FileSystemAdapter from '@nephele/adapter-file-system';
import OpenAuthenticator from '@nephele/authenticator-none';
import express, { type Request, type RequestHandler } from 'express';
import nepheleServer from 'nephele';
import { type WebDavFinding } from '../src/webdav/diagnosis/finding.js';
import { CREDENTIALS } from './peer.js';
import { createWorkFolder } from './server-process.js';

/** A way in which a server is set up wrong, and what a diagnosis should find. */
export interface Oddity {
  readonly code: WebDavFinding;
  /** What a page finds, when it cannot know better. */
  readonly inPage?: WebDavFinding;
  readonly missing?: readonly string[];
  /** `undefined`: WebDAV goes on as usual. */
  readonly answer?: (request: Request) => OddAnswer | undefined;
  /** Changes to what pages are allowed; `null` for no such header. */
  readonly cors?: Readonly<Record<string, string | null>>;
  /** Whether preflights need a password. */
  readonly isPreflightClosed?: boolean;
}

interface OddAnswer {
  readonly status: number;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const ORIGIN = 'Access-Control-Allow-Origin';
const METHODS = 'Access-Control-Allow-Methods';
const HEADERS = 'Access-Control-Allow-Headers';
const CORS = {
  [ORIGIN]: '*',
  [METHODS]: 'PROPFIND, GET, PUT, DELETE, MKCOL',
  [HEADERS]: 'authorization, content-type, depth, if-none-match, range',
  'Access-Control-Expose-Headers': 'Content-Encoding',
};

const refusing =
  (status: number, ...methods: readonly string[]) =>
  ({ method }: Request): OddAnswer | undefined =>
    methods.includes(method) ? { status } : undefined;

const PAGE: OddAnswer = { status: 200, body: '<!doctype html><p>Welcome</p>' };
const WRITING = ['PUT', 'MKCOL', 'DELETE'] as const;

/** Everything that is wrong somewhere, by the folder in which it is. */
export const ODDITIES: Readonly<Record<string, Oddity>> = {
  fine: { code: 'fine' },
  'no-cors': { code: 'no-cors', cors: { [ORIGIN]: null, [METHODS]: null, [HEADERS]: null } },
  'other-origin': { code: 'no-cors', cors: { [ORIGIN]: 'https://other.example' } },
  'preflight-401': { code: 'preflight-unauthorized', isPreflightClosed: true },
  'no-depth': {
    code: 'cors-incomplete',
    missing: ['Depth'],
    cors: { [HEADERS]: 'Authorization, Content-Type, If-None-Match, Range' },
  },
  'no-condition': {
    code: 'cors-incomplete',
    missing: ['If-None-Match'],
    cors: { [HEADERS]: 'Authorization, Content-Type, Depth, Range' },
  },
  'any-header-but': {
    code: 'cors-incomplete',
    // Chromium still takes "*" for this one too.
    inPage: 'fine',
    missing: ['Authorization'],
    cors: { [HEADERS]: '*' },
  },
  'no-range-header': {
    code: 'cors-incomplete',
    // Browsers of today count a simple range as safe.
    inPage: 'fine',
    missing: ['Range'],
    cors: { [HEADERS]: 'Authorization, Content-Type, Depth, If-None-Match' },
  },
  'no-propfind': {
    code: 'cors-incomplete',
    missing: ['PROPFIND'],
    cors: { [METHODS]: 'GET, PUT, DELETE, MKCOL' },
  },
  'no-put': {
    code: 'cors-incomplete',
    missing: ['PUT'],
    cors: { [METHODS]: 'PROPFIND, GET, DELETE, MKCOL' },
  },
  'no-delete': {
    code: 'cors-incomplete',
    inPage: 'no-removing',
    missing: ['DELETE'],
    cors: { [METHODS]: 'PROPFIND, GET, PUT, MKCOL' },
  },
  blind: { code: 'no-listing', answer: refusing(405, 'PROPFIND') },
  'blind-501': { code: 'no-listing', answer: refusing(501, 'PROPFIND') },
  'blind-403': { code: 'no-listing', answer: refusing(403, 'PROPFIND') },
  'read-only': { code: 'read-only', answer: refusing(403, ...WRITING) },
  'read-only-405': { code: 'read-only', answer: refusing(405, ...WRITING) },
  'no-folders': { code: 'read-only', answer: refusing(403, 'MKCOL') },
  full: { code: 'full', answer: refusing(507, 'PUT') },
  'no-removing': { code: 'no-removing', answer: refusing(403, 'DELETE') },
  'no-ranges': {
    code: 'ranges-ignored',
    answer: (request) => {
      delete request.headers.range;
      return undefined;
    },
  },
  unpacked: {
    code: 'altered',
    answer: ({ method }) =>
      method === 'GET' ? { status: 200, body: 'something else' } : undefined,
  },
  lagging: {
    code: 'listing-lags',
    answer: ({ method, headers, originalUrl }) =>
      method === 'PROPFIND' && headers['depth'] === '1'
        ? {
            status: 207,
            body: `<multistatus xmlns="DAV:"><response><href>${originalUrl}</href><propstat><prop><resourcetype><collection/></resourcetype></prop><status>HTTP/1.1 200 OK</status></propstat></response></multistatus>`,
          }
        : undefined,
  },
  page: { code: 'wrong-path', answer: () => PAGE },
  absent: { code: 'wrong-path', answer: () => ({ status: 404 }) },
  moved: {
    code: 'redirected',
    answer: ({ url }) => ({ status: 307, headers: { Location: `/fine${url}` } }),
  },
  static: {
    code: 'not-webdav',
    answer: ({ method }) => (method === 'GET' ? PAGE : { status: 405 }),
  },
  closed: { code: 'forbidden', answer: () => ({ status: 403 }) },
  'wrong-password': { code: 'unauthorized', answer: () => ({ status: 401 }) },
  'read-without-password': { code: 'unauthorized', answer: refusing(401, 'PUT') },
  down: { code: 'unavailable', answer: () => ({ status: 503 }) },
  busy: { code: 'unavailable', answer: () => ({ status: 429, headers: { 'Retry-After': '7' } }) },
  locked: { code: 'unavailable', answer: refusing(423, 'PUT') },
  teapot: { code: 'unexpected', answer: () => ({ status: 418 }) },
};

/** A WebDAV server with a folder for each oddity, running in this process. */
export interface OddServer {
  /** Like `http://127.0.0.1:8080`; the folders are `/<oddity>/`. */
  readonly origin: string;
  readonly credentials: typeof CREDENTIALS;
  /** Where all its folders keep their files. */
  readonly folder: string;
  readonly stop: () => Promise<void>;
}

/** Starts a server that does everything wrong, each thing in a folder of its own. */
export const startOddServer = async (): Promise<OddServer> => {
  const root = await createWorkFolder('odd', ['files']);
  const adapter = new FileSystemAdapter({ root: join(root, 'files') });
  const app = express();
  for (const [name, oddity] of Object.entries(ODDITIES)) {
    app.use(
      `/${name}`,
      oddly(oddity),
      nepheleServer({ adapter, authenticator: new OpenAuthenticator() }, { compression: false }),
    );
  }
  const server = createServer(app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    credentials: CREDENTIALS,
    folder: join(root, 'files'),
    stop: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
      await rm(root, { recursive: true, force: true });
    },
  };
};

const EXPECTED = `Basic ${Buffer.from(`${CREDENTIALS.username}:${CREDENTIALS.password}`).toString('base64')}`;

const oddly =
  (oddity: Oddity): RequestHandler =>
  (request, response, next) => {
    for (const [name, value] of Object.entries({ ...CORS, ...oddity.cors })) {
      if (value !== null) response.setHeader(name, value);
    }
    const isSignedIn = request.headers.authorization === EXPECTED;
    if (request.method === 'OPTIONS' && !oddity.isPreflightClosed) {
      response.status(204).end();
      return;
    }
    if (!isSignedIn) {
      response.status(401).end();
      return;
    }
    const odd = oddity.answer?.(request);
    if (!odd) {
      next();
      return;
    }
    response.status(odd.status).set({ 'Content-Type': 'text/html', ...odd.headers });
    response.end(odd.body ?? '');
  };
