import { faultyCloud } from '@chat-vault/cloud-storage/testing';
import { describe, expect, it } from 'vitest';
import { deltas } from '../testing/cloud-paths.js';
import { syncUntilQuiet } from '../testing/convergence.js';
import { sealingCodec } from '../testing/sealing-codec.js';
import { DAY, type Device, HOUR, World } from '../testing/world.js';
import { isSealedPath } from './gate.js';

/** Two devices that know the same plain vault. */
async function twoDevices(world: World): Promise<readonly [Device, Device]> {
  const [ann, bob] = [await world.device(), await world.device()];
  await ann.write(2, { prefix: 'ann' });
  await ann.sync();
  world.pass(HOUR);
  await bob.sync();
  return [ann, bob];
}

/** Does to the cloud what happens without showing it: what is there afterwards besides `work`'s own files is `hidden`. */
async function unseen(world: World, work: () => Promise<unknown>): Promise<() => void> {
  const before = new Set(world.cloud.files().map(({ path }) => path));
  await work();
  const added = world.cloud.files().filter(({ path }) => !before.has(path));
  const files = added.map(({ path }) => ({
    path,
    bytes: world.cloud.peek(path) ?? new Uint8Array(),
  }));
  for (const { path } of files) world.cloud.drop(path);
  return () => files.forEach(({ path, bytes }) => world.cloud.poke(path, bytes));
}

async function expectSame(world: World, devices: readonly Device[]): Promise<void> {
  await syncUntilQuiet(world, devices);
  const [first] = devices;
  const fresh = await world.device({ codec: first?.parts.codec });
  await fresh.sync();
  for (const device of [...devices, fresh]) await device.engine().restoreAll();
  for (const device of devices) expect(await device.content()).toEqual(await fresh.content());
  expect(await first?.engine().verify()).toMatchObject({ ok: true, unsealed: [] });
}

describe('a device that unlocks after another one turned encryption on', () => {
  it('keeps what it knew, reads nothing again, and writes nothing', async () => {
    const world = new World();
    const [ann, bob] = await twoDevices(world);
    const codec = sealingCodec('key', world.random);
    await ann.with({ codec }).engine().seal();
    const report = await bob.with({ codec }).sync();
    expect(report).toMatchObject({ filesWritten: 0, filesRead: 1, skipped: [] });
    await expectSame(world, [ann.with({ codec }), bob.with({ codec })]);
  });

  it.each(['listed already', 'not listed yet', 'gone'] as const)(
    'writes again what it had uploaded plain in between; its file is %s',
    async (how) => {
      const world = new World();
      const [ann, bob] = await twoDevices(world);
      const codec = sealingCodec('key', world.random);
      const show = await unseen(world, () => ann.with({ codec }).engine().seal());
      const [first] = await bob.write(2, { prefix: 'between' });
      if (first) await bob.storage.react(first, 'bob', '👍');
      await bob.storage.clearConversation('urn:chat:other');
      await bob.engine().backup();
      if (how === 'listed already') await bob.sync();
      const uploaded = deltas(world.cloud).at(-1) ?? '';
      show();
      if (how === 'gone') world.cloud.drop(uploaded);
      await bob.write(1, { prefix: 'pending' });
      await expect(bob.sync()).rejects.toMatchObject({ code: 'locked' });
      const unlocked = bob.with({ codec });
      await unlocked.sync();
      await expectSame(world, [ann.with({ codec }), unlocked]);
      expect(await ann.texts()).toHaveLength(5);
      world.pass(9 * DAY);
      await unlocked.sync();
      expect(world.cloud.peek(uploaded)).toBeUndefined();
    },
  );

  it('makes a delta again that was ready and not confirmed', async () => {
    const world = new World();
    const [ann, bob] = await twoDevices(world);
    const codec = sealingCodec('key', world.random);
    const show = await unseen(world, () => ann.with({ codec }).engine().seal());
    await bob.write(2, { prefix: 'ready' });
    const cloud = faultyCloud(world.cloud);
    cloud.beforeCall(({ operation }) => {
      if (operation === 'create') throw new Error('the process dies');
    });
    await expect(bob.engine(cloud).backup()).rejects.toThrow('dies');
    show();
    await bob.with({ codec }).engine().backup();
    expect(deltas(world.cloud).filter((path) => !isSealedPath(path))).toHaveLength(1);
    await expectSame(world, [ann.with({ codec }), bob.with({ codec })]);
    expect(await ann.texts()).toHaveLength(4);
  });

  it('says in a sealed catalog what a plain one said that only it had read', async () => {
    const world = new World();
    const [ann, bob] = await twoDevices(world);
    const codec = sealingCodec('key', world.random);
    const show = await unseen(world, () => ann.with({ codec }).engine().seal());
    for (let round = 0; round < 12; round++) {
      await bob.write(2, { prefix: `b${round}` });
      await bob.sync();
      world.pass(HOUR);
    }
    expect(deltas(world.cloud).length).toBeGreaterThan(10);
    show();
    await bob.with({ codec }).sync();
    await expectSame(world, [ann.with({ codec }), bob.with({ codec })]);
    expect(await ann.texts()).toHaveLength(26);
  });

  it('rescues what a third device, which never unlocks, wrote plain and it had read', async () => {
    const world = new World();
    const [ann, bob] = await twoDevices(world);
    const codec = sealingCodec('key', world.random);
    const carl = await world.device();
    const show = await unseen(world, () => ann.with({ codec }).engine().seal());
    await carl.write(2, { prefix: 'carl' });
    await carl.sync();
    await bob.sync();
    await carl.write(1, { prefix: 'unread' });
    await carl.sync();
    show();
    await bob.with({ codec }).sync();
    await syncUntilQuiet(world, [ann.with({ codec }), bob.with({ codec })]);
    expect(await ann.texts()).toHaveLength(4);
    await expect(carl.sync()).rejects.toMatchObject({ code: 'locked' });
    await carl.with({ codec }).sync();
    await expectSame(world, [ann.with({ codec }), bob.with({ codec }), carl.with({ codec })]);
    expect(await ann.texts()).toHaveLength(5);
  });

  it('brings in nothing of a file that was put in the place of its own', async () => {
    const world = new World();
    const [ann, bob] = await twoDevices(world);
    const codec = sealingCodec('key', world.random);
    const show = await unseen(world, () => ann.with({ codec }).engine().seal());
    await bob.write(1, { prefix: 'mine' });
    await bob.sync();
    const mine = deltas(world.cloud).at(-1) ?? '';
    const other = new World(9);
    const eve = await other.device();
    await eve.write(2, { prefix: 'evil' });
    await eve.sync();
    const [forged = ''] = deltas(other.cloud);
    const [, vaultId = ''] = mine.split('_');
    const [time = '', , rest = ''] = forged.split('_');
    world.cloud.poke([time, vaultId, rest].join('_'), other.cloud.peek(forged) ?? new Uint8Array());
    show();
    const unlocked = bob.with({ codec });
    await syncUntilQuiet(world, [unlocked, ann.with({ codec })]);
    expect((await ann.texts()).join()).not.toContain('evil');
    expect((await unlocked.texts()).join()).not.toContain('evil');
    expect(await ann.texts()).toHaveLength(3);
  });
});
