import { mergeContents, type VaultContent } from '@chat-vault/core';
import { contentLines } from '../testing/all-contents.js';
import { restoreEverything, syncUntilQuiet } from '../testing/sync-rounds.js';
import { DAY, type Device } from '../testing/world.js';
import { type Scene } from './scene.js';

/** I3 and I7: all devices and a fresh one hold the same, and a quiet system writes nothing. */
export async function converge(scene: Scene): Promise<void> {
  const { devices, oracle, world } = scene;
  world.pass(2 * DAY);
  await syncUntilQuiet(world, devices);
  await oracle.checkAcknowledged();
  const fresh = await scene.freshDevice();
  await fresh.sync();
  const expected = contentLines(oracle.all);
  for (const [index, device] of [...devices, fresh].entries()) {
    await restoreEverything(device);
    sameLines(contentLines(await device.content()), expected, `device ${index + 1}`);
  }
  await checkVerified(devices);
  await fresh.storage.close();
}

/** Every device repairs; then nothing that any of them has is missing anywhere. */
export async function mend(scene: Scene): Promise<void> {
  const { devices, world } = scene;
  world.pass(2 * DAY);
  for (let round = 0; round < 3; round++) {
    for (const device of devices) {
      await device.engine().repair();
      await device.sync();
    }
    await syncUntilQuiet(world, devices);
  }
  world.pass(10 * DAY);
  await syncUntilQuiet(world, devices);
  const fresh = await scene.freshDevice();
  await fresh.sync();
  const contents: VaultContent[] = [];
  for (const device of [...devices, fresh]) {
    await restoreEverything(device);
    contents.push(await device.content());
  }
  const expected = contentLines(mergeContents(contents));
  for (const [index, device] of [...devices, fresh].entries()) {
    sameLines(contentLines(await device.content()), expected, `device ${index + 1}`);
    await checkMended(device);
  }
  await fresh.storage.close();
}

/** Only what nobody had read when it was damaged may remain: a delta or a catalog. */
async function checkMended(device: Device): Promise<void> {
  const { filesWritten } = await device.engine().repair();
  if (filesWritten > 0) throw new Error('a further repair wrote files');
  const report = await device.engine().verify();
  const { missing, unnamed, missingRecords, missingLocally } = report;
  const damaged = report.damaged.filter((path) => !/\/(deltas|catalogs)\//.test(path));
  const wrong = [missing, unnamed, damaged].flat().length + missingRecords + missingLocally;
  if (wrong > 0) throw new Error(`verify: ${JSON.stringify({ ...report, damaged })}`);
}

async function checkVerified(devices: readonly Device[]): Promise<void> {
  for (const device of devices) {
    const { missing, missingRecords, missingLocally } = await device.engine().verify();
    if (missing.length + missingRecords + missingLocally > 0)
      throw new Error(`verify: ${JSON.stringify({ missing, missingRecords, missingLocally })}`);
    const { filesWritten } = await device.sync();
    if (filesWritten > 0) throw new Error('a quiet system wrote files');
  }
}

function sameLines(found: readonly string[], expected: readonly string[], who: string): void {
  const lacks = expected.filter((line) => !found.includes(line));
  const more = found.filter((line) => !expected.includes(line));
  if (lacks.length + more.length > 0)
    throw new Error(
      `${who} lacks ${lacks.join('; ') || 'nothing'} and has besides ${more.join('; ') || 'nothing'}`,
    );
}
