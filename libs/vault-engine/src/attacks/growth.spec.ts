import { describe, expect, it } from 'vitest';
import { catalogs, deltas, monthVaults } from '../testing/cloud-paths.js';
import { readCatalogJson } from '../testing/newer-client.js';
import { DAY, World } from '../testing/world.js';

/** How many ids a part of a catalog holds. */
const count = (catalog: Readonly<Record<string, unknown>>, part: string): number =>
  Object.keys(catalog[part] as object).length;

describe('a vault that is used for months', () => {
  it('names and keeps no more files than in its first weeks', { timeout: 60_000 }, async () => {
    const world = new World();
    const options = { compactionThreshold: 3 };
    const devices = [await world.device({ options }), await world.device({ options })];
    for (let day = 0; day < 120; day++) {
      for (const device of devices) {
        await device.write(1, { prefix: `d${day} ${device.storage.deviceId}` });
        await device.sync();
      }
      world.pass(DAY);
    }
    const catalog = await readCatalogJson(world.cloud);
    expect(count(catalog, 'ancestors')).toBeLessThan(20);
    expect(count(catalog, 'folded')).toBeLessThan(25);
    expect(count(catalog, 'replaced')).toBeLessThan(20);
    expect(catalogs(world.cloud).length).toBeLessThan(8);
    expect(deltas(world.cloud).length).toBeLessThan(15);
    expect(monthVaults(world.cloud).length).toBeLessThan(20);
  });
});
