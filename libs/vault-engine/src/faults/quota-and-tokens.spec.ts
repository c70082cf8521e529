import { withRetry } from '@chat-vault/cloud-storage';
import { faultyCloud } from '@chat-vault/cloud-storage/testing';
import { describe, expect, it } from 'vitest';
import { expectConverged } from '../testing/convergence.js';
import { DAY, type Device, HOUR, World } from '../testing/world.js';

async function writeRounds(world: World, device: Device, rounds: number, prefix = 'r') {
  for (let round = 0; round < rounds; round++) {
    await device.write(2, { prefix: `${prefix}${round}` });
    await device.sync();
    world.pass(HOUR);
  }
}

describe('a cloud whose quota is full', () => {
  it('says quota-exceeded, keeps what is pending pending, and takes it when there is space', async () => {
    const world = new World();
    const [ann, bob] = [await world.device(), await world.device()];
    await ann.write(3);
    const full = faultyCloud(world.cloud, { faults: { quotaBytes: 10 } });
    await expect(ann.engine(full).sync()).rejects.toMatchObject({ code: 'quota-exceeded' });
    expect((await ann.engine().inventory()).pending).toBe(3);
    expect(world.cloud.files()).toEqual([]);
    expect(await ann.sync()).toMatchObject({ recordsUploaded: 3, recordsPending: 0 });
    await expectConverged(world, [ann, bob]);
  });

  it('is relieved by garbage collection, which needs no space', async () => {
    const world = new World();
    const ann = await world.device();
    await writeRounds(world, ann, 12);
    world.pass(9 * DAY);
    await ann.write(1, { prefix: 'more' });
    const full = faultyCloud(world.cloud);
    full.beforeCall(({ operation }) => {
      const isFreed = world.cloud.requests.some(({ kind }) => kind === 'remove');
      if (operation === 'create' && !isFreed) full.failNext('create', 507);
    });
    expect(await ann.engine(full).sync()).toMatchObject({ recordsPending: 0, recordsUploaded: 1 });
    expect(world.cloud.requests.some(({ kind }) => kind === 'remove')).toBe(true);
    await expectConverged(world, [ann]);
  });

  it('in the middle of a compaction leaves everything as it was', async () => {
    const world = new World();
    const [ann, bob] = [
      await world.device({ options: { compactionThreshold: 99 } }),
      await world.device(),
    ];
    await writeRounds(world, ann, 12);
    const full = faultyCloud(world.cloud);
    let creates = 0;
    full.beforeCall(({ operation }) => {
      if (operation === 'create' && ++creates > 1) full.failNext('create', 507);
    });
    await expect(ann.engine(full).compact()).rejects.toMatchObject({ code: 'quota-exceeded' });
    await expectConverged(world, [ann, bob], { repairs: true });
  });
});

describe('a cloud that is offline or refuses', () => {
  it.each([
    { status: 401, code: 'unauthorized' },
    { status: 403, code: 'forbidden' },
    { status: 429, code: 'rate-limited' },
    { status: 503, code: 'unavailable' },
  ])('with $status rejects as $code, and the next sync does the work', async ({ status, code }) => {
    const world = new World();
    const [ann, bob] = [await world.device(), await world.device()];
    await ann.write(2);
    for (let failing = 1; failing <= 3; failing++) {
      const cloud = faultyCloud(world.cloud);
      let calls = 0;
      cloud.beforeCall(() => {
        if (++calls === failing) cloud.failNext('any', status);
      });
      const outcome = await ann
        .engine(cloud)
        .sync()
        .catch((error: unknown) => error);
      expect(outcome).toMatchObject({ code });
    }
    expect(await ann.sync()).toMatchObject({ recordsPending: 0 });
    await expectConverged(world, [ann, bob]);
    expect(await bob.texts()).toHaveLength(2);
  });

  it('is tried again with backoff for what may pass, 401 once, then asks for a reconnect', async () => {
    const world = new World();
    const ann = await world.device();
    await ann.write(1);
    const slept: number[] = [];
    const sleep = (ms: number) => Promise.resolve(void slept.push(ms));
    const policy = { sleep, random: () => 0.5, now: () => world.now };
    const passing = faultyCloud(world.cloud);
    passing.failNext('create', 503, 2);
    expect(await ann.engine(withRetry(passing, policy)).sync()).toMatchObject({
      recordsUploaded: 1,
    });
    expect(slept).toEqual([250, 500]);
    const expired = faultyCloud(world.cloud);
    expired.failNext('any', 401, 99);
    const retried = ann.engine(withRetry(expired, policy)).sync();
    await expect(retried).rejects.toMatchObject({ code: 'unauthorized' });
    expect(expired.calls).toBe(4);
  });
});
