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

const MODULES = '/usr/lib/apache2/modules';
const LOADED = [
  'mpm_event',
  'authn_core',
  'authn_file',
  'authz_core',
  'authz_user',
  'auth_basic',
  'dav',
  'dav_fs',
  'headers',
  'alias',
  'mime',
  'rewrite',
] as const;

/** Runs Apache with a site of that configuration. */
export const startApache = async (site: (root: string) => string): Promise<RunningServer> => {
  const port = await freePort();
  const root = await createWorkFolder('apache', ['files', 'run']);
  await writeFile(join(root, 'passwords'), PASSWORD_FILE);
  await writeFile(join(root, 'apache.conf'), `${foundation(root, port)}\n${site(root)}`);
  const stop = await startServer({
    program: programOf('apache2'),
    args: ['-f', join(root, 'apache.conf'), '-D', 'FOREGROUND', '-E', '/dev/stderr'],
    port,
    workFolder: root,
  });
  return { origin: `http://127.0.0.1:${port}`, root, stop };
};

/**
 * Apache with mod_dav. `/dav/` lets pages of every origin in, `/no-cors/` is the same folder without CORS headers, and `/unpacked/`
 * declares stored `.gz` files to be a content coding, a setting that is common and wrong.
 */
export const apache: PeerKind = {
  name: 'Apache mod_dav',
  packages: ['apache2'],
  needs: ['apache2', `${MODULES}/mod_dav_fs.so`],
  refusesOtherSize: true,
  async start() {
    const { origin, root, stop } = await startApache(site);
    return {
      url: `${origin}/dav/`,
      credentials: CREDENTIALS,
      folder: join(root, 'files'),
      stop,
    };
  },
};

const foundation = (root: string, port: number): string => `
ServerRoot ${root}
ServerName 127.0.0.1
Listen 127.0.0.1:${port}
PidFile ${root}/run/pid
DefaultRuntimeDir ${root}/run
Mutex file:${root}/run
ErrorLog ${root}/run/error.log
LogLevel error
${LOADED.map((name) => `LoadModule ${name}_module ${MODULES}/mod_${name}.so`).join('\n')}
TypesConfig /dev/null
DavLockDB ${root}/run/locks
DocumentRoot ${root}/run
<Directory />
  Require all granted
</Directory>
`;

const site = (root: string): string => `
Alias /dav ${root}/files
Alias /no-cors ${root}/files
Alias /unpacked ${root}/files
<Location />
  Dav On
  AuthType Basic
  AuthName cloud
  AuthUserFile ${root}/passwords
  <LimitExcept OPTIONS>
    Require valid-user
  </LimitExcept>
</Location>
<Location /dav>
  Header always set Access-Control-Allow-Origin "*"
  Header always set Access-Control-Allow-Methods "PROPFIND, GET, PUT, DELETE, MKCOL"
  Header always set Access-Control-Allow-Headers "Authorization, Content-Type, Depth, If-None-Match, Range"
</Location>
<Location /unpacked>
  AddEncoding gzip .gz
</Location>
`;
