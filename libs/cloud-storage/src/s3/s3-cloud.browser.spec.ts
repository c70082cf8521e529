import { describe, expect, inject, it } from 'vitest';
import { cloudStorageConformance } from '../testing/conformance.js';
import { s3Cloud } from './s3-cloud.js';

const peer = inject('s3Peer');

cloudStorageConformance(
  's3rver, from a page of another origin',
  () => s3Cloud(peer),
  // Each name costs a preflight of its own, so fewer files.
  { folderFiles: 250, refusesOtherSize: false },
);

describe('s3Cloud from a page of another origin', () => {
  it('says offline, and what may be the matter, when the bucket does not let the page in', async () => {
    const cloud = s3Cloud({ ...peer, bucket: 'no-cors' });
    await expect(cloud.connect?.({ interactive: true })).rejects.toMatchObject({
      code: 'offline',
      message: expect.stringContaining('CORS'),
    });
  });

  it('sends temporary keys, and learns the time of the service, which no page sees in a header', async () => {
    const credentials = { ...peer.credentials, sessionToken: 'a-token' };
    const now = () => Date.now() - 86_400_000;
    const cloud = s3Cloud({ ...peer, credentials, now });
    await cloud.create('clock/file', new Uint8Array(5));
    expect(await cloud.read('clock/file')).toHaveLength(5);
  });

  it('says unauthorized for keys that are not known', async () => {
    const credentials = { accessKeyId: 'nobody', secretAccessKey: 'wrong' };
    const cloud = s3Cloud({ ...peer, credentials });
    await expect(cloud.list('a')).rejects.toMatchObject({ code: 'unauthorized' });
  });
});
