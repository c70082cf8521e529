import { mkdir, symlink, truncate, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { apache } from '../../peers/apache.js';
import { missingFor, PEER_KINDS } from '../../peers/installed-peers.js';
import { nephele } from '../../peers/nephele.js';
import { CREDENTIALS, type Peer } from '../../peers/peer.js';
import { freePort } from '../../peers/server-process.js';
import { CloudError } from '../port/cloud-error.js';
import { cloudStorageConformance } from '../testing/conformance.js';
import { httpCloudConformance } from '../testing/http-conformance.js';
import { webDavCloud } from './web-dav-cloud.js';

/** Reaches a server that knows nothing of tokens. */
const signInAs =
  ({ username, password }: typeof CREDENTIALS): typeof fetch =>
  (input, init) => {
    const headers = new Headers(init?.headers);
    const basic = Buffer.from(`${username}:${password}`).toString('base64');
    headers.set('Authorization', `Basic ${basic}`);
    return fetch(input, { ...init, headers });
  };

const installed = PEER_KINDS.filter((kind) => missingFor(kind).length === 0);

for (const kind of installed) {
  describe(kind.name, () => {
    let peer: Peer;
    beforeAll(async () => {
      peer = await kind.start();
    });
    afterAll(() => peer.stop());

    cloudStorageConformance(kind.name, () => webDavCloud(peer), {
      refusesOtherSize: kind.refusesOtherSize,
      settle: async () => peer.lookAgain?.(),
      plant: (path, bytes) => writeFile(join(peer.folder, path), bytes),
    });

    httpCloudConformance(kind.name, {
      create: (fetch) => webDavCloud({ ...peer, fetch }),
      isListing: ({ method, url }) => method === 'PROPFIND' || url.pathname.endsWith('/'),
      tokens: {
        create: (fetch, token) => webDavCloud({ ...peer, fetch, credentials: { token } }),
        fetch: signInAs(CREDENTIALS),
      },
    });

    it('lists our file beside what no program can use', async () => {
      const cloud = webDavCloud(peer);
      await cloud.create('odd/ours.json.gz', new Uint8Array(5));
      const at = (name: string) => join(peer.folder, 'odd', name);
      const bytesAt = Buffer.concat([Buffer.from(at('latin-')), Buffer.from([0xfc, 0xff])]);
      await writeFile(bytesAt, 'a name that is no UTF-8');
      await writeFile(at('secret'), 'nobody may read this', { mode: 0 });
      await writeFile(at('huge'), '');
      await truncate(at('huge'), 5_000_000_000);
      await writeFile(at('old'), '');
      await utimes(at('old'), 0, 0);
      await mkdir(at('closed'), { mode: 0 });
      await peer.lookAgain?.();
      const sizes = new Map((await cloud.list('odd')).map(({ path, size }) => [path, size]));
      expect(sizes.get('odd/ours.json.gz')).toBe(5);
      expect(sizes.get('odd/huge')).toBe(5_000_000_000);
      expect(sizes.get('odd/old')).toBe(0);
      expect(await cloud.listFolders('odd')).toContain('closed');
      expect(await cloud.read('odd/ours.json.gz')).toEqual(new Uint8Array(5));
    });

    it('lists our file beside a link to nowhere, or says that the server cannot', async () => {
      const cloud = webDavCloud(peer);
      await cloud.create('links/ours.json.gz', new Uint8Array(5));
      await symlink('/nowhere', join(peer.folder, 'links/dangling'));
      await symlink('loop', join(peer.folder, 'links/loop'));
      await peer.lookAgain?.();
      const outcome = await cloud.list('links').then(
        (files) => files.map(({ path }) => path).includes('links/ours.json.gz'),
        (error: unknown) => error instanceof CloudError && error.code,
      );
      expect(outcome).toBe(kind.failsOnLinks ? 'unavailable' : true);
    });

    it('tells how much room there is, or that it does not know', async () => {
      const space = await webDavCloud(peer).space?.();
      for (const bytes of Object.values({ ...space })) expect(bytes).toBeGreaterThanOrEqual(0);
      if (kind === nephele) expect(space).toMatchObject({ freeBytes: expect.any(Number) });
    });

    it('refuses a wrong password', async () => {
      const cloud = webDavCloud({ ...peer, credentials: { username: 'anna', password: 'wrong' } });
      await expect(cloud.connect?.({ interactive: false })).rejects.toMatchObject({
        code: 'unauthorized',
      });
      await expect(cloud.list('')).rejects.toMatchObject({ code: 'unauthorized' });
      await expect(cloud.create('a', new Uint8Array(1))).rejects.toMatchObject({
        code: 'unauthorized',
      });
    });

    it('makes the root of the storage when that is missing too', async () => {
      const cloud = webDavCloud({ ...peer, url: new URL('not-yet', peer.url).href });
      await cloud.connect?.({ interactive: false });
      expect(await cloud.list('')).toEqual([]);
      await cloud.create('a/b', new Uint8Array(5));
      expect(await cloud.listFolders('')).toEqual(['a']);
    });
  });
}

if (installed.includes(apache)) {
  describe('Apache that takes .gz for a content coding', () => {
    it('is told apart from a server that works', async () => {
      const peer = await apache.start();
      try {
        const good = webDavCloud(peer);
        const zipped = gzipSync('{"plain":true}');
        await good.create('a.json.gz', zipped);
        expect(await good.read('a.json.gz')).toEqual(new Uint8Array(zipped));
        const bad = webDavCloud({ ...peer, url: new URL('/unpacked/', peer.url).href });
        await expect(bad.read('a.json.gz')).rejects.toMatchObject({
          code: 'invalid',
          message: expect.stringContaining('AddEncoding'),
        });
      } finally {
        await peer.stop();
      }
    });
  });
}

describe('WebDAV servers of others', () => {
  it('are offline when nobody listens', async () => {
    const cloud = webDavCloud({ url: `http://127.0.0.1:${await freePort()}/` });
    await expect(cloud.list('a')).rejects.toMatchObject({ code: 'offline' });
    await expect(cloud.create('a/b', new Uint8Array(5))).rejects.toMatchObject({ code: 'offline' });
  });

  it.each(PEER_KINDS.filter((kind) => !installed.includes(kind)))(
    '$name was not tested: it is not installed (Debian packages: $packages)',
    (kind) => expect(missingFor(kind)).not.toEqual([]),
  );

  it('are tested with at least one from the system on a Linux build machine', () => {
    const isRequired = process.env['CI'] === 'true' && process.platform === 'linux';
    const fromSystem = installed.filter(({ packages }) => packages.length > 0);
    expect(fromSystem.length).toBeGreaterThanOrEqual(isRequired ? 1 : 0);
  });
});
