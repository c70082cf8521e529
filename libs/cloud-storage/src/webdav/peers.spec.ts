import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { apache } from '../../peers/apache.js';
import { missingFor, PEER_KINDS } from '../../peers/installed-peers.js';
import { type Peer } from '../../peers/peer.js';
import { freePort } from '../../peers/server-process.js';
import { cloudStorageConformance } from '../testing/conformance.js';
import { webDavCloud } from './web-dav-cloud.js';

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
