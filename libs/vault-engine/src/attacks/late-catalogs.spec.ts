import { describe, expect, it } from 'vitest';
import { catalogs, deltas, monthVaults } from '../testing/cloud-paths.js';
import { expectConverged } from '../testing/convergence.js';
import { readCatalogJson } from '../testing/newer-client.js';
import { DAY, type Device, World } from '../testing/world.js';

const OPTIONS = { compactionThreshold: 3 };

/** What is written each day: messages of today go into vaults of months, old ones are carried. */
type Writes = 'vaults' | 'carried';

/** Writes and syncs once a day. */
async function live(world: World, device: Device, days: number, to: Writes): Promise<void> {
  for (let day = 0; day < days; day++) {
    const at = to === 'vaults' ? world.now : Date.UTC(2020, 1, 1 + (day % 28));
    await device.write(1, { prefix: `${world.now}`, at });
    await device.sync();
    world.pass(DAY);
  }
}

type CatalogJson = {
  readonly carried: readonly { readonly vaultId: string }[];
  readonly folded: Readonly<Record<string, unknown>>;
  readonly replaced: Readonly<Record<string, unknown>>;
  readonly partitions: Readonly<Record<string, readonly { readonly vaultId: string }[]>>;
};

/** What the newest catalog says of files. */
async function newest({ cloud }: World) {
  const { carried, folded, replaced, partitions } = (await readCatalogJson(cloud)) as CatalogJson;
  const idsOf = (files: readonly { readonly vaultId: string }[]) =>
    files.map((file) => file.vaultId);
  return {
    inUse: [...idsOf(carried), ...idsOf(Object.values(partitions).flat())],
    superseded: [...Object.keys(folded), ...Object.keys(replaced)],
  };
}

/** An old catalog whose files are all superseded, removed and forgotten comes back; gives the ids of those files. */
async function comesBack(world: World, ann: Device, writes: Writes): Promise<readonly string[]> {
  await live(world, ann, 6, writes);
  const [path = ''] = catalogs(world.cloud);
  const bytes = world.cloud.peek(path) ?? new Uint8Array();
  const { inUse } = await newest(world);
  expect(inUse).toHaveLength(1);
  await live(world, ann, 70, writes);
  expect(catalogs(world.cloud)).not.toContain(path);
  const now = await newest(world);
  for (const id of inUse) {
    expect([...now.inUse, ...now.superseded]).not.toContain(id);
    expect(world.cloud.files().filter((file) => file.path.includes(id))).toEqual([]);
  }
  world.cloud.poke(path, bytes);
  return inUse;
}

describe('an old catalog that comes back', () => {
  it.each(['carried', 'vaults'] as const)(
    'with %s that were superseded, removed and forgotten long ago does not end collection',
    async (writes) => {
      const world = new World();
      const ann = await world.device({ options: OPTIONS });
      const ids = await comesBack(world, ann, writes);
      await ann.sync();
      await live(world, ann, 30, writes);
      const { inUse } = await newest(world);
      for (const id of ids) expect(inUse).not.toContain(id);
      expect(catalogs(world.cloud).length).toBeLessThan(6);
      expect(deltas(world.cloud).length).toBeLessThan(10);
      expect(monthVaults(world.cloud).length).toBeLessThan(12);
      const bob = await expectConverged(world, [ann]);
      expect(await bob.texts()).toHaveLength(106);
    },
  );

  it('is told, mended once, and not asked for again and again', async () => {
    const world = new World();
    const ann = await world.device({ options: OPTIONS });
    await comesBack(world, ann, 'vaults');
    const bob = await world.device({ options: OPTIONS });
    await bob.sync();
    const report = await bob.engine().restoreAll();
    expect(report.warnings.map(({ code }) => code)).toContain('missing-file');
    for (const device of [bob, ann, bob]) await device.sync();
    const again = await bob.engine().restoreAll();
    expect(again).toMatchObject({ warnings: [], incomplete: false, requests: 0 });
    await expectConverged(world, [ann, bob]);
    expect(await bob.texts()).toHaveLength(76);
  });
});
