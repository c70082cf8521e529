import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { apache, startApache } from '../../../peers/apache.js';
import { missingFor } from '../../../peers/installed-peers.js';
import { lighttpd, startLighttpd } from '../../../peers/lighttpd.js';
import { nginx, startNginx } from '../../../peers/nginx.js';
import { CREDENTIALS, type PeerKind, type RunningServer } from '../../../peers/peer.js';
import { rclone, startRclone } from '../../../peers/rclone.js';
import { addFolder } from '../../../peers/server-process.js';
import { diagnoseWebDav, type WebDavDiagnosisOptions } from './diagnose-web-dav.js';
import { guessServer, recipesFor, type WebDavServer } from './recipes.js';

const origin = 'https://messenger.example';
const { username, password } = CREDENTIALS;

const textFor = (server: WebDavServer): string => recipesFor(server, origin)[0]?.text ?? '';

/** The recipe as it is, but for where things are on this machine. */
const fitted = (text: string, root: string): string =>
  text
    .replaceAll('/srv', `${root}/files`)
    .replaceAll(/\/etc\/\w+\/dav\.passwords/g, `${root}/passwords`);

/** Runs a server with a folder `dav` until the task is done. */
const using = async <Result>(
  starting: Promise<RunningServer>,
  task: (server: RunningServer) => Promise<Result>,
): Promise<Result> => {
  const server = await starting;
  try {
    await addFolder(join(server.root, 'files/dav'));
    return await task(server);
  } finally {
    await server.stop();
  }
};

const diagnose = (
  server: RunningServer,
  path = '/dav/',
  options: Partial<WebDavDiagnosisOptions> = {},
) =>
  diagnoseWebDav({
    url: `${server.origin}${path}`,
    credentials: CREDENTIALS,
    origin,
    ...options,
  });

/** As Nextcloud does it: everything wants a password, preflights too, and nothing knows of pages. */
const closedApache = (root: string): string => `
Alias /remote.php/dav ${root}/files/dav
<Location /remote.php/dav>
  Dav On
  AuthType Basic
  AuthName Nextcloud
  AuthUserFile ${root}/passwords
  Require valid-user
</Location>`;

/** Registers the tests that need these servers, or one that names what is missing. */
const withPeers = (kinds: readonly PeerKind[], register: () => void): void => {
  const missing = kinds.flatMap((kind) => missingFor(kind));
  const names = kinds.map(({ name }) => name).join(' and ');
  if (missing.length === 0) describe(names, register);
  else it(`${names}: not tested, as not installed`, () => expect(missing).not.toEqual([]));
};

describe('recipes', () => {
  withPeers([apache], () => {
    it('let pages in', () =>
      using(
        startApache((root) => fitted(textFor('apache'), root)),
        async (server) => {
          expect(await diagnose(server)).toMatchObject({ code: 'fine', server: 'apache' });
          const other = { origin: 'https://other.example' };
          expect(await diagnose(server, '/dav/', other)).toMatchObject({ code: 'no-cors' });
        },
      ));

    it('open a server that closes its preflights, and are what is said to be missing', async () => {
      await using(startApache(closedApache), async (server) => {
        expect(await diagnose(server, '/remote.php/dav/')).toMatchObject({
          code: 'preflight-unauthorized',
          server: 'nextcloud',
          recipes: [{ server: 'nextcloud', text: textFor('nextcloud') }],
        });
      });
      const [recipe = ''] = textFor('nextcloud').split('# Or nginx');
      await using(
        startApache((root) => `${closedApache(root)}\n${recipe}`),
        async (server) =>
          expect(await diagnose(server, '/remote.php/dav/')).toMatchObject({ code: 'fine' }),
      );
    });
  });

  withPeers([nginx], () => {
    it('let pages in', () =>
      using(
        startNginx((root) => fitted(textFor('nginx'), root)),
        async (server) =>
          expect(await diagnose(server)).toMatchObject({ code: 'fine', server: 'nginx' }),
      ));

    it('let pages in without PROPFIND, as they say', () => {
      const text = textFor('nginx').replace(
        'dav_ext_methods PROPFIND;',
        /autoindex on; autoindex_format json;/.exec(textFor('nginx'))?.[0] ?? '',
      );
      return using(
        startNginx((root) => fitted(text, root)),
        async (server) => {
          const listing = 'autoindex-json';
          expect(await diagnose(server, '/dav/', { listing })).toMatchObject({ code: 'fine' });
          expect(await diagnose(server)).toMatchObject({
            code: 'no-listing',
            status: 405,
            hint: expect.stringContaining("listing: 'autoindex-json'"),
          });
        },
      );
    });

    it('are what a folder without any listing needs', () => {
      const text = textFor('nginx').replace('dav_ext_methods PROPFIND;', '');
      return using(
        startNginx((root) => fitted(text, root)),
        async (server) => {
          for (const listing of ['propfind', 'autoindex-json'] as const) {
            const { code, hint, recipes } = await diagnose(server, '/dav/', { listing });
            expect(code).toBe('no-listing');
            expect(hint).not.toContain('autoindex');
            expect(recipes.map((recipe) => recipe.server)).toEqual(['nginx']);
          }
        },
      );
    });

    it('are what a server of pages needs', () =>
      using(
        startNginx((root) => `root ${root}/files;`),
        async (server) => {
          const { origin: _, ...rest } = { origin };
          expect(await diagnose(server)).toMatchObject({ code: 'no-cors', status: 405 });
          expect(
            await diagnoseWebDav({
              url: `${server.origin}/dav/`,
              credentials: CREDENTIALS,
              ...rest,
            }),
          ).toMatchObject({ code: 'not-webdav', status: 405 });
        },
      ));
  });

  withPeers([lighttpd], () => {
    it('let pages in', () =>
      using(
        startLighttpd((root) => fitted(textFor('lighttpd'), root)),
        async (server) =>
          expect(await diagnose(server)).toMatchObject({ code: 'fine', server: 'lighttpd' }),
      ));
  });

  withPeers([rclone, nginx], () => {
    it('let pages in through a proxy', () => {
      const line = /rclone serve webdav \S+ --addr \S+ (.*)/.exec(textFor('rclone'))?.[1] ?? '';
      const args = line
        .split(' ')
        .map((arg) => (arg === 'NAME' ? username : arg === 'PASSWORD' ? password : arg));
      return using(
        startRclone(() => args),
        async (behind) => {
          expect(await diagnose(behind)).toMatchObject({ code: 'no-cors', server: 'rclone' });
          const site = textFor('rclone').replace('http://127.0.0.1:8080', behind.origin);
          await using(
            startNginx(() => site),
            async (server) => expect(await diagnose(server)).toMatchObject({ code: 'fine' }),
          );
        },
      );
    });
  });

  withPeers([apache, nginx], () => {
    it('let pages in through a proxy before a server that closes its preflights', () =>
      using(startApache(closedApache), async (behind) => {
        const [, recipe = ''] = textFor('nextcloud').split(/# Or nginx.*\n/);
        const site = recipe.replace('http://127.0.0.1:8080', behind.origin);
        await using(
          startNginx(() => site),
          async (server) =>
            expect(await diagnose(server, '/remote.php/dav/')).toMatchObject({ code: 'fine' }),
        );
      }));
  });

  it('are in the guide, word for word', () => {
    const guide = readFileSync(
      join(import.meta.dirname, '../../../../../docs/guide/webdav.md'),
      'utf8',
    );
    for (const { text } of recipesFor(undefined, origin)) expect(guide).toContain(text);
  });

  it('are made for the origin of the page, all of them when the server is not known', () => {
    const recipes = recipesFor(undefined, 'https://chat.test');
    expect(recipes.map(({ server }) => server)).toEqual([
      'apache',
      'nginx',
      'lighttpd',
      'nextcloud',
      'rclone',
    ]);
    for (const { text } of recipes) {
      expect(text).toContain('Access-Control-Allow-Origin');
      expect(text).toContain('https://chat.test');
      expect(text).not.toContain('{origin}');
    }
  });
});

describe('guessServer', () => {
  it.each([
    ['https://a.test/', { Server: 'Apache/2.4.62 (Debian)' }, 'apache'],
    ['https://a.test/', { Server: 'nginx/1.22.1' }, 'nginx'],
    ['https://a.test/', { Server: 'lighttpd/1.4.69' }, 'lighttpd'],
    ['https://a.test/', { 'WWW-Authenticate': 'Basic realm="rclone"' }, 'rclone'],
    ['https://a.test/', { Server: 'rclone/v1.70.0' }, 'rclone'],
    ['https://a.test/', { Server: 'nginx', DAV: '1, 3, nextcloud-checksum-update' }, 'nextcloud'],
    ['https://a.test/remote.php/dav/files/anna/', { Server: 'Apache' }, 'nextcloud'],
    ['https://a.test/cloud/public.php/dav/files/abc/', {}, 'nextcloud'],
    ['https://a.test/apache/', { Server: 'Microsoft-IIS/10.0' }, undefined],
    ['https://a.test/', {}, undefined],
  ])('%s %j', (url, headers, server) => {
    expect(guessServer(new URL(url), [new Headers(headers)])).toBe(server);
  });
});
