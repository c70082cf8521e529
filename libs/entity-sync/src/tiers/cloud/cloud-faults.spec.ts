import { gzipCodec, jsonCodec } from '@chat-vault/core';
import { CloudError } from '@chat-vault/cloud-storage';
import { type CloudFaults, faultyCloud, seededRandom } from '@chat-vault/cloud-storage/testing';
import { describe, expect, it } from 'vitest';
import { mergeEntityKeyData } from '../../merge/merge-entity-key-data.js';
import { type EntityKeyData } from '../../model/entity-key-data.js';
import { canonicalText } from '../../model/canonical-text.js';
import {
  cloudPlace,
  DAY,
  KEY,
  manyNotes,
  notes,
  START,
  textsOf,
} from '../../simulation/cloud-place.js';
import { type CloudTier } from './cloud-tier.js';

const flipped = (bytes: Uint8Array | undefined): Uint8Array =>
  (bytes ?? new Uint8Array()).map((byte, at) => (at === 30 ? byte ^ 0x55 : byte));

describe('a cloud tier that stops', () => {
  /** Enough to make bases in parts, changes, a bundle, splitting and removal. */
  const steps: readonly EntityKeyData[] = [
    manyNotes(30, { size: 8000 }),
    ...Array.from({ length: 10 }, (_, at) => notes({ [`s${at}`]: 'x'.repeat(50) }, at + 1)),
    manyNotes(30, { ms: 20, size: 16_000 }),
    notes({ last: 'one' }, 30),
  ];

  it.each([false, true])(
    'at any call, the reply being lost (%s), loses nothing it acknowledged',
    async (isLastReplyLost) => {
      let calls = Infinity;
      let stops = 0;
      for (let after = 0; after < calls; after++) {
        const { device, cloud, clock } = cloudPlace();
        const faulty = faultyCloud(cloud, { now: () => clock.ms });
        faulty.stopAfter(after, { isLastReplyLost });
        const tier = device({ over: faulty });
        let acknowledged: EntityKeyData = {};
        let isStopped = false;
        for (const step of steps) {
          try {
            await tier.loadMetadata('app');
            await tier.mergeData(KEY, step);
            acknowledged = mergeEntityKeyData(acknowledged, step);
          } catch (error) {
            expect(error).toBeInstanceOf(CloudError);
            isStopped = true;
          }
          clock.ms += DAY;
        }
        if (!isStopped) calls = after;
        else stops++;
        const fresh = device();
        const there = ((await fresh.loadData(KEY)) ?? {}) as EntityKeyData;
        expect(mergeEntityKeyData(there, acknowledged)).toEqual(there);
        expect(fresh.problems).toEqual([]);
        // The same device goes on, and what it could not say is said then.
        faulty.calm();
        await tier.loadMetadata('app');
        for (const step of steps) await tier.mergeData(KEY, step);
        expect(canonicalText(await device().loadData(KEY))).toBe(
          canonicalText(await tier.loadData(KEY)),
        );
        expect(textsOf(await tier.loadData(KEY))).toMatchObject({
          last: 'one',
          s9: 'x'.repeat(50),
        });
      }
      expect(stops).toBeGreaterThan(25);
    },
    120_000,
  );
});

describe('a damaged file', () => {
  it('is told and left alone, stops no other, and what it held is written again', async () => {
    const { device, cloud } = cloudPlace();
    const a = device();
    await a.mergeData(KEY, notes({ x: '1', y: '1' }));
    await a.mergeData(KEY, notes({ y: '2' }, 1));
    await a.mergeData('app.Other', notes({ z: '1' }));
    const damaged = cloud.files().find(({ path }) => path.includes('Note~b'))?.path ?? '';
    cloud.poke(damaged, flipped(cloud.peek(damaged)));
    const b = device();
    const { entityKeys } = await b.loadMetadata('app');
    expect(Object.keys(entityKeys)).toHaveLength(2);
    expect(textsOf(await b.loadData(KEY))).toEqual({ y: '2' });
    expect(b.problems).toMatchObject([{ kind: 'damaged', path: damaged }]);
    await b.mergeData(KEY, notes({ x: '1', y: '1' }));
    expect(textsOf(await device().loadData(KEY))).toEqual({ x: '1', y: '2' });
    expect(cloud.peek(damaged)).toBeDefined();
  });

  it('is read three times at most, and used when it is whole again by then', async () => {
    const { device, cloud, traffic } = cloudPlace();
    await device().mergeData(KEY, notes({ x: '1' }));
    const path = cloud.files()[0]?.path ?? '';
    const whole = cloud.peek(path) as Uint8Array;
    cloud.poke(path, flipped(whole));
    const [b, c] = [device(), device()];
    traffic();
    for (let time = 0; time < 6; time++) await b.loadMetadata('app');
    expect(traffic()).toMatchObject({ list: 6, read: 3 });
    await c.loadMetadata('app');
    cloud.poke(path, whole);
    await c.loadMetadata('app');
    expect(textsOf(await c.loadData(KEY))).toEqual({ x: '1' });
    expect(c.problems).toEqual([]);
  });

  it.each([
    ['of another kind', { kind: 'delta' }],
    ['of a newer version', { version: 2 }],
    ['of another key than its name', { key: 'app.Other' }],
    ['that names nothing well', { merged: { x: ['digest'] } }],
    ['that names parts which are none', { merged: { x: ['0'.repeat(32), '2'] } }],
    ['without data', { data: undefined }],
    ['whose entities are none', { data: { Note: { x: 1 } } }],
    ['whose list is none', { after: [] }],
  ])('%s is one too', async (_, change) => {
    const { device, cloud } = cloudPlace();
    const good = { version: 1, kind: 'entities', key: KEY, data: {}, merged: {}, after: {} };
    const write = async (json: unknown, id: string) =>
      cloud.poke(
        `base/entities/${KEY}~b1_01920000-0000-7000-8000-00000000000${id}.json.gz`,
        await gzipCodec().encode(json, { kind: 'entities' }),
      );
    await write(good, 'a');
    await write({ ...good, ...change }, 'b');
    const tier = device();
    await tier.loadMetadata('app');
    expect(tier.problems).toMatchObject([{ path: expect.stringContaining('b.json.gz') }]);
  });

  it('cannot replace itself, or what is newer than it', async () => {
    const { device, cloud } = cloudPlace();
    const stem = `${KEY}~c5_01920000-0000-7000-8000-00000000000a`;
    const merged = { [stem]: ['0'.repeat(32), ''] };
    for (const [name, id] of [
      [stem, 'x'],
      [stem.replace('c5', 'b4'), 'y'],
    ] as const) {
      const data = { Note: { [id]: { id } } };
      const json = { version: 1, kind: 'entities', key: KEY, data, merged, after: {} };
      const bytes = await gzipCodec().encode(json, { kind: 'entities' });
      cloud.poke(`base/entities/${name}.json.gz`, bytes);
    }
    expect(await device().loadData(KEY)).toEqual({ Note: { x: { id: 'x' }, y: { id: 'y' } } });
  });
});

describe('a file in whose place other bytes were put', () => {
  it('counts for what it holds now when its size tells, and what is lost is written again', async () => {
    const { device, cloud } = cloudPlace();
    const a = device();
    await a.mergeData(KEY, notes({ x: 'a long text that is not in the other file', y: '1' }));
    await a.mergeData(KEY, notes({ z: '1' }, 1));
    const path = cloud.files()[0]?.path ?? '';
    const other = cloudPlace();
    await other.device().mergeData(KEY, notes({ y: '2' }, 2));
    cloud.poke(path, other.cloud.peek(other.cloud.files()[0]?.path ?? '') as Uint8Array);
    await a.loadMetadata('app');
    expect(textsOf(await a.loadData(KEY))).toEqual({ y: '2', z: '1' });
    await a.mergeData(KEY, notes({ x: 'a long text that is not in the other file' }));
    expect(Object.keys(textsOf(await device().loadData(KEY)))).toEqual(['x', 'y', 'z']);
  });
});

describe('verify', () => {
  it('finds each file that is damaged, altered, or missing', async () => {
    const { device, cloud } = cloudPlace();
    const a = device();
    await a.mergeData(KEY, notes({ x: '1' }));
    await a.mergeData(KEY, notes({ y: '2' }, 1));
    await a.mergeData(KEY, notes({ z: '3' }, 2));
    const report = await a.verify();
    expect(report).toEqual({ checked: 3, problems: [] });
    const [base = '', middle = '', last = ''] = cloud
      .files()
      .map(({ path }) => path)
      .sort();
    const bytes = new Map(
      [base, middle, last].map((path) => [path, cloud.peek(path) as Uint8Array]),
    );
    const other = await gzipCodec().encode(
      { version: 1, kind: 'entities', key: KEY, data: {}, merged: {}, after: {} },
      { kind: 'entities' },
    );
    for (const path of [base, middle, last]) {
      cloud.poke(path, flipped(bytes.get(path)));
      expect((await device().verify()).problems).toMatchObject([{ kind: 'damaged', path }]);
      expect((await a.verify()).problems).toMatchObject([{ kind: 'damaged', path }]);
      cloud.poke(path, bytes.get(path) as Uint8Array);
    }
    for (const path of [base, middle]) {
      cloud.poke(path, other);
      expect((await device().verify()).problems).toMatchObject([{ kind: 'altered', path }]);
      cloud.drop(path);
      expect((await device().verify()).problems).toMatchObject([{ kind: 'missing' }]);
      cloud.poke(path, bytes.get(path) as Uint8Array);
    }
    expect((await device().verify()).problems).toEqual([]);
  });

  it('finds bytes of the same size that were put in the place of a file that was read', async () => {
    const { device, cloud } = cloudPlace();
    const a = device({ codec: jsonCodec() });
    await a.mergeData(KEY, notes({ x: 'before' }));
    const [first] = cloud.files();
    const other = cloudPlace();
    await other.device({ codec: jsonCodec() }).mergeData(KEY, notes({ x: 'after!' }));
    const planted = other.cloud.peek(other.cloud.files()[0]?.path ?? '') as Uint8Array;
    expect(planted.length).toBe(first?.size);
    cloud.poke(first?.path ?? '', planted);
    expect((await a.verify()).problems).toMatchObject([{ kind: 'altered', path: first?.path }]);
  });
});

describe('a listing', () => {
  it('that lags or is short makes nothing be read or written twice, and nothing be lost', async () => {
    const { device, cloud, clock } = cloudPlace();
    const faulty = faultyCloud(cloud, { now: () => clock.ms, faults: { lag: { listings: 3 } } });
    const a = device({ over: faulty });
    await a.mergeData(KEY, notes({ x: '1' }));
    for (let time = 0; time < 5; time++) {
      await a.loadMetadata('app');
      await a.mergeData(KEY, notes({ x: '1' }));
      expect(textsOf(await a.loadData(KEY))).toEqual({ x: '1' });
    }
    expect(cloud.files()).toHaveLength(1);
    const short = faultyCloud(cloud, { faults: { shortListing: { chance: 1, share: 1 } } });
    const b = device();
    await b.loadMetadata('app');
    const c = device({ over: short });
    await c.mergeData(KEY, notes({ y: '2' }, 1));
    expect(textsOf(await c.loadData(KEY))).toEqual({ y: '2' });
    expect(textsOf(await device().loadData(KEY))).toEqual({ x: '1', y: '2' });
  });

  it('that lacks a file which is gone makes it be written again by who has what it held', async () => {
    const { device, cloud } = cloudPlace();
    const a = device();
    await a.mergeData(KEY, notes({ x: '1' }));
    cloud.drop(cloud.files()[0]?.path ?? '');
    expect((await a.loadMetadata('app')).entityKeys).toEqual({});
    expect(await a.loadData(KEY)).toBeNull();
    await a.mergeData(KEY, notes({ x: '1' }));
    expect(textsOf(await device().loadData(KEY))).toEqual({ x: '1' });
  });

  it('that shows what another device removes meanwhile is asked for again', async () => {
    const { device, cloud } = cloudPlace();
    const a = device();
    await a.mergeData(KEY, notes({ x: '1' }));
    const faulty = faultyCloud(cloud);
    const stop = faulty.beforeCall(async ({ operation, path }) => {
      if (operation !== 'read') return;
      stop();
      await a.mergeData(KEY, manyNotes(900));
      cloud.drop(path);
    });
    const b = device({ over: faulty });
    expect(textsOf(await b.loadData(KEY))).toMatchObject({ x: '1', n1: expect.any(String) });
  });
});

describe('many devices over a bad network', () => {
  const FAULTS: readonly CloudFaults[] = [
    { offline: 0.1, lostReply: 0.1 },
    { tornUpload: 0.15, tornRead: 0.15 },
    { tornSuccess: 0.1, duplicate: 0.3 },
    { lag: { listings: 2 }, shortListing: { chance: 0.3, share: 0.5 } },
    {
      offline: 0.05,
      lostReply: 0.05,
      tornUpload: 0.05,
      tornRead: 0.05,
      tornSuccess: 0.05,
      duplicate: 0.1,
      lag: { listings: 1 },
    },
  ];

  it.each(FAULTS.flatMap((faults, index) => [1, 2].map((seed) => ({ faults, index, seed }))))(
    'agree in the end with all that any of them was told is there: faults $index, seed $seed',
    async ({ faults, seed }) => {
      const { device, cloud, clock } = cloudPlace();
      const shared = faultyCloud(cloud, { seed, faults, now: () => clock.ms });
      const random = seededRandom(seed);
      const pick = (count: number) => Math.floor(random() * count);
      const devices = [0, 1, 2].map(() => ({
        tier: device({ over: shared }),
        local: {} as EntityKeyData,
      }));
      for (let step = 1; step <= 80; step++) {
        const one = devices[pick(3)] as { tier: CloudTier; local: EntityKeyData };
        clock.ms += pick(10) === 0 ? 4 * DAY : 1000;
        const id = `n${pick(40)}`;
        const change: EntityKeyData =
          pick(5) === 0
            ? { deleted: { Note: { [id]: new Date(START + step).toISOString() } } }
            : notes({ [id]: 'x'.repeat(pick(12_000)) }, step);
        one.local = mergeEntityKeyData(one.local, change);
        if (pick(15) === 0) one.tier = device({ over: shared });
        try {
          await one.tier.loadMetadata('app');
          one.local = mergeEntityKeyData(one.local, await one.tier.mergeData(KEY, one.local));
        } catch (error) {
          expect(error).toBeInstanceOf(CloudError);
        }
      }
      shared.calm();
      let all: EntityKeyData = {};
      for (const { local } of devices) all = mergeEntityKeyData(all, local);
      for (let round = 0; round < 2; round++)
        for (const one of devices) {
          one.tier = round === 0 ? one.tier : device();
          await one.tier.loadMetadata('app');
          one.local = mergeEntityKeyData(one.local, await one.tier.mergeData(KEY, one.local));
        }
      const fresh = device();
      for (const { local } of devices) expect(canonicalText(local)).toBe(canonicalText(all));
      expect(canonicalText(await fresh.loadData(KEY))).toBe(canonicalText(all));
    },
    30_000,
  );
});
