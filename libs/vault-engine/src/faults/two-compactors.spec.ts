import { faultyCloud } from '@chat-vault/cloud-storage/testing';
import { describe, expect, it } from 'vitest';
import { catalogs } from '../testing/cloud-paths.js';
import { expectConverged } from '../testing/convergence.js';
import { DAY, type Device, HOUR, MINUTE, World } from '../testing/world.js';

const CALM = { compactionThreshold: 1_000 };

async function twoBusyDevices(world: World): Promise<readonly [Device, Device]> {
  const ann = await world.device({ options: CALM });
  const bob = await world.device({ options: CALM });
  for (let round = 0; round < 6; round++) {
    await ann.write(2, { prefix: `ann${round}` });
    const [first] = await bob.write(2, { prefix: `bob${round}` });
    if (first && round === 3) await bob.storage.delete(first);
    await bob.write(1, { prefix: `old${round}`, at: Date.UTC(2020, round, 1) });
    await ann.storage.clearConversation(`urn:chat:gone${round}`);
    for (const device of [ann, bob]) await device.sync();
    world.pass(HOUR);
  }
  await ann.sync();
  return [ann, bob];
}

/** Starts `work` through a cloud in which, before the call with that number, something else happens first. */
async function interrupted(
  device: Device,
  at: number,
  event: () => Promise<unknown>,
): Promise<number> {
  const cloud = faultyCloud(device.world.cloud);
  let calls = 0;
  cloud.beforeCall(async () => {
    calls += 1;
    if (calls === at) await event();
  });
  await device.engine(cloud).compact();
  return calls;
}

describe('two devices that compact at once', () => {
  it(
    'leave several current catalogs, which every reader joins, wherever the one overtakes the other',
    { timeout: 60_000 },
    async () => {
      const original = new World();
      const pair = await twoBusyDevices(original);
      for (let at = 1; ; at += 3) {
        const { world, devices } = await original.fork(pair);
        const [ann, bob] = devices;
        const calls = await interrupted(ann, at, () => bob.engine().compact());
        if (at > calls) return;
        const fresh = await world.device();
        await fresh.sync();
        await expectConverged(world, [ann, bob, fresh], { repairs: true });
        expect(await fresh.texts()).toHaveLength(29);
      }
    },
  );

  it.each([HOUR, 2 * DAY, 40 * DAY])(
    'where one sleeps half-way for %i ms while the other compacts and collects: it looks again before it commits',
    { timeout: 60_000 },
    async (ms) => {
      const original = new World();
      const pair = await twoBusyDevices(original);
      for (let at = 3; ; at += 5) {
        const { world, devices } = await original.fork(pair);
        const [ann, bob] = devices;
        const calls = await interrupted(ann, at, async () => {
          for (let part = 0; part < 4; part++) {
            await bob.write(1, { prefix: `later${part}` });
            await bob.sync();
            await bob.engine().compact();
            world.pass(ms / 4);
          }
          await bob.engine().collectGarbage();
        });
        if (at > calls) return;
        await expectConverged(world, [ann, bob], { repairs: true });
        expect(await ann.texts()).toHaveLength(33);
      }
    },
  );

  it('write a catalog only after its products were read back', async () => {
    const world = new World();
    const [ann] = await twoBusyDevices(world);
    world.cloud.clearRequests();
    await ann.engine().compact();
    const { requests } = world.cloud;
    const committed = requests.findIndex(
      ({ kind, path }) => kind === 'create' && path.includes('/catalogs/'),
    );
    expect(catalogs(world.cloud)).toHaveLength(1);
    const made = requests.filter(({ kind }, index) => kind === 'create' && index !== committed);
    for (const { path } of made) {
      const isReadBack = requests.some(
        (one, index) => one.kind === 'read' && one.path === path && index < committed,
      );
      expect({ path, isReadBack }).toEqual({ path, isReadBack: true });
    }
  });

  it('wait a random while and look again when others were active lately', async () => {
    const world = new World();
    const ann = await world.device({ options: { compactionThreshold: 2 } });
    const bob = await world.device({ options: CALM });
    for (let round = 0; round < 4; round++) {
      await bob.write(1, { prefix: `r${round}` });
      await bob.sync();
      world.pass(MINUTE);
    }
    const before = world.now;
    expect((await ann.sync()).compaction).toMatchObject({ committed: true });
    expect(world.now).toBeGreaterThan(before);
    expect(world.now - before).toBeLessThanOrEqual(5_000);
  });
});
