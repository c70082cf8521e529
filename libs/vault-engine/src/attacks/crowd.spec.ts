import { describe, expect, it } from 'vitest';
import { monthVaults } from '../testing/cloud-paths.js';
import { expectConverged, syncUntilQuiet } from '../testing/convergence.js';
import { readCatalogJson } from '../testing/newer-client.js';
import { DAY, type Device, World } from '../testing/world.js';

/** Bytes of all month vaults that are there. */
const vaultBytes = ({ cloud }: World): number =>
  monthVaults(cloud).reduce((sum, path) => sum + (cloud.peek(path)?.length ?? 0), 0);

/** Bytes of those that the newest catalog names as live. */
async function liveBytes({ cloud }: World): Promise<number> {
  const { partitions } = (await readCatalogJson(cloud)) as {
    readonly partitions: Readonly<Record<string, readonly { readonly byteLength: number }[]>>;
  };
  return Object.values(partitions)
    .flat()
    .reduce((sum, { byteLength }) => sum + byteLength, 0);
}

describe('a dozen devices that find at the same moment that a compaction is due', () => {
  it(
    'lose nothing, and what they wrote several times is collected',
    { timeout: 60_000 },
    async () => {
      const world = new World();
      const calm = { compactionThreshold: 1_000 };
      const devices: Device[] = [];
      for (let count = 0; count < 12; count++) devices.push(await world.device({ options: calm }));
      for (const [index, device] of devices.entries()) {
        await device.write(5, { prefix: `d${index}` });
        await device.sync();
      }
      for (const device of devices) await device.sync();
      await Promise.all(devices.map((device) => device.engine().compact()));
      expect(monthVaults(world.cloud).length).toBeGreaterThan(1);
      await syncUntilQuiet(world, devices);
      for (let week = 0; week < 3; week++) {
        await devices[week]?.write(1, { prefix: `week${week}` });
        await devices[week]?.sync();
        await devices[week]?.engine().compact();
        world.pass(9 * DAY);
      }
      for (const device of devices) await device.sync();
      const fresh = await expectConverged(world, devices);
      expect(await fresh.texts()).toHaveLength(63);
      expect(vaultBytes(world)).toBe(await liveBytes(world));
      expect(monthVaults(world.cloud).length).toBeLessThan(6);
    },
  );
});
