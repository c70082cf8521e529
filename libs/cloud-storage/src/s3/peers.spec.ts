import { AwsClient } from 'aws4fetch';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { S3_PEER_KINDS } from '../../peers/s3/installed-s3-peers.js';
import { hostFetch } from '../../peers/s3/host-fetch.js';
import { type S3Peer } from '../../peers/s3/s3-peer.js';
import { sessionTokens } from '../../peers/s3/session-tokens.js';
import { swift } from '../../peers/s3/swift.js';
import { freePort } from '../../peers/server-process.js';
import { cloudStorageConformance } from '../testing/conformance.js';
import { httpCloudConformance } from '../testing/http-conformance.js';
import { s3Cloud } from './s3-cloud.js';

const installed = S3_PEER_KINDS.filter((kind) => kind.missing().length === 0);

for (const kind of installed) {
  describe(kind.name, () => {
    let peer: S3Peer;
    beforeAll(async () => {
      peer = await kind.start();
    });
    afterAll(() => peer.stop());

    const options = {
      // Neither looks at the condition of a PUT.
      refusesOtherSize: false,
      ...(kind === swift && { folderFiles: 501 }),
    };
    /** As another program would, whatever the name. */
    const plant = async (path: string, bytes: Uint8Array): Promise<void> => {
      const client = new AwsClient({ ...peer.credentials, service: 's3', region: peer.region });
      const key = path.split('/').map(encodeURIComponent).join('/');
      const url = `${peer.endpoint}/${peer.bucket}/${key}`;
      const { ok } = await client.fetch(url, { method: 'PUT', body: Buffer.from(bytes) });
      expect(ok, path).toBe(true);
    };
    cloudStorageConformance(kind.name, () => s3Cloud(peer), { ...options, plant });
    cloudStorageConformance(
      `${kind.name}, below a prefix`,
      () => s3Cloud({ ...peer, prefix: 'accounts/Anna & Bob + 1/' }),
      { ...options, folderFiles: 150 },
    );
    if (kind === swift) {
      it('lists its own file beside those of others, however they are called', async () => {
        const client = new AwsClient({ ...peer.credentials, service: 's3', region: peer.region });
        const odd = ['x\\y', 'x\ny', '\u0001', 'sub/', '/', '/deep/file', 'Icon\r', '.DS_Store'];
        for (const name of odd) {
          const key = `odd/${encodeURIComponent(name)}`.replaceAll('%2F', '/');
          const { ok } = await client.fetch(`${peer.endpoint}/vault/${key}`, {
            method: 'PUT',
            body: 'x',
          });
          expect(ok, name).toBe(true);
        }
        const cloud = s3Cloud(peer);
        await cloud.create('odd/ours', new Uint8Array(5));
        const paths = (await cloud.list('odd')).map(({ path }) => path).sort();
        expect(paths).toEqual(['odd/.DS_Store', 'odd/ours']);
        expect(await cloud.listFolders('odd')).toEqual(['sub']);
      });

      /** Signs again what a test changed on its way. */
      const signAgain: typeof fetch = (input, init) => {
        const headers = new Headers(init?.headers);
        for (const name of [...headers.keys()]) {
          if (/^(authorization|x-amz-.*)$/.test(name)) headers.delete(name);
        }
        const key = { ...peer.credentials, service: 's3', region: peer.region, retries: 0 };
        return new AwsClient(key).fetch(String(input), { ...init, headers });
      };
      httpCloudConformance(kind.name, {
        create: (fetch) => s3Cloud({ ...peer, fetch }),
        fetch: signAgain,
        isListing: ({ url }) => url.searchParams.has('list-type'),
        tokens: sessionTokens(() => peer),
      });

      cloudStorageConformance(
        `${kind.name}, with the bucket in the name of the host`,
        () => {
          const endpoint = peer.endpoint.replace('127.0.0.1', 's3.test');
          return s3Cloud({ ...peer, endpoint, style: 'virtual', fetch: hostFetch });
        },
        { ...options, folderFiles: 150 },
      );
    }

    it('connects, and keeps accounts of one bucket apart', async () => {
      const anna = s3Cloud({ ...peer, prefix: 'apart/anna' });
      const ann = s3Cloud({ ...peer, prefix: 'apart/ann' });
      await anna.connect?.({ interactive: false });
      await anna.create('a/b', new Uint8Array(5));
      expect(await anna.listFolders('')).toEqual(['a']);
      expect(await ann.listFolders('')).toEqual([]);
      await expect(ann.read('a/b')).rejects.toMatchObject({ code: 'not-found' });
      await ann.remove('a/b');
      expect(await anna.read('a/b')).toHaveLength(5);
    });

    it('says that there is no such bucket', async () => {
      const cloud = s3Cloud({ ...peer, bucket: 'no-such-bucket' });
      const expected = { code: 'invalid', message: expect.stringContaining('no such bucket') };
      await expect(cloud.connect?.({ interactive: false })).rejects.toMatchObject(expected);
      await expect(cloud.list('a')).rejects.toMatchObject(expected);
      await expect(cloud.read('a')).rejects.toMatchObject(expected);
      await expect(cloud.create('a', new Uint8Array(1))).rejects.toMatchObject(expected);
      await expect(cloud.remove('a')).rejects.toMatchObject(expected);
    });

    it.each([
      ['behind', -3_600_000],
      ['ahead', 3_600_000],
    ])('takes requests of a device whose clock is an hour %s', async (_, wrongMs) => {
      const cloud = s3Cloud({ ...peer, now: () => Date.now() + wrongMs });
      await cloud.create(`clock/${wrongMs}`, new Uint8Array(7));
      expect(await cloud.read(`clock/${wrongMs}`)).toHaveLength(7);
    });

    it('refuses keys that it does not know', async () => {
      const credentials = { accessKeyId: 'nobody:at-all', secretAccessKey: 'wrong' };
      const cloud = s3Cloud({ ...peer, credentials });
      for (const call of [
        () => cloud.connect?.({ interactive: false }),
        () => cloud.list(''),
        () => cloud.read('a'),
        () => cloud.create('a', new Uint8Array(1)),
        () => cloud.remove('a'),
      ]) {
        await expect(call()).rejects.toMatchObject({ code: 'unauthorized' });
      }
    });
  });
}

describe('S3 services of others', () => {
  it('are offline when nobody listens', async () => {
    const endpoint = `http://127.0.0.1:${await freePort()}`;
    const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
    const cloud = s3Cloud({ endpoint, bucket: 'vault', region: 'auto', credentials });
    await expect(cloud.list('a')).rejects.toMatchObject({ code: 'offline' });
    await expect(cloud.create('a/b', new Uint8Array(5))).rejects.toMatchObject({ code: 'offline' });
  });

  it.each(S3_PEER_KINDS.filter((kind) => !installed.includes(kind)))(
    '$name was not tested: it is not installed (Debian packages: $packages)',
    (kind) => expect(kind.missing()).not.toEqual([]),
  );
});
