import { FormatError, gzipCodec, type VaultCodec } from '@chat-vault/core';
import {
  createKeyring,
  createRecoveryCode,
  sealedCodec,
  type VaultKey,
  VaultKeyring,
} from '@chat-vault/core/sealed';
import { v7 as uuidv7 } from 'uuid';
import { beforeAll, describe, expect, it } from 'vitest';
import { cloudPlace, KEY, manyNotes, notes, textsOf } from '../../simulation/cloud-place.js';

/** A new vault key. */
async function sampleKeys(): Promise<readonly VaultKey[]> {
  const secret = { kind: 'recovery', code: createRecoveryCode() } as const;
  return (await createKeyring([secret], { newId: uuidv7 })).keys;
}

describe('with a sealed codec', () => {
  let ring: VaultKeyring;
  let codec: VaultCodec;
  beforeAll(async () => {
    ring = new VaultKeyring(await sampleKeys());
    codec = sealedCodec({ keyring: ring });
  });

  const SECRETS = ['very private', 'Note', 'app', 'Contact', 'n-secret-id', 'lorem'];

  it('writes nothing readable into bytes or names, not even the keys', async () => {
    const { device, cloud } = cloudPlace();
    const a = device({ codec });
    await a.mergeData('app.Contact', notes({ 'n-secret-id': 'very private' }));
    await a.mergeData(KEY, manyNotes(900, { size: 400 }));
    for (let ms = 1; ms < 12; ms++) await a.mergeData(KEY, notes({ x: `very private ${ms}` }, ms));
    expect(cloud.files().length).toBeGreaterThan(10);
    for (const { path } of cloud.files()) {
      const text = path + Buffer.from(cloud.peek(path) as Uint8Array).toString('latin1');
      for (const secret of SECRETS) expect(text.includes(secret), secret).toBe(false);
    }
    const b = device({ codec });
    expect(Object.keys((await b.loadMetadata('app')).entityKeys).sort()).toEqual([
      'app.Contact',
      KEY,
    ]);
    expect(textsOf(await b.loadData(KEY))).toMatchObject({ x: 'very private 11' });
    expect((await b.verify()).problems).toEqual([]);
  });

  it('unites a key to which two devices gave names at once', async () => {
    const { device, cloud } = cloudPlace();
    const [a, b] = [device({ codec }), device({ codec })];
    await Promise.all([a.loadMetadata('app'), b.loadMetadata('app')]);
    await a.mergeData(KEY, notes({ x: '1' }));
    await b.mergeData(KEY, notes({ y: '2' }, 1));
    await a.loadMetadata('app');
    await a.mergeData(KEY, notes({ z: '3' }, 2));
    await b.loadMetadata('app');
    await b.mergeData(KEY, manyNotes(700, { ms: 5 }));
    expect(new Set(cloud.files().map(({ path }) => path.split('~')[0])).size).toBe(2);
    expect(textsOf(await device({ codec }).loadData(KEY))).toMatchObject({
      x: '1',
      y: '2',
      z: '3',
    });
  });

  it('refuses a genuine file under another name', async () => {
    const { device, cloud } = cloudPlace();
    const a = device({ codec });
    await a.mergeData(KEY, notes({ x: 'old' }));
    await a.mergeData('app.Other', notes({ x: 'other' }));
    const [one, two] = cloud.files();
    cloud.poke(two?.path ?? '', cloud.peek(one?.path ?? '') as Uint8Array);
    const renamed = (one?.path ?? '').replace('~b1_', '~b9_');
    cloud.poke(renamed, cloud.peek(one?.path ?? '') as Uint8Array);
    const b = device({ codec });
    await b.loadMetadata('app');
    expect(b.problems.map(({ path }) => path).sort()).toEqual([two?.path, renamed].sort());
    for (const { reason } of b.problems) expect(reason).toContain('not-authentic');
  });

  it('does not use plain files, and a plain copy hides no sealed one', async () => {
    const { device, cloud } = cloudPlace();
    const a = device({ codec });
    await a.mergeData(KEY, notes({ x: 'genuine' }));
    const path = cloud.files()[0]?.path ?? '';
    const forged = await gzipCodec().encode(
      {
        version: 1,
        kind: 'entities',
        key: KEY,
        data: {
          Note: {
            x: { id: 'x', text: 'forged', updatedAt: { $date: '2090-01-01T00:00:00.000Z' } },
          },
        },
        merged: {},
        after: {},
      },
      { kind: 'entities' },
    );
    cloud.poke(path.replace('.json.gz.enc', '.json.gz'), forged);
    cloud.poke(`base/entities/${KEY}~b9_01920000-0000-7000-8000-0000000000ff.json.gz`, forged);
    const b = device({ codec });
    expect(textsOf(await b.loadData(KEY))).toEqual({ x: 'genuine' });
    expect(b.problems).toMatchObject([{ reason: expect.stringContaining('unsealed') }]);
  });

  it('hands on that it is locked, and goes on when it is not', async () => {
    const { device } = cloudPlace();
    await device({ codec }).mergeData(KEY, notes({ x: '1' }));
    const empty = new VaultKeyring();
    const b = device({ codec: sealedCodec({ keyring: empty }) });
    await expect(b.loadMetadata('app')).rejects.toMatchObject({ code: 'locked' });
    await expect(b.mergeData(KEY, notes({ y: '1' }))).rejects.toBeInstanceOf(FormatError);
    empty.add(ring.keys);
    expect(textsOf(await b.loadData(KEY))).toEqual({ x: '1' });
  });

  it('uses a file at once when its key comes', async () => {
    const { device } = cloudPlace();
    await device({ codec }).mergeData(KEY, notes({ x: '1' }));
    const [other] = await sampleKeys();
    const late = new VaultKeyring([other as VaultKey]);
    const b = device({ codec: sealedCodec({ keyring: late }) });
    for (let time = 0; time < 5; time++) await b.loadMetadata('app');
    expect(b.problems).toMatchObject([{ reason: expect.stringContaining('unknown-key') }]);
    late.add(ring.keys);
    await b.loadMetadata('app');
    expect(textsOf(await b.loadData(KEY))).toEqual({ x: '1' });
  });
});
