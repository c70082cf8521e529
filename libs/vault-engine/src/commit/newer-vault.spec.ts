import { beforeEach, describe, expect, it } from 'vitest';
import { EngineError } from '../reports/engine-error.js';
import { deltas, monthVaults } from '../testing/cloud-paths.js';
import { restoreEverything } from '../testing/convergence.js';
import { commitAs, commitManifestAs, readCatalogJson } from '../testing/newer-client.js';
import { DAY, type Device, type DeviceParts, HOUR, World } from '../testing/world.js';

let world: World;

beforeEach(() => {
  world = new World();
});

const OPTIONS = { compactionThreshold: 3, bulkRecords: 5 };

/** A vault with a month vault and superseded files, in which another client then commits. */
async function vaultOf(commit: () => Promise<unknown>, parts: DeviceParts = {}): Promise<Device> {
  const ann = await world.device({ options: OPTIONS, ...parts });
  for (let round = 0; round < 8; round++) {
    await ann.write(3, { prefix: `r${round}` });
    await ann.sync();
    world.pass(HOUR);
  }
  world.pass(HOUR);
  await commit();
  return ann;
}

const COMMITS: Readonly<Record<string, () => Promise<unknown>>> = {
  'minReader in a catalog': () =>
    commitAs(world.cloud, (catalog) => ({ ...catalog, minReader: 2, partitions: 'other' })),
  'minCompactor in a catalog': () =>
    commitAs(world.cloud, (catalog) => ({ ...catalog, minCompactor: 2 })),
};

/** All files but the deltas. */
const withoutDeltas = (): readonly string[] =>
  world.cloud.files().flatMap(({ path }) => (path.includes('/deltas/') ? [] : [path]));

describe.each(Object.entries(COMMITS))('a vault of a newer version, by %s,', (name, commit) => {
  it('is restored as far as it can be read, and what is new goes up as deltas', async () => {
    const ann = await vaultOf(commit);
    const files = withoutDeltas();
    for (let round = 0; round < 6; round++) {
      await ann.write(3, { prefix: `more${round}` });
      expect(await ann.sync()).toMatchObject({ recordsUploaded: 3, recordsPending: 0 });
      world.pass(10 * DAY);
    }
    expect(withoutDeltas()).toEqual(files);
    const bob = await world.device({ options: OPTIONS });
    const report = await bob.sync();
    const isRead = name.startsWith('minCompactor');
    expect(report.warnings.map(({ code }) => code)).toEqual(isRead ? [] : ['upgrade-required']);
    await restoreEverything(bob);
    expect(await bob.texts()).toEqual(expect.arrayContaining(['more0 0', 'more5 2']));
    if (isRead) expect(await bob.texts()).toEqual(await ann.texts());
  });

  it.each(['sync', 'backup'] as const)(
    'takes no vaults from %s(), however much is pending',
    async (call) => {
      const ann = await vaultOf(commit);
      const files = withoutDeltas();
      await ann.write(30, { prefix: 'many' });
      expect(await ann.engine()[call]()).toMatchObject({
        recordsUploaded: 30,
        recordsPending: 0,
      });
      const bob = await world.device({ options: OPTIONS });
      await bob.write(30, { prefix: 'bob' });
      await bob.engine()[call]();
      expect(withoutDeltas()).toEqual(files);
      await ann.sync();
      expect(await ann.texts()).toEqual(expect.arrayContaining(['bob 0', 'bob 29']));
    },
  );

  it('is neither compacted nor collected', async () => {
    const ann = await vaultOf(commit);
    const files = world.cloud.files();
    world.pass(30 * DAY);
    expect(await ann.engine().compact()).toMatchObject({
      committed: false,
      abandoned: expect.stringContaining('newer version') as string,
    });
    expect(await ann.engine().collectGarbage()).toMatchObject({ filesRemoved: 0 });
    expect(world.cloud.files()).toEqual(files);
  });

  it.each(['repair', 'reseed'] as const)('makes %s() refuse, and nothing is lost', async (call) => {
    const ann = await vaultOf(commit);
    const [vault = ''] = monthVaults(world.cloud);
    world.cloud.drop(vault);
    const files = world.cloud.files();
    const before = await ann.engine().inventory();
    await ann.write(2, { prefix: 'pending' });
    const refused = await ann
      .engine()
      [call]()
      .catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(EngineError);
    expect(refused).toMatchObject({ code: 'upgrade-required' });
    expect(world.cloud.files()).toEqual(files);
    expect(await ann.engine().inventory()).toMatchObject({
      catalogGeneration: before.catalogGeneration + (name.startsWith('minCompactor') ? 1 : 0),
      pending: 2,
    });
  });

  it('is not repaired by a sync that misses a file', async () => {
    const ann = await vaultOf(commit);
    for (const vault of monthVaults(world.cloud)) world.cloud.drop(vault);
    const files = withoutDeltas();
    const bob = await world.device({ options: OPTIONS });
    await bob.sync();
    await restoreEverything(bob);
    for (const device of [bob, ann, bob, ann]) await device.sync();
    expect(withoutDeltas()).toEqual(files);
  });
});

describe('a live vault whose manifest asks for a newer compactor', () => {
  it('is neither compacted nor collected by one who read that', async () => {
    const ann = await vaultOf(() => commitManifestAs(world.cloud, { minCompactor: 2 }));
    const bob = await world.device({ options: OPTIONS });
    await bob.sync();
    await restoreEverything(bob);
    expect(await bob.texts()).toEqual(await ann.texts());
    world.pass(30 * DAY);
    const files = withoutDeltas();
    for (let round = 0; round < 8; round++) {
      await bob.write(1, { prefix: `b${round}` });
      expect(await bob.sync()).toMatchObject({ recordsPending: 0 });
      world.pass(DAY);
    }
    expect(await bob.engine().compact()).toMatchObject({ committed: false });
    expect(await bob.engine().collectGarbage()).toMatchObject({ filesRemoved: 0 });
    await expect(bob.engine().repair()).rejects.toMatchObject({ code: 'upgrade-required' });
    expect(withoutDeltas()).toEqual(files);
    expect(deltas(world.cloud).length).toBeGreaterThan(8);
  });
});

describe('a catalog with fields that this version does not know', () => {
  it('hands them on to the next one', async () => {
    const ann = await vaultOf(() =>
      commitAs(world.cloud, (catalog) => ({ ...catalog, future: ['kept'] })),
    );
    await ann.write(3, { prefix: 'more' });
    await ann.sync();
    expect(await ann.engine().compact()).toMatchObject({ committed: true });
    expect(await readCatalogJson(world.cloud)).toMatchObject({
      writtenBy: ann.storage.deviceId,
      parents: [expect.stringContaining('ffffffff')],
      future: ['kept'],
    });
  });
});
