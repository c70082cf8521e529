import { join } from 'node:path';
import { CREDENTIALS, programOf, type PeerKind } from './peer.js';
import { createWorkFolder, freePort, startServer } from './server-process.js';

/** `rclone serve webdav`, which brings WebDAV to any of rclone's storages. */
export const rclone: PeerKind = {
  name: 'rclone serve webdav',
  packages: ['rclone'],
  needs: ['rclone'],
  refusesOtherSize: false,
  async start() {
    const port = await freePort();
    const root = await createWorkFolder('rclone', ['files', 'run']);
    const { username, password } = CREDENTIALS;
    const stop = await startServer({
      program: programOf('rclone'),
      args: [
        ...['serve', 'webdav', join(root, 'files'), '--addr', `127.0.0.1:${port}`],
        ...['--user', username, '--pass', password, '--log-level', 'ERROR'],
        ...['--config', join(root, 'run/rclone.conf'), '--cache-dir', join(root, 'run')],
      ],
      port,
      workFolder: root,
    });
    return {
      url: `http://127.0.0.1:${port}/`,
      credentials: CREDENTIALS,
      folder: join(root, 'files'),
      stop,
    };
  },
};
