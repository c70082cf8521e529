import { expect } from 'vitest';
import { allContents } from './all-contents.js';
import { restoreEverything, syncUntilQuiet } from './sync-rounds.js';
import { type Device, type World } from './world.js';

export { restoreEverything, syncUntilQuiet };

/**
 * Checks that all devices and a fresh one hold the same, that the cloud verifies, and that a quiet system writes nothing. `lacks` are files that may be unnamed: then a repair comes first.
 * Gives the fresh device.
 */
export async function expectConverged(
  world: World,
  devices: readonly Device[],
  options: { readonly repairs?: boolean } = {},
): Promise<Device> {
  const [first] = devices;
  if (first === undefined) throw new Error('there is no device');
  await syncUntilQuiet(world, devices);
  if (options.repairs) {
    await first.engine().repair();
    await syncUntilQuiet(world, devices);
  }
  const fresh = await world.device();
  await fresh.sync();
  for (const device of [...devices, fresh]) await restoreEverything(device);
  const expected = await allContents(fresh);
  for (const device of devices) expect(await allContents(device)).toEqual(expected);
  const verified = await first.engine().verify();
  const { damaged, missing, missingRecords, missingLocally, unnamed } = verified;
  expect({ damaged, missing, missingRecords, missingLocally }).toEqual({
    damaged: [],
    missing: [],
    missingRecords: 0,
    missingLocally: 0,
  });
  if (options.repairs) expect(unnamed).toEqual([]);
  for (const device of [...devices, fresh])
    expect(await device.sync()).toMatchObject({ filesWritten: 0, recordsPending: 0 });
  return fresh;
}
