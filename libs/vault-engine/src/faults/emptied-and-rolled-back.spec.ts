import { describe, expect, it } from 'vitest';
import { catalogs, deltas, monthVaults } from '../testing/cloud-paths.js';
import { expectConverged, restoreEverything, syncUntilQuiet } from '../testing/convergence.js';
import { DAY, type Device, HOUR, World } from '../testing/world.js';

async function writeRounds(world: World, device: Device, rounds: number, prefix = 'r') {
  for (let round = 0; round < rounds; round++) {
    await device.write(2, { prefix: `${prefix}${round}` });
    await device.sync();
    world.pass(HOUR);
  }
}

const codesOf = (report: { readonly warnings: readonly { readonly code: string }[] }) =>
  report.warnings.map(({ code }) => code);

describe('a folder that the user emptied', () => {
  it('changes nothing locally, and reseed() uploads everything again', async () => {
    const world = new World();
    const [ann, bob] = [await world.device(), await world.device()];
    await writeRounds(world, ann, 14);
    await bob.sync();
    const before = await ann.content();
    for (const { path } of world.cloud.files()) world.cloud.drop(path);
    await ann.write(1, { prefix: 'pending' });
    const report = await ann.sync();
    expect(codesOf(report)).toEqual(['vault-emptied']);
    expect(report).toMatchObject({ filesWritten: 0, messagesDeleted: 0, recordsPending: 1 });
    expect(codesOf(await ann.sync())).toEqual(['vault-emptied']);
    expect((await ann.content()).messages).toHaveLength(before.messages.length + 1);
    expect(codesOf(await ann.engine().reseed())).toEqual([]);
    expect(codesOf(await ann.sync())).toEqual([]);
    await bob.sync();
    await bob.engine().repair();
    await expectConverged(world, [ann, bob]);
    expect(await bob.texts()).toHaveLength(29);
  });
});

describe('a cloud that went back in time', () => {
  it('warns, keeps local data, and repair() brings back what any device has', async () => {
    const world = new World();
    const [ann, bob] = [await world.device(), await world.device()];
    await writeRounds(world, ann, 14);
    await bob.sync();
    const old = world.cloud.snapshot();
    await writeRounds(world, ann, 14, 'later');
    await bob.sync();
    await restoreEverything(bob);
    world.cloud.restore(old);
    const report = await ann.sync();
    expect(codesOf(report)).toContain('vault-rolled-back');
    expect(report).toMatchObject({ messagesDeleted: 0 });
    expect(await ann.texts()).toHaveLength(56);
    await ann.engine().repair();
    await expectConverged(world, [ann, bob]);
    expect(await bob.texts()).toHaveLength(56);
  });

  it('to before its first catalog, and is healed by those who know more', async () => {
    const world = new World();
    const [ann, bob] = [await world.device(), await world.device()];
    await writeRounds(world, ann, 4);
    const old = world.cloud.snapshot();
    await writeRounds(world, ann, 14, 'later');
    await bob.sync();
    world.cloud.restore(old);
    await ann.sync();
    await ann.engine().repair();
    await expectConverged(world, [ann, bob]);
    expect(await bob.texts()).toHaveLength(36);
  });

  it('in its catalogs only: the vaults that are still there are committed again', async () => {
    const world = new World();
    const [ann, bob] = [await world.device(), await world.device()];
    await writeRounds(world, ann, 14);
    const kept = new Set(catalogs(world.cloud));
    await writeRounds(world, ann, 16, 'later');
    for (const path of catalogs(world.cloud)) if (!kept.has(path)) world.cloud.drop(path);
    for (const path of deltas(world.cloud)) world.cloud.drop(path);
    world.pass(2 * HOUR);
    await ann.sync();
    await ann.engine().repair();
    await expectConverged(world, [ann, bob]);
    expect(await bob.texts()).toHaveLength(60);
  });

  it('and lost all catalogs: they are rebuilt after a while', async () => {
    const world = new World();
    const [ann, bob] = [await world.device(), await world.device()];
    await writeRounds(world, ann, 16);
    for (const path of catalogs(world.cloud)) world.cloud.drop(path);
    for (let round = 0; round < 3; round++) {
      world.pass(2 * HOUR);
      await ann.sync();
    }
    expect(catalogs(world.cloud)).toHaveLength(1);
    await expectConverged(world, [ann, bob]);
    expect(await bob.texts()).toHaveLength(32);
  });

  it('and lost all catalogs: a new device rebuilds them from the manifests', async () => {
    const world = new World();
    const ann = await world.device();
    await writeRounds(world, ann, 16);
    for (const path of [...catalogs(world.cloud), ...deltas(world.cloud)]) world.cloud.drop(path);
    const fresh = await world.device();
    for (let round = 0; round < 3; round++) {
      await fresh.sync();
      world.pass(2 * HOUR);
    }
    await restoreEverything(fresh);
    expect((await fresh.texts()).length).toBeGreaterThanOrEqual(22);
  });
});

describe('a file that was deleted by hand', () => {
  it.each([
    { name: 'a month vault', pick: monthVaults },
    {
      name: 'a manifest',
      pick: (cloud: World['cloud']) =>
        cloud
          .files('chat-vault/2024')
          .flatMap(({ path }) => (path.includes('manifest') ? [path] : [])),
    },
  ])('$name is reported, and the next sync heals what this device has', async ({ pick }) => {
    const world = new World();
    const [ann, bob] = [await world.device(), await world.device()];
    await writeRounds(world, ann, 14);
    world.pass(2 * DAY);
    await ann.sync();
    world.pass(8 * DAY);
    const [path = ''] = pick(world.cloud);
    world.cloud.drop(path);
    await bob.sync();
    const month = await bob.engine().restoreMonth({ month: '2024-06' });
    expect(codesOf(month)).toContain('missing-file');
    expect(month.incomplete).toBe(true);
    await ann.engine().repair();
    await expectConverged(world, [ann, bob]);
    expect(await bob.texts()).toHaveLength(28);
  });

  it('a month vault that a sync itself misses is repaired by the next sync', async () => {
    const world = new World();
    const [ann, bob] = [await world.device(), await world.device()];
    await writeRounds(world, ann, 14);
    const [path = ''] = monthVaults(world.cloud);
    world.cloud.drop(path);
    await writeRounds(world, ann, 60, 'more');
    await syncUntilQuiet(world, [ann, bob]);
    await expectConverged(world, [ann, bob]);
    expect(await bob.texts()).toHaveLength(148);
  });

  it('a month vault whose deltas are still there keeps them from collection, and any device heals it with them', async () => {
    const world = new World();
    const ann = await world.device();
    await writeRounds(world, ann, 12);
    const [path = ''] = monthVaults(world.cloud);
    world.cloud.drop(path);
    world.pass(9 * DAY);
    const before = deltas(world.cloud);
    const report = await ann.engine().collectGarbage();
    expect(report).toMatchObject({ deltasRemoved: 0, vaultsRemoved: 0 });
    expect(codesOf(report)).toContain('missing-file');
    expect(deltas(world.cloud)).toEqual(before);
    const fresh = await world.device();
    await fresh.engine().repair();
    await expectConverged(world, [fresh, ann]);
    expect(await fresh.texts()).toHaveLength(24);
  });

  it('a carried delta gives its sources back, and local records are written again', async () => {
    const world = new World();
    const [ann, bob] = [await world.device(), await world.device()];
    await ann.write(3, { prefix: 'old', at: Date.UTC(2019, 1, 1) });
    await ann.storage.clearConversation('urn:chat:gone');
    await writeRounds(world, ann, 14);
    await bob.sync();
    world.pass(8 * DAY);
    await ann.sync();
    const [carried] = deltas(world.cloud);
    if (carried) world.cloud.drop(carried);
    await ann.sync();
    await ann.engine().repair();
    await expectConverged(world, [ann, bob]);
    expect(await bob.texts()).toHaveLength(31);
    expect((await bob.content()).cleared).toHaveLength(1);
  });
});
