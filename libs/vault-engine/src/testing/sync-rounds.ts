import { type Device, HOUR, type World } from './world.js';

/** Rounds of syncs after which a system that is not quiet never will be. */
const MAX_ROUNDS = 12;

/** Syncs all devices in turn, two hours apart, until a whole round writes nothing. */
export async function syncUntilQuiet(world: World, devices: readonly Device[]): Promise<void> {
  for (let round = 0; round < MAX_ROUNDS; round++) {
    let written = 0;
    for (const device of devices) written += (await device.sync()).filesWritten;
    if (written === 0 && round > 0) return;
    world.pass(2 * HOUR);
  }
  throw new Error(`still writing after ${MAX_ROUNDS} rounds`);
}

/** Brings every month that the cloud has to the device. */
export async function restoreEverything(device: Device): Promise<void> {
  await device.engine().restoreAll();
}
