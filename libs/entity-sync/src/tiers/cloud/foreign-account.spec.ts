import { FormatError, gzipCodec } from '@chat-vault/core';
import { describe, expect, it } from 'vitest';
import { cloudPlace, KEY, notes, textsOf } from '../../simulation/cloud-place.js';

describe('entities of another account', () => {
  it('alone in a cloud make it be refused, and nothing is read into or written beside them', async () => {
    const { device, cloud } = cloudPlace();
    await device({ accountId: 'ann' }).mergeData(KEY, notes({ x: 'of Ann' }));
    const files = cloud.files();
    const bob = device({ accountId: 'bob' });
    const refused = { name: 'FormatError', code: 'foreign-vault' };
    for (let time = 0; time < 5; time++) {
      await expect(bob.loadMetadata('app')).rejects.toMatchObject(refused);
      await expect(bob.loadData(KEY)).rejects.toBeInstanceOf(FormatError);
      await expect(bob.mergeData(KEY, notes({ y: 'of Bob' }))).rejects.toMatchObject(refused);
      await expect(bob.outdatedKeys('app')).rejects.toMatchObject(refused);
      await expect(bob.verify()).rejects.toMatchObject(refused);
    }
    expect(cloud.files()).toEqual(files);
    for (const { path } of files) cloud.drop(path);
    await bob.mergeData(KEY, notes({ y: 'of Bob' }));
    expect(textsOf(await device({ accountId: 'bob' }).loadData(KEY))).toEqual({ y: 'of Bob' });
  });

  it('beside those of this one are skipped one by one, and left as they are', async () => {
    const { device, cloud } = cloudPlace();
    const [ann, bob] = [device({ accountId: 'ann' }), device({ accountId: 'bob' })];
    await Promise.all([ann.loadMetadata('app'), bob.loadMetadata('app')]);
    await ann.mergeData(KEY, notes({ x: 'of Ann' }));
    await bob.mergeData(KEY, notes({ y: 'of Bob' }));
    const [ofAnn] = cloud.files().map(({ path }) => path);
    await bob.loadMetadata('app');
    expect(textsOf(await bob.loadData(KEY))).toEqual({ y: 'of Bob' });
    expect(bob.problems).toMatchObject([
      { path: ofAnn, reason: expect.stringContaining('foreign-vault') },
    ]);
    expect(textsOf(await device({ accountId: 'ann' }).loadData(KEY))).toEqual({ x: 'of Ann' });
  });

  it('are told by a digest only, and who gives no account reads and is read by all', async () => {
    const { device, cloud } = cloudPlace();
    await device({ accountId: 'ann@example.org' }).mergeData(KEY, notes({ x: '1' }));
    const bytes = cloud.peek(cloud.files()[0]?.path ?? '') as Uint8Array;
    const file = (await gzipCodec().decode(bytes, { kind: 'entities' })) as { account: string };
    expect(file.account).toBe('438c4c7afe600cdf');
    const any = device();
    expect(textsOf(await any.loadData(KEY))).toEqual({ x: '1' });
    await any.mergeData(KEY, notes({ y: '2' }, 1));
    const ann = device({ accountId: 'ann@example.org' });
    expect(textsOf(await ann.loadData(KEY))).toEqual({ x: '1', y: '2' });
  });
});
