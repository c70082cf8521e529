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

const MODULE = '/usr/lib/nginx/modules/ngx_http_dav_ext_module.so';
const TEMPORARY = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'] as const;

/** Runs nginx with a site of that configuration. */
export const startNginx = async (site: (root: string) => string): Promise<RunningServer> => {
  const port = await freePort();
  const root = await createWorkFolder('nginx', ['files', 'run']);
  await writeFile(join(root, 'passwords'), PASSWORD_FILE);
  await writeFile(join(root, 'nginx.conf'), foundation(root, port, site(root)));
  const stop = await startServer({
    program: programOf('nginx'),
    args: ['-c', join(root, 'nginx.conf'), '-p', root, '-e', 'stderr'],
    port,
    workFolder: root,
  });
  return { origin: `http://127.0.0.1:${port}`, root, stop };
};

const packages = ['nginx', 'libnginx-mod-http-dav-ext'];
const needs = ['nginx', MODULE];

/** nginx with its own WebDAV module and the extension that adds PROPFIND. */
export const nginx: PeerKind = {
  name: 'nginx with dav-ext',
  packages,
  needs,
  refusesOtherSize: false,
  failsOnLinks: true,
  async start() {
    const { origin, root, stop } = await startNginx(siteWith('dav_ext_methods PROPFIND;'));
    return { url: `${origin}/`, credentials: CREDENTIALS, folder: join(root, 'files'), stop };
  },
};

/** nginx without the extension, which lists folders as JSON instead. */
export const nginxWithIndex: PeerKind = {
  name: 'nginx with autoindex',
  packages,
  needs,
  refusesOtherSize: false,
  async start() {
    const { origin, root, stop } = await startNginx(
      siteWith('autoindex on; autoindex_format json;'),
    );
    return {
      url: `${origin}/`,
      credentials: CREDENTIALS,
      folder: join(root, 'files'),
      listing: 'autoindex-json',
      stop,
    };
  },
};

const siteWith =
  (listing: string) =>
  (root: string): string => `
location / {
  root ${root}/files;
  client_max_body_size 64m;
  dav_methods PUT DELETE MKCOL;
  ${listing}
  auth_basic cloud;
  auth_basic_user_file ${root}/passwords;
}`;

const foundation = (root: string, port: number, site: string): string => `
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
    ${site}
  }
}
`;
