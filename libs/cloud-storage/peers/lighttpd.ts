import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  CREDENTIALS,
  PASSWORD_FILE,
  programOf,
  type PeerKind,
  type RunningServer,
} from './peer.js';
import { createWorkFolder, freePort, startServer } from './server-process.js';

/** Runs lighttpd with a site of that configuration. */
export const startLighttpd = async (site: (root: string) => string): Promise<RunningServer> => {
  const port = await freePort();
  const root = await createWorkFolder('lighttpd', ['files', 'run']);
  await writeFile(join(root, 'passwords'), PASSWORD_FILE);
  await writeFile(join(root, 'lighttpd.conf'), `${foundation(root, port)}\n${site(root)}\n`);
  const stop = await startServer({
    program: programOf('lighttpd'),
    args: ['-D', '-f', join(root, 'lighttpd.conf')],
    port,
    workFolder: root,
  });
  return { origin: `http://127.0.0.1:${port}`, root, stop };
};

/** lighttpd with mod_webdav. */
export const lighttpd: PeerKind = {
  name: 'lighttpd mod_webdav',
  packages: ['lighttpd', 'lighttpd-mod-webdav'],
  needs: ['lighttpd', '/usr/lib/lighttpd/mod_webdav.so'],
  refusesOtherSize: true,
  async start() {
    const { origin, root, stop } = await startLighttpd(site);
    return { url: `${origin}/`, credentials: CREDENTIALS, folder: join(root, 'files'), stop };
  },
};

const foundation = (root: string, port: number): string => `
server.document-root = "${root}/files"
server.bind = "127.0.0.1"
server.port = ${port}
server.upload-dirs = ( "${root}/run" )
mimetype.assign = ( "" => "application/octet-stream" )
`;

const site = (root: string): string => `
server.modules = ( "mod_auth", "mod_authn_file", "mod_webdav" )
auth.backend = "htpasswd"
auth.backend.htpasswd.userfile = "${root}/passwords"
auth.require = ( "/" => ( "method" => "basic", "realm" => "cloud", "require" => "valid-user" ) )
webdav.activate = "enable"
`;
