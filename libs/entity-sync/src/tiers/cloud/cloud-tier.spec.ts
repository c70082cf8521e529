import { gzipCodec, jsonCodec } from '@chat-vault/core';
import { describe, expect, it } from 'vitest';
import { describeData } from '../../metadata/describe-data.js';
import { mergeEntityKeyData } from '../../merge/merge-entity-key-data.js';
import { type EntityKeyData } from '../../model/entity-key-data.js';
import {
  cloudPlace,
  DAY,
  KEY,
  manyNotes,
  notes,
  START,
  textsOf,
} from '../../simulation/cloud-place.js';
import { memoryStore } from '../memory/memory-store.js';

const deletion = (id: string, ms: number): EntityKeyData => ({
  deleted: { Note: { [id]: new Date(START + ms).toISOString() } },
});

describe('cloudTier', () => {
  it('keeps what two devices write at once', async () => {
    const { device } = cloudPlace();
    const [a, b] = [device(), device()];
    await Promise.all([a.loadMetadata('app'), b.loadMetadata('app')]);
    await Promise.all([
      a.mergeData(KEY, notes({ x: 'of a', both: 'older' })),
      b.mergeData(KEY, notes({ y: 'of b', both: 'newer' }, 5)),
    ]);
    for (const tier of [a, b, device()]) {
      await tier.loadMetadata('app');
      expect(textsOf(await tier.loadData(KEY))).toEqual({ x: 'of a', y: 'of b', both: 'newer' });
    }
  });

  it('gives the same metadata as the data on every device', async () => {
    const { device } = cloudPlace();
    const a = device();
    await a.mergeData(KEY, notes({ x: '1' }));
    await a.mergeData('app.Other', mergeEntityKeyData(notes({ z: '1' }), deletion('gone', 3)));
    await a.mergeData('other.Note', notes({ q: '1' }));
    for (const tier of [a, device()]) {
      const { entityKeys, updatedAt } = await tier.loadMetadata('app');
      expect(Object.keys(entityKeys).sort()).toEqual([KEY, 'app.Other']);
      for (const key of [KEY, 'app.Other'])
        expect(entityKeys[key]).toEqual(describeData((await tier.loadData(key)) as EntityKeyData));
      expect(updatedAt).toBe(new Date(START + 3).toISOString());
      expect(entityKeys['app.Other']?.entities).toEqual({ Note: { count: 1, deletedCount: 1 } });
    }
  });

  it('asks for one listing when nothing changed, and never reads a file again', async () => {
    const { device, traffic } = cloudPlace();
    const a = device();
    await a.mergeData(KEY, notes({ x: '1' }));
    const b = device();
    await b.loadMetadata('app');
    traffic();
    for (const tier of [a, b]) {
      await tier.loadMetadata('app');
      expect(await tier.mergeData(KEY, notes({ x: '1' }))).toEqual(await tier.loadData(KEY));
      expect(traffic()).toEqual({ list: 1, read: 0, create: 0, remove: 0, sent: 0, received: 0 });
    }
    await b.mergeData(KEY, notes({ y: '2' }, 1));
    await b.loadMetadata('app');
    traffic();
    await a.loadMetadata('app');
    expect(traffic()).toMatchObject({ list: 1, read: 1, create: 0 });
  });

  it('writes one small file for one changed entity of many', async () => {
    const { device, traffic } = cloudPlace();
    const a = device();
    await a.mergeData(KEY, manyNotes(1000));
    const first = traffic();
    expect(first).toMatchObject({ list: 1, read: 0, create: 1 });
    await a.mergeData(KEY, notes({ n7: 'changed' }, 1));
    const second = traffic();
    expect(second).toMatchObject({ list: 0, read: 0, create: 1 });
    expect(second.sent).toBeLessThan(400);
  });

  it('puts changes together, and a new device reads few files whatever was written before', async () => {
    const { device, cloud, traffic } = cloudPlace();
    const a = device();
    let texts: Record<string, string> = { first: '0' };
    await a.mergeData(KEY, notes(texts));
    for (let ms = 1; ms <= 200; ms++) {
      await a.loadMetadata('app');
      const change = { [`n${ms % 17}`]: 'x'.repeat(ms * 20), last: `${ms}` };
      texts = { ...texts, ...change };
      await a.mergeData(KEY, notes(change, ms));
    }
    expect(cloud.files().length).toBeGreaterThan(200);
    traffic();
    const b = device();
    await b.loadMetadata('app');
    expect(traffic().read).toBeLessThanOrEqual(12);
    expect(textsOf(await b.loadData(KEY))).toEqual(textsOf(notes(texts)));
    expect((await b.verify()).problems).toEqual([]);
  });

  it(
    'keeps a large key in parts and writes only those anew that changed',
    { timeout: 30_000 },
    async () => {
      const { device, cloud, traffic } = cloudPlace();
      const a = device();
      await a.mergeData(KEY, manyNotes(8000, { size: 300 }));
      const parts = cloud.files().length;
      expect(parts).toBe(16);
      const whole = traffic();
      const changes = Object.fromEntries(
        Array.from({ length: 3 }, (_, at) => [`n${at}`, 'y'.repeat(90_000)]),
      );
      await a.mergeData(KEY, notes(changes, 1));
      const folded = traffic();
      expect(folded.create).toBeLessThanOrEqual(3);
      expect(folded.sent).toBeLessThan(whole.sent / 3);
      const b = device();
      await b.loadMetadata('app');
      expect(traffic()).toMatchObject({ list: 1, read: parts });
      expect(await b.loadData(KEY)).toEqual(await a.loadData(KEY));
      expect(textsOf(await b.loadData(KEY))).toMatchObject(changes);
    },
  );

  it('splits a part that grew, and needs the old one until both halves are there', async () => {
    const { device, cloud } = cloudPlace();
    const a = device();
    await a.mergeData(KEY, manyNotes(800, { size: 200 }));
    expect(cloud.files()).toHaveLength(1);
    await a.mergeData(KEY, manyNotes(1500, { ms: 1, size: 220 }));
    const halves = cloud.files().slice(1);
    expect(cloud.files()).toHaveLength(3);
    const half = halves[0]?.path ?? '';
    const bytes = cloud.peek(half) as Uint8Array;
    cloud.drop(half);
    const b = device();
    const partly = textsOf(await b.loadData(KEY));
    expect(Object.keys(partly).length).toBeGreaterThan(800);
    expect(Object.keys(partly).length).toBeLessThan(1500);
    for (let at = 0; at < 800; at++) expect(partly).toHaveProperty(`n${at}`);
    cloud.poke(half, bytes);
    await b.loadMetadata('app');
    expect(Object.keys(textsOf(await b.loadData(KEY)))).toHaveLength(1500);
  });

  it('keeps a deletion over older versions that come later', async () => {
    const { device } = cloudPlace();
    const [a, b] = [device(), device()];
    await a.mergeData(KEY, deletion('x', 10));
    await b.mergeData(KEY, notes({ x: 'old' }, 5));
    await a.loadMetadata('app');
    expect(await a.loadData(KEY)).toEqual(deletion('x', 10));
    expect(textsOf(await b.mergeData(KEY, notes({ x: 'again' }, 11)))).toEqual({ x: 'again' });
  });

  it('neither changes what it is given nor hands out what it keeps', async () => {
    const { device } = cloudPlace();
    const a = device();
    const given = notes({ x: '1' });
    const copy = structuredClone(given);
    const got = await a.mergeData(KEY, given);
    expect(given).toEqual(copy);
    (given as unknown as { Note: { x: { text: string } } }).Note.x.text = 'changed by its owner';
    for (const data of [got, await a.loadData(KEY)])
      (data as unknown as { Note: { x: { text: string } } }).Note.x.text = 'changed by a reader';
    expect(textsOf(await a.loadData(KEY))).toEqual({ x: '1' });
    expect(textsOf(await device().loadData(KEY))).toEqual({ x: '1' });
  });

  it('has nothing under a key that nobody wrote, and refuses what are no entities', async () => {
    const { device, cloud } = cloudPlace();
    const a = device();
    expect(await a.loadData(KEY)).toBeNull();
    expect((await a.loadMetadata('app')).entityKeys).toEqual({});
    for (const bad of [null, [], 'text', { Note: 1 }, { Note: { x: { f: () => 1 } } }])
      await expect(a.storeData(KEY, bad)).rejects.toMatchObject({ code: 'invalid-entity' });
    for (const bad of ['', '\ud800', 'x'.repeat(2000)])
      await expect(a.storeData(bad, notes({ x: '1' }))).rejects.toMatchObject({
        code: 'invalid-entity',
      });
    await expect(a.clearData(KEY)).rejects.toMatchObject({ code: 'invalid-entity' });
    await a.mergeData(KEY, {});
    expect(cloud.files()).toEqual([]);
  });

  it('keeps keys of any text apart, also those that do not fit into a name', async () => {
    const { device, cloud } = cloudPlace();
    const keys = [
      'app.a',
      'app.A',
      'app.__proto__',
      'app.ä/~b',
      `app.${'ü'.repeat(500)}`,
      'app.con',
    ];
    const a = device();
    for (const key of keys) await a.mergeData(key, notes({ id: key }));
    for (const { path } of cloud.files()) expect(path).toMatch(/^base\/entities\/[\w.=~-]{1,220}$/);
    const b = device();
    expect(Object.keys((await b.loadMetadata('app')).entityKeys).sort()).toEqual([...keys].sort());
    for (const key of keys) expect(textsOf(await b.loadData(key))).toEqual({ id: key });
  });

  it('leaves files of others alone, and reads what only lies twice', async () => {
    const { device, cloud, traffic } = cloudPlace();
    await device().mergeData(KEY, notes({ x: '1' }));
    const [file] = cloud.files();
    for (const name of ['desktop.ini', `${file?.path.slice(14)} (1)`, 'x~b1_1.json'])
      cloud.poke(`base/entities/${name}`, new Uint8Array([1]));
    traffic();
    const b = device();
    await b.loadMetadata('app');
    expect(traffic()).toMatchObject({ list: 1, read: 1 });
    expect(b.problems).toEqual([]);
    expect((await b.verify()).checked).toBe(1);
  });

  it('reads nothing again after a restart when it has a cache', async () => {
    const { device, traffic, cloud } = cloudPlace();
    const cache = memoryStore();
    const a = device({ cache });
    await a.mergeData(KEY, manyNotes(50));
    await a.mergeData(KEY, notes({ n3: 'changed' }, 1));
    await device().mergeData('app.Other', notes({ z: 'z' }));
    const before = await a.loadMetadata('app');
    traffic();
    const restarted = device({ cache });
    expect(await restarted.loadMetadata('app')).toEqual(before);
    expect(textsOf(await restarted.loadData(KEY))).toMatchObject({
      n3: 'changed',
      n4: '4 '.padEnd(100, 'lorem ipsum '),
    });
    await restarted.mergeData(KEY, notes({ n3: 'again' }, 2));
    expect(traffic()).toMatchObject({ list: 1, read: 0, create: 1 });
    // A cache that was lost in part, or that holds nonsense, costs reading and nothing else.
    const files = cloud
      .files()
      .map(({ path }) => path.slice('base/entities/'.length, -'.json.gz'.length));
    for (const bad of [null, { version: 1, files: [{}], keys: {} }, 'text', { Note: 1 }])
      for (const name of ['index', ...files]) {
        const key = `cloud~memory~base~${name}`;
        const was = await cache.loadData(key);
        await (bad === null ? cache.clearData(key) : cache.storeData(key, bad));
        const tier = device({ cache });
        expect(textsOf(await tier.loadData(KEY))).toMatchObject({ n3: 'again' });
        await cache.storeData(key, was);
      }
  });

  it('removes what was replaced when the time of grace is over by the server, and nothing before', async () => {
    const { device, cloud, clock } = cloudPlace();
    const a = device();
    await a.mergeData(KEY, manyNotes(100));
    for (let ms = 1; ms <= 9; ms++) await a.mergeData(KEY, notes({ x: `${ms}` }, ms));
    await a.loadMetadata('app');
    expect(cloud.files()).toHaveLength(10);
    clock.ms += 6 * DAY;
    await a.mergeData(KEY, notes({ x: 'six' }, 20));
    await a.loadMetadata('app');
    await a.mergeData(KEY, notes({ x: 'six again' }, 21));
    expect(cloud.files()).toHaveLength(12);
    clock.ms += 2 * DAY;
    await a.mergeData(KEY, notes({ x: 'eight' }, 30));
    expect(cloud.files()).toHaveLength(13); // no listing shows a file of this time yet
    await a.loadMetadata('app');
    await a.mergeData(KEY, notes({ x: 'eight again' }, 31));
    expect(cloud.files()).toHaveLength(6);
    const b = device();
    expect(textsOf(await b.loadData(KEY))).toMatchObject({
      x: 'eight again',
      n1: '1 '.padEnd(100, 'lorem ipsum '),
    });
    expect((await b.verify()).problems).toEqual([]);
  });

  it('removes nothing because of our clock alone, or of one file from the future', async () => {
    const place = cloudPlace();
    const { device, cloud, clock } = place;
    const ours = { ms: START + 400 * DAY };
    const ahead = device({ now: () => ours.ms });
    await ahead.mergeData(KEY, manyNotes(10));
    for (let ms = 1; ms <= 9; ms++) await ahead.mergeData(KEY, notes({ x: `${ms}` }, ms));
    await ahead.loadMetadata('app');
    await ahead.mergeData(KEY, notes({ x: 'more' }, 20));
    expect(cloud.files()).toHaveLength(11);
    const a = device();
    clock.ms += 400 * DAY;
    cloud.poke('base/entities/from-the-future', new Uint8Array(1));
    await device({ now: () => START }).mergeData(KEY, notes({ x: 'past' }, 21));
    clock.ms = START;
    await a.loadMetadata('app');
    await a.mergeData(KEY, notes({ x: 'now' }, 22));
    expect(cloud.files('base/entities').length).toBeGreaterThanOrEqual(13);
  });

  it.each<[string, (bytes: Uint8Array) => Uint8Array]>([
    ['cannot be read back', (bytes) => bytes.map((byte) => byte ^ 0xff)],
    [
      'is another file by now, of the same name and size',
      (bytes) =>
        new TextEncoder().encode(
          new TextDecoder().decode(bytes).replace('"text":"9"', '"text":"0"'),
        ),
    ],
  ])('removes nothing when what replaced it %s', async (_title, change) => {
    const { device, cloud, clock } = cloudPlace();
    const a = device({ codec: jsonCodec() });
    await a.mergeData(KEY, manyNotes(100));
    for (let ms = 1; ms <= 9; ms++) await a.mergeData(KEY, notes({ x: `${ms}` }, ms));
    const merged = cloud.files().find(({ path }) => path.includes('~m'))?.path ?? '';
    const bytes = cloud.peek(merged) as Uint8Array;
    expect(change(bytes)).not.toEqual(bytes);
    expect(change(bytes)).toHaveLength(bytes.length);
    cloud.poke(merged, change(bytes));
    clock.ms += 8 * DAY;
    await device({ codec: jsonCodec() }).mergeData('app.Other', notes({ x: 'newer file' }));
    await a.loadMetadata('app');
    await a.mergeData(KEY, notes({ x: 'last' }, 30));
    expect(cloud.files()).toHaveLength(12);
    expect(textsOf(await device({ codec: jsonCodec() }).loadData(KEY))).toMatchObject({
      x: 'last',
      n1: expect.any(String),
    });
  });

  it('reads what was written with another codec only when told so, and writes it anew', async () => {
    const { device, cloud, clock } = cloudPlace();
    await device({ codec: jsonCodec() }).mergeData(KEY, notes({ x: 'readable' }));
    const strict = device();
    expect(await strict.loadData(KEY)).toBeNull();
    expect(strict.problems).toMatchObject([
      { kind: 'damaged', reason: expect.stringContaining('unsealed') },
    ]);
    const both = device({ alsoReads: [jsonCodec()] });
    expect(textsOf(await both.loadData(KEY))).toEqual({ x: 'readable' });
    await both.mergeData(KEY, {});
    expect(textsOf(await device({ codec: gzipCodec() }).loadData(KEY))).toEqual({ x: 'readable' });
    clock.ms += 8 * DAY;
    await both.mergeData('app.Other', notes({ x: '1' }));
    await both.loadMetadata('app');
    await both.mergeData(KEY, notes({ x: 'later' }, 3));
    expect(cloud.files().filter(({ path }) => path.endsWith('.json'))).toEqual([]);
  });
});
