import {
  createKeyring,
  createRecoveryCode,
  sealedCodec,
  VaultKeyring,
} from '@chat-vault/core/sealed';
import { v7 as uuidv7 } from 'uuid';
import { describe, expect, it } from 'vitest';
import { cloudPlace, KEY, notes, textsOf } from '../../simulation/cloud-place.js';

const refused = { code: 'invalid-entity', details: { field: 'newId' } };

describe('newId of an application', () => {
  it.each([
    '',
    'x',
    '1',
    'a/b',
    '../01920000-0000-7000-8000-000000000001',
    '01920000-0000-7000-8000-000000000001.json',
    '01920000-0000-7000-8000-000000000001~b1_01920000-0000-7000-8000-000000000002',
    '01920000-0000-7000-8000-00000000000A',
    ' 01920000-0000-7000-8000-000000000001',
    '01920000-0000-7000-8000-000000000001\n',
  ])('that gives "%s" writes nothing, and loses nothing', async (id) => {
    const { device, cloud } = cloudPlace();
    const bad = device({ newId: () => id });
    await expect(bad.mergeData(KEY, notes({ x: '1' }))).rejects.toMatchObject(refused);
    expect(cloud.files()).toEqual([]);
    await device().mergeData(KEY, notes({ y: '2' }));
    await expect(bad.mergeData(KEY, notes({ x: '1' }))).rejects.toMatchObject(refused);
    await bad.loadMetadata('app');
    expect(textsOf(await bad.loadData(KEY))).toEqual({ y: '2' });
  });

  it('that gives the same one twice overwrites nothing and gives no two keys one name', async () => {
    const { device, cloud } = cloudPlace();
    const secret = { kind: 'recovery', code: createRecoveryCode() } as const;
    const { keys } = await createKeyring([secret], { newId: uuidv7 });
    for (const codec of [undefined, sealedCodec({ keyring: new VaultKeyring(keys) })]) {
      const newId = () => '01920000-0000-7000-8000-000000000001';
      const same = device({ newId, ...(codec && { codec }) });
      const writes = [KEY, 'app.Other'].map((key) => same.mergeData(key, notes({ x: key })));
      const results = await Promise.allSettled(writes);
      expect(results.filter(({ status }) => status === 'rejected')).not.toEqual([]);
      for (const result of results)
        if (result.status === 'rejected') expect(result.reason).toMatchObject(refused);
    }
    expect(cloud.files().length).toBeLessThanOrEqual(1);
  });

  it('of two devices that give the same one end in a typed error, not in a lost write', async () => {
    const { device } = cloudPlace();
    const newId = () => '01920000-0000-7000-8000-000000000001';
    const [a, b] = [device({ newId }), device({ newId })];
    await Promise.all([a.loadMetadata('app'), b.loadMetadata('app')]);
    await a.mergeData(KEY, notes({ x: '1' }));
    await expect(b.mergeData(KEY, notes({ y: '2' }))).rejects.toMatchObject({
      code: expect.stringMatching(/^(conflict|invalid-entity)$/),
    });
    expect(textsOf(await device().loadData(KEY))).toEqual({ x: '1' });
  });
});
