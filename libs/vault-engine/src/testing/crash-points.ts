import { faultyCloud } from '@chat-vault/cloud-storage/testing';
import { type ChatVaultEngine } from '../chat-vault-engine.js';
import { crashingStorage } from './crashing-storage.js';
import { type Device, World } from './world.js';

/** A piece of work that may die, and what is to hold afterwards. */
export interface CrashCase {
  /** Makes the world just before the work; gives the device that works, first, and the others. */
  readonly prepare: (world: World) => Promise<readonly [Device, ...Device[]]>;
  readonly work: (engine: ChatVaultEngine) => Promise<unknown>;
  /** Called after the crash, on the same world. */
  readonly check: (world: World, devices: readonly [Device, ...Device[]]) => Promise<void>;
}

/** Where a run dies: after so many cloud calls (the answer of the last one lost or not), or before a further storage write. */
export type CrashPoint =
  | { readonly kind: 'cloud'; readonly after: number; readonly isLastReplyLost: boolean }
  | { readonly kind: 'storage'; readonly after: number };

/** A world just before the work. */
type Scene = { readonly world: World; readonly devices: readonly [Device, ...Device[]] };

/**
 * Tries crash points one by one, each on a copy of the prepared world; gives how many there were. After a read the state is that of the write before, so the cloud is
 * stopped at the start, after each write and after the last call; with `CRASH_EVERYWHERE` in the environment after each call.
 * @throws with the crash point named
 */
export async function tryCrashPoints(crash: CrashCase, kind: CrashPoint['kind']): Promise<number> {
  const original = new World();
  const prepared = await crash.prepare(original);
  const fork = (): Promise<Scene> => original.fork(prepared);
  const counted = await countCalls(crash, await fork());
  const points = kind === 'cloud' ? cloudPoints(counted) : storagePoints(counted);
  for (const point of points) await tryPoint(crash, point, await fork());
  return points.length;
}

interface CallCounts {
  /** Of each cloud call, in order, whether it writes. */
  readonly cloudWrites: readonly boolean[];
  readonly storageWrites: number;
}

async function countCalls(crash: CrashCase, { devices }: Scene): Promise<CallCounts> {
  const cloud = faultyCloud(devices[0].world.cloud);
  const cloudWrites: boolean[] = [];
  cloud.beforeCall(({ operation }) => {
    cloudWrites.push(operation === 'create' || operation === 'remove');
  });
  const counting = crashingStorage(devices[0].storage, Number.POSITIVE_INFINITY);
  await crash.work(devices[0].engine(cloud, counting.storage));
  return { cloudWrites, storageWrites: counting.writes };
}

function cloudPoints({ cloudWrites }: CallCounts): readonly CrashPoint[] {
  const isEverywhere = process.env['CRASH_EVERYWHERE'] !== undefined;
  const last = cloudWrites.length;
  return Array.from({ length: last + 1 }, (_, after) => after)
    .filter((after) => isEverywhere || after === 0 || after === last || cloudWrites[after - 1])
    .map((after, index) => ({ kind: 'cloud', after, isLastReplyLost: index % 2 === 1 }));
}

const storagePoints = ({ storageWrites }: CallCounts): readonly CrashPoint[] =>
  Array.from({ length: storageWrites }, (_, after) => ({ kind: 'storage', after }));

async function tryPoint(crash: CrashCase, point: CrashPoint, scene: Scene): Promise<void> {
  await runUntil(crash, point, scene.devices[0]);
  try {
    await crash.check(scene.world, scene.devices);
  } catch (error) {
    const where = JSON.stringify(point);
    throw new Error(`after a crash at ${where}: ${String(error)}`, { cause: error });
  }
}

async function runUntil(crash: CrashCase, point: CrashPoint, device: Device): Promise<void> {
  const cloud = faultyCloud(device.world.cloud);
  if (point.kind === 'cloud') cloud.stopAfter(point.after, point);
  const writes = point.kind === 'storage' ? point.after : Number.POSITIVE_INFINITY;
  try {
    await crash.work(device.engine(cloud, crashingStorage(device.storage, writes).storage));
  } catch {
    // The process died; what counts is what a fresh one finds.
  }
}
