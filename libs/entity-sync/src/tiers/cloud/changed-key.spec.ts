import { gzipCodec, type VaultCodec } from '@chat-vault/core';
import {
  createKeyring,
  createRecoveryCode,
  sealedCodec,
  type VaultKey,
  VaultKeyring,
} from '@chat-vault/core/sealed';
import { v7 as uuidv7 } from 'uuid';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  cloudPlace,
  type CloudPlace,
  DAY,
  KEY,
  manyNotes,
  notes,
  textsOf,
} from '../../simulation/cloud-place.js';
import { memoryStore } from '../memory/memory-store.js';
import { type CloudTier } from './cloud-tier.js';

/** Keys of this many generations, the oldest first. */
async function sampleKeys(count: number): Promise<readonly VaultKey[]> {
  const keys: VaultKey[] = [];
  for (let generation = 0; generation < count; generation++) {
    const secret = { kind: 'recovery', code: createRecoveryCode() } as const;
    const { keys: made } = await createKeyring([secret], { newId: uuidv7 });
    keys.push({ ...(made[0] as VaultKey), generation });
  }
  return keys;
}

/** What a sync does for keys that are written otherwise. */
async function tidy(tier: CloudTier): Promise<readonly string[]> {
  await tier.loadMetadata('app');
  const keys = await tier.outdatedKeys('app');
  for (const key of keys) await tier.mergeData(key, {});
  return keys;
}

const pathsOf = ({ cloud }: CloudPlace) => cloud.files().map(({ path }) => path);

describe('when the key is changed', () => {
  let [first, second]: VaultKey[] = [];
  beforeAll(async () => {
    [first, second] = (await sampleKeys(2)) as VaultKey[];
  });
  const only = (...keys: (VaultKey | undefined)[]): VaultCodec =>
    sealedCodec({ keyring: new VaultKeyring(keys as VaultKey[]) });
  /** A device whose key is changed while it runs. */
  const changing = () => {
    const ring = new VaultKeyring([first as VaultKey]);
    return { codec: sealedCodec({ keyring: ring }), change: () => ring.add([second as VaultKey]) };
  };

  it('what the old one sealed is written anew in a newer generation that names it, and is needed no more', async () => {
    const place = cloudPlace();
    const { codec, change } = changing();
    const a = place.device({ codec });
    await a.mergeData(KEY, notes({ x: '1' }));
    await a.mergeData(KEY, notes({ y: '2' }, 1));
    await a.mergeData('app.Contact', notes({ z: '3' }, 2));
    expect(await tidy(a)).toEqual([]);
    const before = pathsOf(place);
    change();
    expect(await tidy(a)).toEqual(['app.Contact', KEY]);
    expect(pathsOf(place)).toEqual(expect.arrayContaining(before));
    const after = pathsOf(place).filter((path) => !before.includes(path));
    expect(after).toHaveLength(2);
    expect(after.find((path) => path.includes('~b3_'))).toBeDefined();
    for (const path of before) place.cloud.drop(path);
    const b = place.device({ codec: only(second) });
    expect(textsOf(await b.loadData(KEY))).toEqual({ x: '1', y: '2' });
    expect(textsOf(await b.loadData('app.Contact'))).toEqual({ z: '3' });
    expect(b.problems).toEqual([]);
  });

  it('is asked once: nothing is written or read again, also after a restart', async () => {
    const place = cloudPlace();
    const { codec, change } = changing();
    const cache = memoryStore();
    const a = place.device({ codec, cache });
    await a.mergeData(KEY, notes({ x: '1' }));
    await a.loadMetadata('app');
    change();
    const again = place.device({ codec, cache });
    place.traffic();
    await again.loadMetadata('app');
    expect(await again.outdatedKeys('app')).toEqual([KEY]);
    expect(place.traffic()).toMatchObject({ list: 1, read: 0 });
    await again.mergeData(KEY, {});
    expect(place.traffic()).toMatchObject({ create: 1 });
    expect(await tidy(again)).toEqual([]);
    expect(await tidy(place.device({ codec, cache }))).toEqual([]);
    expect(place.traffic()).toMatchObject({ list: 2, read: 0, create: 0 });
  });

  it('one device is enough, and what a device without the new one adds is written anew again', async () => {
    const place = cloudPlace();
    const [a, late] = [place.device({ codec: only(first) }), place.device({ codec: only(first) })];
    await a.mergeData(KEY, manyNotes(1200, { size: 500 }));
    await late.loadMetadata('app');
    const [b, c] = [0, 1].map(() => place.device({ codec: only(first, second) }));
    expect(await tidy(b as CloudTier)).toEqual([KEY]);
    expect(await tidy(c as CloudTier)).toEqual([]);
    const files = pathsOf(place).length;
    await late.mergeData(KEY, notes({ late: 'old key' }, 5));
    expect(await tidy(c as CloudTier)).toEqual([KEY]);
    // The change, and of the parts only the one that it touches.
    expect(pathsOf(place)).toHaveLength(files + 2);
    const fresh = place.device({ codec: only(second) });
    expect(textsOf(await fresh.loadData(KEY))).toMatchObject({ late: 'old key' });
    expect(Object.keys(textsOf(await fresh.loadData(KEY)))).toHaveLength(1201);
  });

  it('what it replaced is removed after the time of grace, without another write to the key', async () => {
    const place = cloudPlace();
    const { codec, change } = changing();
    const a = place.device({ codec });
    await a.mergeData(KEY, notes({ x: '1' }));
    const before = pathsOf(place);
    change();
    await tidy(a);
    place.clock.ms += 6 * DAY;
    await a.mergeData('app.Other', notes({ y: '1' }));
    expect(await tidy(a)).toEqual([]);
    place.clock.ms += 2 * DAY;
    await a.mergeData('app.Other', notes({ y: '2' }, 1));
    expect(await tidy(a)).toEqual([KEY]);
    for (const path of before) expect(place.cloud.peek(path)).toBeUndefined();
    expect(await tidy(a)).toEqual([]);
    const fresh = place.device({ codec: only(second) });
    expect(textsOf(await fresh.loadData(KEY))).toEqual({ x: '1' });
    expect(fresh.problems).toEqual([]);
  });

  it('to turn encryption on or off does the same', async () => {
    const place = cloudPlace();
    const plain = gzipCodec();
    await place.device().mergeData(KEY, notes({ x: '1' }));
    const on = place.device({ codec: only(first), alsoReads: [plain] });
    expect(await tidy(on)).toEqual([KEY]);
    expect(await tidy(on)).toEqual([]);
    expect(textsOf(await place.device({ codec: only(first) }).loadData(KEY))).toEqual({ x: '1' });
    const off = place.device({ codec: plain, alsoReads: [only(first, second)] });
    expect(await tidy(off)).toEqual([KEY]);
    expect(await tidy(off)).toEqual([]);
    for (const path of pathsOf(place).filter((one) => one.endsWith('.enc'))) place.cloud.drop(path);
    expect(textsOf(await place.device().loadData(KEY))).toEqual({ x: '1' });
  });
});
