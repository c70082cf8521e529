import { describe, expect, it } from 'vitest';
import { type Contact, PlainPersistence, settle, TestWorld } from '../simulation/test-world.js';
import { EntityKeyYearStrategy } from '../strategy/date-strategies.js';

/** A tier with what a device saved. */
const filled = async (...names: string[]) => {
  const tier = new PlainPersistence();
  const device = await new TestWorld().device({ local: tier });
  for (const name of names) device.repo<Contact>('Contact').save({ id: name, name });
  await device.flush();
  tier.takeCalls();
  return tier;
};

describe('a device that was not synced with a cloud yet', () => {
  it('fetches a key that it lacks from the cloud, once, and keeps it', async () => {
    const [cloud, local] = [await filled('a', 'b'), new PlainPersistence()];
    const device = await new TestWorld().device({ cloud, local });
    const repo = device.repo<Contact>('Contact');
    const both = await Promise.all([repo.get('a'), repo.get('a'), repo.get('b'), repo.get('none')]);
    expect(both.map((contact) => contact?.name)).toEqual(['a', 'a', 'b', undefined]);
    expect(await repo.getAll()).toHaveLength(2);
    expect(cloud.takeCalls()).toEqual(['load app.global']);
    await device.flush();
    expect(local.blobs.get('app.global')).toMatchObject({ Contact: { a: { name: 'a' } } });
  });

  it('finds for a query what only the cloud has', async () => {
    const cloud = await filled('a');
    const device = await new TestWorld().device({ cloud });
    const repo = device.repo<Contact>('Contact');
    expect(await repo.getAll()).toHaveLength(1);
    expect(await device.repo('Other').getAll()).toEqual([]);
    expect(cloud.takeCalls()).toEqual(['load app.metadata', 'load app.global']);
  });

  it('asks no cloud for a query that the device can answer', async () => {
    const [cloud, local] = [await filled('a', 'b'), await filled('a')];
    const device = await new TestWorld().device({ cloud, local });
    expect(await device.repo<Contact>('Contact').getAll()).toHaveLength(1);
    expect(cloud.takeCalls()).toEqual([]);
  });

  it('fetches only the keys that the filter of a query names', async () => {
    const cloud = new PlainPersistence();
    const strategy = new EntityKeyYearStrategy();
    const writer = await new TestWorld().device({ local: cloud, strategy });
    for (const year of [2022, 2023, 2024])
      writer
        .repo<Contact>('Contact')
        .save({ name: `${year}`, createdAt: new Date(Date.UTC(year, 5)) });
    await writer.flush();
    cloud.takeCalls();
    const device = await new TestWorld().device({ cloud, strategy });
    expect(await device.repo<Contact>('Contact').getAll({ years: [2023] })).toHaveLength(1);
    expect(cloud.takeCalls()).toEqual(['load app.metadata', 'load app.Contact.2023']);
  });

  it('gives observers what is here at once, and what the cloud has when it comes', async () => {
    const cloud = await filled('a');
    const device = await new TestWorld().device({ cloud });
    const seen: unknown[] = [];
    const repo = device.repo<Contact>('Contact');
    repo.observe('a').subscribe((contact) => seen.push(contact?.name ?? null));
    repo.observeAll().subscribe((list) => seen.push(list.length));
    expect(seen).toEqual([null, 0]);
    await settle();
    expect(seen.slice(2).sort()).toEqual([1, 'a']);
  });

  it('says what is known when the cloud fails, shows the error, and asks again later', async () => {
    const cloud = await filled('a');
    const device = await new TestWorld().device({ cloud });
    const repo = device.repo<Contact>('Contact');
    cloud.before = () => {
      throw new Error('offline');
    };
    expect(await repo.get('a')).toBeNull();
    expect(await repo.getAll()).toEqual([]);
    expect(String(device.states()[0]?.error)).toContain('offline');
    cloud.before = () => undefined;
    expect(await repo.get('a')).toMatchObject({ name: 'a' });
  });

  it('asks no cloud without a network', async () => {
    const world = new TestWorld();
    world.isOnline = false;
    const cloud = await filled('a');
    const device = await world.device({ cloud });
    expect(await device.repo('Contact').get('a')).toBeNull();
    expect(cloud.takeCalls()).toEqual([]);
  });
});

describe('a device whose storage could not be read at the start', () => {
  it('begins all the same, fetches what is asked for, and joins the rest later', async () => {
    const local = await filled('a', 'b');
    let isBroken = true;
    local.before = ({ operation }) => {
      if (isBroken && operation === 'load') throw new Error('blocked');
    };
    const device = await new TestWorld().device({ local });
    const repo = device.repo<Contact>('Contact');
    expect(device.isDirty()).toBe(true);
    expect(String(device.states()[0]?.error)).toContain('blocked');
    repo.save({ id: 'a', name: 'new' });
    isBroken = false;
    expect(await repo.get('b')).toMatchObject({ name: 'b' });
    expect(await repo.getAll()).toHaveLength(2);
    await device.flush();
    expect(local.blobs.get('app.global')).toMatchObject({
      Contact: { a: { name: 'new' }, b: { name: 'b' } },
    });
  });

  it('saves to the cloud what the device cannot take, and to the device when it can', async () => {
    const [local, cloud] = [new PlainPersistence(), new PlainPersistence()];
    let isBroken = true;
    local.before = () => {
      if (isBroken) throw new Error('blocked');
    };
    const world = new TestWorld();
    const device = await world.device({ local, cloud });
    device.repo<Contact>('Contact').save({ id: 'a', name: 'Ada' });
    expect(device.states()).toMatchObject([{ isDirty: true }, { isDirty: true }]);
    await expect(device.syncNow()).rejects.toThrow('blocked');
    expect(cloud.blobs.get('app.global')).toMatchObject({ Contact: { a: { name: 'Ada' } } });
    isBroken = false;
    await device.syncNow();
    expect(local.blobs.get('app.global')).toEqual(cloud.blobs.get('app.global'));
    expect(device.states()).toMatchObject([{ error: null }, { error: null }]);
    device.repo<Contact>('Contact').save({ id: 'b', name: 'Bob' });
    cloud.takeCalls();
    await device.flush();
    expect(cloud.takeCalls()).toEqual([]);
  });
});
