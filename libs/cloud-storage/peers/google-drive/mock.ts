import { createServer, type IncomingMessage } from 'node:http';
import express from 'express';
import { createV3Router } from 'google-drive-mock/dist/routes/v3.js';
import { listenOn, type Served } from './serve-fetch.js';

/** The token that the mock takes. */
export const MOCK_TOKEN = 'valid-token';

/**
 * The routes of google-drive-mock, which others wrote, on a free port. Its own server would add random delays, a limit of 100 KB and a
 * dependency that it does not declare, so we put its routes into one of ours; its sign-in is the same here.
 */
export const startMock = (): Promise<Served> => {
  const app = express();
  const keepBytes = (request: IncomingMessage, _: unknown, rawBody: Buffer) => {
    Object.assign(request, { rawBody });
  };
  app.use(express.json({ verify: keepBytes }));
  app.use(
    express.text({ type: ['multipart/related', 'text/*'], limit: '16mb', verify: keepBytes }),
  );
  app.use((request, response, next) => {
    if (request.headers.authorization === `Bearer ${MOCK_TOKEN}`) next();
    else response.status(401).json({ error: { code: 401, message: 'Invalid token' } });
  });
  app.use(createV3Router());
  return listenOn(createServer(app));
};
