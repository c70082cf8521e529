import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CREDENTIALS, PASSWORD_FILE, programOf, type PeerKind } from './peer.js';
import { createWorkFolder, freePort, startServer } from './server-process.js';

const MODULE = '/usr/lib/nginx/modules/ngx_http_dav_ext_module.so';
const TEMPORARY = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'] as const;

/** nginx with its own WebDAV module and the extension that adds PROPFIND. */
export const nginx: PeerKind = {
  name: 'nginx with dav-ext',
  packages: ['nginx', 'libnginx-mod-http-dav-ext'],
  needs: ['nginx', MODULE],
  refusesOtherSize: false,
  async start() {
    const port = await freePort();
    const root = await createWorkFolder('nginx', ['files', 'run']);
    await writeFile(join(root, 'passwords'), PASSWORD_FILE);
    await writeFile(join(root, 'nginx.conf'), configuration(root, port));
    const stop = await startServer({
      program: programOf('nginx'),
      args: ['-c', join(root, 'nginx.conf'), '-p', root, '-e', 'stderr'],
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

const configuration = (root: string, port: number): string => `
load_module ${MODULE};
daemon off;
worker_processes 1;
pid ${root}/run/pid;
error_log stderr error;
events {}
http {
  access_log off;
${TEMPORARY.map((name) => `  ${name}_temp_path ${root}/run/${name};`).join('\n')}
  server {
    listen 127.0.0.1:${port};
    location / {
      root ${root}/files;
      client_max_body_size 64m;
      dav_methods PUT DELETE MKCOL;
      dav_ext_methods PROPFIND;
      auth_basic cloud;
      auth_basic_user_file ${root}/passwords;
    }
  }
}
`;
