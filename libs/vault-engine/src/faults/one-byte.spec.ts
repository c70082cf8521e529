import { type CloudStorage } from '@chat-vault/cloud-storage';
import { beforeAll, describe, expect, it } from 'vitest';
import { allContents } from '../testing/all-contents.js';
import { restoreEverything, syncUntilQuiet } from '../testing/convergence.js';
import { alterByte } from '../testing/damage.js';
import { DAY, type Device, HOUR, World } from '../testing/world.js';

/** A vault of every kind of file: deltas, vaults of two months with their manifests, catalogs. Ann and Bob have all of it. */
async function makeScene() {
  const world = new World();
  const devices = [await world.device(), await world.device()] as const;
  const [ann, bob] = devices;
  await ann.write(5, { prefix: 'old', at: Date.UTC(2020, 1, 1) });
  for (let round = 0; round < 12; round++) {
    await ann.write(2, { prefix: `ann${round}` });
    if (round % 3 === 0) await bob.write(1, { prefix: `bob${round}`, senderId: 'bob' });
    await ann.sync();
    await bob.sync();
    world.pass(HOUR);
  }
  await ann.engine().compact();
  await bob.write(2, { prefix: 'late', senderId: 'bob' });
  await syncUntilQuiet(world, devices);
  for (const device of devices) await restoreEverything(device);
  const paths = world.cloud.files().map(({ path }) => path);
  return { world, devices, paths, all: await allContents(ann) };
}

type Scene = Awaited<ReturnType<typeof makeScene>>;
let scene: Scene;
beforeAll(async () => {
  scene = await makeScene();
});

/** The first byte, one in the middle, and the last. */
const PLACES = {
  first: () => 0,
  middle: (length: number) => length >> 1,
  last: (length: number) => length - 1,
} as const;

/** What a new device makes of the cloud: what it then has, the files that it read, and those of which it tells that they are damaged. */
async function bringHome(device: Device, cloud: CloudStorage) {
  const { requests } = device.world.cloud;
  const before = requests.length;
  const synced = await device.engine(cloud).sync();
  const restored = await device.engine(cloud).restoreAll();
  const verified = await device.engine(cloud).verify();
  const told = [
    ...[...synced.skipped, ...restored.skipped, ...verified.skipped].map(({ path }) => path),
    ...verified.damaged,
    ...verified.missing,
  ];
  const read = requests.slice(before).flatMap(({ kind, path }) => (kind === 'read' ? [path] : []));
  return {
    told: new Set(told.map(vaultOf)),
    read: new Set(read),
    lines: await allContents(device),
  };
}

/** A damaged manifest is told as damage of its vault, which is useless without it. */
const vaultOf = (path: string): string => path.replace('chat_manifest_', 'chat_vault_');

/** A cloud of which one file arrives with one byte changed. */
function altering(world: World, altered: string, at: number): CloudStorage {
  return {
    ...world.cloud,
    list: (folder) => world.cloud.list(folder),
    listFolders: (folder) => world.cloud.listFolders(folder),
    create: (path, bytes) => world.cloud.create(path, bytes),
    remove: (path) => world.cloud.remove(path),
    providerId: world.cloud.providerId,
    displayName: world.cloud.displayName,
    read: async (path, options) => {
      const bytes = await world.cloud.read(path, options);
      const place = at - (options?.range?.offset ?? 0);
      return path === altered ? bytes.map((byte, i) => (i === place ? byte ^ 0xff : byte)) : bytes;
    },
  };
}

describe.each(Object.entries(PLACES))('one wrong byte, the %s of a file', (_place, placeIn) => {
  const sizeOf = (world: World, path: string) => world.cloud.peek(path)?.length ?? 0;

  it('is told, never applied, the rest is, and the other devices heal it', async () => {
    const needed = new Set<string | undefined>();
    for (const path of scene.paths) {
      const { world, devices } = await scene.world.fork(scene.devices);
      alterByte(world.cloud, path, placeIn(sizeOf(world, path)));
      const carl = await world.device();
      const { told, read, lines } = await bringHome(carl, world.cloud);
      // What was folded or superseded is read by nobody, until it is removed.
      expect(told, path).toEqual(new Set(read.has(path) ? [vaultOf(path)] : []));
      if (read.has(path)) needed.add(/chat_vault|chat_manifest|catalogs|deltas/.exec(path)?.[0]);
      const without = await scene.world.fork([]);
      without.world.cloud.drop(path);
      const rest = await bringHome(await without.world.device(), without.world.cloud);
      expect(scene.all, path).toEqual(expect.arrayContaining([...lines]));
      expect(lines, path).toEqual(expect.arrayContaining([...rest.lines]));

      const [ann] = devices;
      world.pass(DAY);
      await syncUntilQuiet(world, devices);
      await ann.engine().repair();
      await syncUntilQuiet(world, devices);
      const dora = await world.device();
      const healed = await bringHome(dora, world.cloud);
      expect(healed.lines, path).toEqual(scene.all);
      expect(await ann.engine().verify(), path).toMatchObject({ missing: [], missingRecords: 0 });
    }
    expect([...needed].sort()).toEqual(['catalogs', 'chat_manifest', 'chat_vault', 'deltas']);
  });

  it('that only arrives so is told, never applied, and gone with the next good answer', async () => {
    for (const path of scene.paths) {
      const { world } = await scene.world.fork([]);
      const carl = await world.device();
      const cloud = altering(world, path, placeIn(sizeOf(world, path)));
      const { told, read, lines } = await bringHome(carl, cloud);
      expect(told, path).toEqual(new Set(read.has(path) ? [vaultOf(path)] : []));
      expect(scene.all, path).toEqual(expect.arrayContaining([...lines]));
      world.pass(2 * DAY);
      const better = await bringHome(carl, world.cloud);
      expect([...better.told], path).toEqual([]);
      expect(better.lines, path).toEqual(scene.all);
    }
  });
});
