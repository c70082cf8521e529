import { monthVaults } from './cloud-paths.js';
import { DAY, type Device, type DeviceParts, HOUR, type World } from './world.js';

/** So that a vault of a few messages has many segments. */
export const MANY_SEGMENTS = { segmentBytes: 600 };

/** A device whose 36 messages are in one month vault of many segments; the deltas they came by are still there, or are gone. */
export async function vaultWriter(
  world: World,
  deltasAre: 'there' | 'gone',
  parts: DeviceParts = { options: MANY_SEGMENTS },
): Promise<Device> {
  const device = await world.device(parts);
  for (let round = 0; round < 12; round++) {
    await device.write(3, { prefix: `r${round}` });
    await device.sync();
    world.pass(HOUR);
  }
  if (deltasAre === 'there') return device;
  await device.engine().compact();
  world.pass(9 * DAY);
  await device.sync();
  return device;
}

/** A device that has little of what is in the cloud. */
export async function newcomer(world: World): Promise<Device> {
  const device = await world.device({ options: { ...MANY_SEGMENTS, initialMessages: 1 } });
  await device.sync();
  return device;
}

/** Path of the only month vault. */
export function onlyVault({ cloud }: World): string {
  const [path, ...others] = monthVaults(cloud);
  if (path === undefined || others.length > 0) throw new Error('there is one vault');
  return path;
}
