import { CloudError } from '@chat-vault/cloud-storage';
import { canonicalText } from '../model/canonical-text.js';
import { type EntityKeyData } from '../model/entity-key-data.js';
import { lastWriterWins } from '../merge/conflict-resolver.js';
import { mergeEntityKeyData } from '../merge/merge-entity-key-data.js';
import { type DataOrchestrator } from '../orchestrator/data-orchestrator.js';
import { BlobTier } from '../sync/blob-tier.js';
import { type IPersistence } from '../tiers/persistence.js';
import { SaveBook } from './save-book.js';
import { tellKey, writeAnew } from './scenario-deeds.js';
import {
  type Device,
  HOUR,
  MINUTE,
  NAMES,
  type Note,
  type Process,
  type ScenarioWorld,
} from './scenario-world.js';

/** @throws when a disk lacks what was acknowledged on it, or holds what nobody saved */
export async function checkDisks(world: ScenarioWorld): Promise<void> {
  for (const { name, disk, acknowledged } of world.touched) {
    if (!disk) continue;
    const data = await dataOn(disk);
    acknowledged.checkNothingLost(() => data, `the disk of ${name}`);
    world.book.checkNothingInvented(data, `the disk of ${name}`);
  }
  world.touched.clear();
}

/** Stops the faults, lets all devices sync until they agree, and checks what they agree on. @throws what is wrong */
export async function converge(world: ScenarioWorld): Promise<void> {
  world.log.push('the faults stop');
  world.isCalm = true;
  for (const shared of world.shared) shared.calm();
  for (const device of world.devices) await tellKey(world, device);
  const { processes } = world;
  for (const { clouds, control } of processes) {
    for (const cloud of clouds) cloud.calm();
    control?.refuse(0);
  }
  // Who has read a file does not read it again, and learns only so that it was damaged since.
  if (world.isDamaging) for (const { orchestrator } of processes) await verifyInCalm(orchestrator);
  // What cannot be used is read three times by each, and one sync of the first round may have begun before the faults stopped.
  let rounds = 0;
  do {
    if (++rounds > 8) throw new Error('the devices do not come to the same');
    for (const process of processes) {
      world.pass(HOUR);
      await process.orchestrator.syncNow();
      await writeAnew(process);
    }
  } while (new Set(await Promise.all(processes.map(everything))).size > 1 || rounds < 4);
  for (const device of world.devices)
    for (const process of device.processes)
      world.acknowledge(device, process, [...process.pending]);
  for (const device of world.devices) world.touched.add(device);
  await checkDisks(world);
  for (const { name, disk } of world.devices) {
    if (!disk) continue;
    const data = await dataOn(disk);
    world.book.checkNothingLost(() => data, `at the end, ${name}`);
  }
  await checkShown(world);
  await checkNewestKey(world);
  await checkQuiet(world);
}

/** What applications see is what the disks hold. */
async function checkShown(world: ScenarioWorld): Promise<void> {
  const fresh = await world.start(world.devices[0] as Device);
  await fresh.orchestrator.syncNow();
  const shown = new Set(await Promise.all([...world.processes, fresh].map(everything)));
  if (shown.size > 1)
    throw new Error(`a process that begins sees something else: ${[...shown].join('\n')}`);
  const data = JSON.stringify([...shown]);
  world.log.push(`${data.length} characters everywhere`);
}

/** A device that has only the newest key, and nothing else, finds everything in each cloud that is synced. */
async function checkNewestKey(world: ScenarioWorld): Promise<void> {
  const [known] = world.processes;
  const { newestKey } = world;
  if (!known || newestKey === null) return;
  const inUse = new Set(world.devices.flatMap(({ cloudIndexes }) => cloudIndexes));
  for (const index of inUse) {
    const fresh = await world.start({
      name: 'fresh',
      disk: undefined,
      caches: [],
      cloudIndexes: [index],
      acknowledged: new SaveBook(),
      offsetMs: 0,
      keys: { oldest: newestKey, newest: newestKey },
      processes: [],
    });
    await fresh.orchestrator.syncNow();
    const [shown, wanted] = [await everything(fresh), await everything(known)];
    if (shown !== wanted)
      throw new Error(`the newest key opens ${shown} in cloud ${index}, not ${wanted}`);
  }
}

async function checkQuiet(world: ScenarioWorld): Promise<void> {
  const { clouds, processes } = world;
  for (const cloud of clouds) cloud.clearRequests();
  const writes = () => processes.map(({ control }) => control?.writes ?? 0).join();
  const before = writes();
  for (const process of processes) {
    world.pass(MINUTE);
    await process.orchestrator.syncNow();
    await writeAnew(process);
  }
  const requests = clouds.flatMap(({ requests: list }) => list);
  const others = requests.filter(({ kind }) => kind !== 'list');
  if (others.length > 0) throw new Error(`a further sync is not quiet: ${JSON.stringify(others)}`);
  if (writes() !== before)
    throw new Error(`a further sync writes to a disk: ${before}, ${writes()}`);
}

/** All that a process shows of all names. */
async function everything({ orchestrator }: Process): Promise<string> {
  const lists = await Promise.all(
    NAMES.map((name) => orchestrator.repo<Note>(name).getAll({ sort: [{ field: 'id' }] })),
  );
  return canonicalText(lists);
}

/** All that a disk holds, all keys in one. */
async function dataOn(disk: IPersistence): Promise<EntityKeyData> {
  const tier = new BlobTier('disk', disk, { prefix: 'app', resolver: lastWriterWins });
  let data: EntityKeyData = {};
  for (const key of Object.keys((await tier.loadMetadata()).entityKeys))
    data = mergeEntityKeyData(data, (await tier.loadKey(key)) ?? {});
  return data;
}

/** A listing that was under way when the faults stopped may still fail, and who asks meanwhile shares it: once for each of two clouds. */
async function verifyInCalm(orchestrator: DataOrchestrator): Promise<void> {
  for (let failures = 0; ; failures++) {
    try {
      await orchestrator.verify();
      return;
    } catch (error) {
      if (!(error instanceof CloudError) || failures === 2) throw error;
    }
  }
}
