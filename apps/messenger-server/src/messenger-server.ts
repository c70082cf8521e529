import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { join } from 'node:path';
import express, { type Express, type RequestHandler } from 'express';
import { CLOUD_USERNAME, type CloudPassword, openCloudPassword } from './cloud-password.ts';
import { type ChatSample, findChatSample, openCorpus, sendCorpus } from './chat-sample.ts';
import { createWebDavCloud } from './web-dav-cloud.ts';

/** What one server serves. */
export interface MessengerServerOptions {
  /** Folder of the built messenger. */
  readonly appFolder: string;
  /** Folder that keeps the cloud's files and the password. */
  readonly dataFolder: string;
  /** Port to listen on; `undefined` takes 4200 or the next free one, 0 any free one. */
  readonly port?: number;
  /** Large chat to offer for import (`.ndjson` or `.ndjson.gz`). */
  readonly corpusFile?: string;
  /** Sees each request to the cloud before the cloud does; the end-to-end tests count and break requests with it. */
  readonly beforeCloud?: RequestHandler;
}

/** A server that accepts requests until it is closed. */
export interface MessengerServer {
  /** Where a browser on this machine finds it, such as `http://localhost:4200/`. */
  readonly url: string;
  readonly password: CloudPassword;
  /** Stops listening and drops open connections. */
  close(): Promise<void>;
}

/** The messenger, a WebDAV cloud and sample chats on one origin, so that no cross-origin rule is in the way. */
export async function startMessengerServer(
  options: MessengerServerOptions,
): Promise<MessengerServer> {
  const password = await openCloudPassword(options.dataFolder);
  const app = express();
  app.disable('x-powered-by');
  app.use(
    '/dav',
    options.beforeCloud ?? ((_request, _response, next) => next()),
    await createWebDavCloud({
      folder: join(options.dataFolder, 'cloud'),
      credentials: { username: CLOUD_USERNAME, password: password.password },
    }),
  );
  await offerSamples(app, options);
  serveApp(app, options.appFolder);
  const server = await listen(app, options.port);
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}/`,
    password,
    close: () => closeServer(server),
  };
}

const SAMPLE_URL = '/sample/sample-2k.ndjson';
const CORPUS_URL = '/corpus.ndjson';

async function offerSamples(app: Express, options: MessengerServerOptions): Promise<void> {
  const bundled = await findChatSample(join(options.appFolder, SAMPLE_URL), {
    name: 'freeCodeCamp chat rooms (small sample)',
    url: SAMPLE_URL,
  });
  const samples: ChatSample[] = bundled === undefined ? [] : [bundled];
  if (options.corpusFile !== undefined) {
    samples.push(await openCorpus(options.corpusFile, CORPUS_URL));
    app.get(CORPUS_URL, sendCorpus(options.corpusFile));
  }
  app.get('/chat-vault-demo.json', (_request, response) => {
    response
      .set('Cache-Control', 'no-cache')
      .json({ webdav: { url: '/dav/', username: CLOUD_USERNAME }, samples });
  });
}

/** Files of the build; any other address that a person opens is a page of the app. */
function serveApp(app: Express, appFolder: string): void {
  app.use(
    express.static(appFolder, {
      setHeaders: (response, file) => {
        response.setHeader('X-Content-Type-Options', 'nosniff');
        response.setHeader('Cache-Control', HASHED_NAME.test(file) ? FOREVER : 'no-cache');
      },
    }),
  );
  app.use((request, response, next) => {
    if (request.method !== 'GET' || !request.accepts('html')) next();
    else if (/\.\w+$/.test(request.path) && !request.path.startsWith('/c/')) next();
    else {
      response.set('Cache-Control', 'no-cache');
      response.sendFile(join(appFolder, 'index.html'), { dotfiles: 'allow' });
    }
  });
}

/** Names that carry a hash of their content, as the Angular build writes them. */
const HASHED_NAME = /-(?=[\w-]*[A-Z0-9])[\w-]{8}\.(js|css|woff2?)$/;
const FOREVER = 'public, max-age=31536000, immutable';

const FIRST_PORT = 4200;
const PORTS_TO_TRY = 50;

async function listen(app: Express, port: number | undefined): Promise<Server> {
  const last = FIRST_PORT + PORTS_TO_TRY - 1;
  const [from, to] = port === undefined ? [FIRST_PORT, last] : [port, port];
  for (let candidate = from; candidate <= to; candidate += 1) {
    const server = await listenOn(app, candidate);
    if (server !== 'taken') return server;
  }
  throw new Error(
    port === undefined
      ? `all ports from ${from} to ${to} are taken; choose another with --port`
      : `port ${port} is taken; choose another, or leave --port out to take the next free one`,
  );
}

/** Only this machine may connect: the demo has one password and no encrypted transport. */
async function listenOn(app: Express, port: number): Promise<Server | 'taken'> {
  const server = createServer(app);
  server.listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
    return server;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return 'taken';
    throw error;
  }
}

async function closeServer(server: Server): Promise<void> {
  if (!server.listening) return;
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}
