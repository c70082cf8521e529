import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { join } from 'node:path';
import express, { type Express, type RequestHandler } from 'express';
import { CLOUD_USERNAME, type CloudPassword, openCloudPassword } from './cloud-password.ts';
import { type ChatSample, findChatSample, openCorpus, sendCorpus } from './chat-sample.ts';
import { listenOnFirstFree } from './first-free-port.ts';
import { type LiveServer, startLiveServer, type SyncServerCode } from './live-server.ts';
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
  /** The code of the sync server, for people to write to each other live; without it only the cloud is there. */
  readonly syncServer?: SyncServerCode;
  /** Port of the sync server; `undefined` takes its usual one or the next free one. */
  readonly livePort?: number;
  /** Sees each request to the cloud before the cloud does; the end-to-end tests count and break requests with it. */
  readonly beforeCloud?: RequestHandler;
}

/** A server that accepts requests until it is closed. */
export interface MessengerServer {
  /** Where a browser on this machine finds it, such as `http://localhost:4200/`. */
  readonly url: string;
  readonly password: CloudPassword;
  /** `undefined` without the code for it, or when another process has its data folder. */
  readonly live?: LiveServer;
  /** Ends live streams in good order, then stops listening and drops open connections. */
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
  const offered: OfferedLive = {};
  await makeOffer(app, options, offered);
  serveApp(app, options.appFolder);
  const server = await listenOnFirstFree(createServer(app), {
    from: FIRST_PORT,
    port: options.port,
  });
  const { port } = server.address() as AddressInfo;
  offered.live = startLive(options, port);
  const live = await offered.live.catch(async (error: unknown) => {
    await closeServer(server);
    throw error;
  });
  return {
    url: `http://localhost:${port}/`,
    password,
    ...(live && { live }),
    async close() {
      await live?.close();
      await closeServer(server);
    },
  };
}

const FIRST_PORT = 4200;

/** The sync server on its way: it starts when the address of the page is known. */
interface OfferedLive {
  live?: Promise<LiveServer | undefined>;
}

async function startLive(
  { syncServer, dataFolder, livePort }: MessengerServerOptions,
  port: number,
): Promise<LiveServer | undefined> {
  if (syncServer === undefined) return undefined;
  return startLiveServer(syncServer, {
    folder: join(dataFolder, 'live'),
    port: livePort,
    origins: ['localhost', '127.0.0.1'].map((host) => `http://${host}:${port}`),
  });
}

const SAMPLE_URL = '/sample/sample-2k.ndjson';
const CORPUS_URL = '/corpus.ndjson';

/** What the page finds besides itself. */
async function makeOffer(
  app: Express,
  options: MessengerServerOptions,
  offered: OfferedLive,
): Promise<void> {
  const bundled = await findChatSample(join(options.appFolder, SAMPLE_URL), {
    name: 'freeCodeCamp chat rooms (small sample)',
    url: SAMPLE_URL,
  });
  const samples: ChatSample[] = bundled === undefined ? [] : [bundled];
  if (options.corpusFile !== undefined) {
    samples.push(await openCorpus(options.corpusFile, CORPUS_URL));
    app.get(CORPUS_URL, sendCorpus(options.corpusFile));
  }
  app.get('/chat-vault-demo.json', async (_request, response) => {
    const { url } = (await offered.live) ?? {};
    response.set('Cache-Control', 'no-cache').json({
      webdav: { url: '/dav/', username: CLOUD_USERNAME },
      samples,
      ...(url !== undefined && { live: { url } }),
    });
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

async function closeServer(server: Server): Promise<void> {
  if (!server.listening) return;
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}
