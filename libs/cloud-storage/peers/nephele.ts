import { createServer } from 'node:http';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { type AddressInfo } from 'node:net';
import { join } from 'node:path';
import FileSystemAdapter from '@nephele/adapter-file-system';
import OpenAuthenticator from '@nephele/authenticator-none';
import express from 'express';
import nepheleServer from 'nephele';
import { CREDENTIALS, type PeerKind } from './peer.js';
import { createWorkFolder } from './server-process.js';

const EXPECTED = `Basic ${Buffer.from(`${CREDENTIALS.username}:${CREDENTIALS.password}`).toString('base64')}`;

/** nephele, a WebDAV server for Node, in this process: the one peer that every machine has. */
export const nephele: PeerKind = {
  name: 'nephele',
  packages: [],
  needs: [],
  refusesOtherSize: true,
  async start() {
    const root = await createWorkFolder('nephele', ['files']);
    const adapter = new FileSystemAdapter({ root: join(root, 'files') });
    const app = express();
    app.use((request, response, next) => {
      if (request.headers.authorization === EXPECTED) next();
      else response.status(401).end();
    });
    app.use(
      '/cloud',
      nepheleServer({ adapter, authenticator: new OpenAuthenticator() }, { compression: false }),
    );
    const server = createServer(app).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    return {
      url: `http://127.0.0.1:${port}/cloud/`,
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
  },
};
