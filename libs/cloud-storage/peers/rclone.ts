import { join } from 'node:path';
import { CREDENTIALS, programOf, type PeerKind, type RunningServer } from './peer.js';
import { createWorkFolder, freePort, startServer } from './server-process.js';

/** Runs `rclone serve webdav` with these arguments, which may depend on its work folder. */
export const startRclone = async (
  argsFor: (root: string) => readonly string[],
): Promise<RunningServer> => {
  const port = await freePort();
  const root = await createWorkFolder('rclone', ['files', 'run']);
  const stop = await startServer({
    program: programOf('rclone'),
    args: [
      ...['serve', 'webdav', join(root, 'files'), '--addr', `127.0.0.1:${port}`],
      ...['--config', join(root, 'run/rclone.conf'), '--cache-dir', join(root, 'run')],
      ...['--log-level', 'ERROR'],
      ...argsFor(root),
    ],
    port,
    workFolder: root,
  });
  return { origin: `http://127.0.0.1:${port}`, root, stop };
};

const { username, password } = CREDENTIALS;

/** `rclone serve webdav`, which brings WebDAV to any of rclone's storages. */
export const rclone: PeerKind = {
  name: 'rclone serve webdav',
  packages: ['rclone'],
  needs: ['rclone'],
  refusesOtherSize: false,
  async start() {
    const controlPort = await freePort();
    const control = `127.0.0.1:${controlPort}`;
    const { origin, root, stop } = await startRclone(() => [
      ...['--user', username, '--pass', password],
      ...['--rc', '--rc-no-auth', '--rc-addr', control],
    ]);
    return {
      url: `${origin}/`,
      credentials: CREDENTIALS,
      folder: join(root, 'files'),
      lookAgain: async () => {
        // It remembers folders for five minutes.
        const { ok, status } = await fetch(`http://${control}/vfs/forget`, { method: 'POST' });
        if (!ok) throw new Error(`rclone answered vfs/forget with ${status}`);
      },
      stop,
    };
  },
};
