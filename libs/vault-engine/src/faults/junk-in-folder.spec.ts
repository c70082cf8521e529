import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type CloudStorage } from '@chat-vault/cloud-storage';
import { directoryCloud } from '@chat-vault/cloud-storage/directory';
import { parsePath } from '@chat-vault/core/format';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { restoreEverything } from '../testing/convergence.js';
import { DAY, type Device, HOUR, World } from '../testing/world.js';

let root = '';
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'chat-vault-junk-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

/** Other versions of a file, and what programs that carry folders leave beside it, with its true content or a part of it. */
const junkBeside = (name: string): readonly string[] => {
  const [stem = '', ...rest] = name.split('.');
  const extension = rest.map((part) => `.${part}`).join('');
  return [
    `${stem} (conflicted copy 2024-01-01)${extension}`,
    `${stem}.sync-conflict-20240101-101010-ABCDEFG${extension}`,
    `${stem}~20240101-101010${extension}`,
    `${stem} (1)${extension}`,
    `~$${name}`,
    `${name}.tmp`,
    `${name}.crswap`,
    `.${name}.icloud`,
  ];
};
const JUNK = ['desktop.ini', '.DS_Store', 'Thumbs.db', '.stfolder/marker', '.stversions/old'];

/** All files under the folder with their bytes. */
async function allFiles(): Promise<ReadonlyMap<string, string>> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const paths = files.map((file) => join(file.parentPath, file.name)).sort();
  const contents = await Promise.all(paths.map((path) => readFile(path, 'latin1')));
  return new Map(paths.map((path, index) => [path.slice(root.length + 1), contents[index] ?? '']));
}

/** Puts junk beside all files of ours that are there now; gives it. */
async function litter(): Promise<ReadonlyMap<string, string>> {
  const junk = new Map<string, string>();
  for (const [path, content] of await allFiles()) {
    if (parsePath('chat-vault', path) === null) continue;
    const folder = dirname(path);
    const name = path.slice(folder.length + 1);
    for (const [index, copy] of junkBeside(name).entries()) {
      junk.set(`${folder}/${copy}`, index % 2 ? content : content.slice(0, 20));
    }
    for (const other of JUNK) junk.set(`${folder}/${other}`, 'of another program');
  }
  for (const folder of ['2024 (1)', 'deltas (conflicted copy)', '.stversions/deltas']) {
    junk.set(`chat-vault/${folder}/file`, 'of another program');
  }
  for (const [path, content] of junk) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), content, 'latin1');
  }
  return junk;
}

/** Two devices that write, sync, compact, collect and repair for weeks; `between` runs after each day. */
async function liveFor(world: World, cloud: CloudStorage, between: () => Promise<void>) {
  const options = { compactionThreshold: 3 };
  const devices: readonly [Device, Device] = [
    await world.device({ cloud, options }),
    await world.device({ cloud, options }),
  ];
  for (let day = 0; day < 12; day++) {
    for (const [index, device] of devices.entries()) {
      await device.write(1, { prefix: `d${day}-${index}` });
      await device.sync();
      world.pass(9 * HOUR);
    }
    await between();
  }
  world.pass(9 * DAY);
  await devices[0].engine().collectGarbage();
  await devices[0].engine().repair();
  await devices[0].engine().compact();
  return devices;
}

describe('junk in a folder that a sync program carries', () => {
  it('changes nothing, is never removed, and is counted', async () => {
    const clean = new World();
    const [model] = await liveFor(clean, clean.cloud, async () => undefined);
    const world = new World();
    const cloud = directoryCloud({ path: root });
    const junk = new Map<string, string>();
    const devices = await liveFor(world, cloud, async () => {
      for (const [path, content] of await litter()) junk.set(path, content);
    });
    const files = await allFiles();
    for (const [path, content] of junk) expect(files.get(path), path).toBe(content);
    for (const device of devices) {
      await device.sync();
      await restoreEverything(device);
      expect([...(await device.texts())].sort()).toEqual([...(await model.texts())].sort());
    }
    const { foreign, damaged, missing } = await devices[0].engine().verify();
    expect({ damaged, missing }).toEqual({ damaged: [], missing: [] });
    const isListed = (path: string) =>
      /^chat-vault\/(deltas|catalogs|\d{4})\/[^/]+$/.test(path) && !path.endsWith('.crswap');
    expect([...foreign].sort()).toEqual([...junk.keys()].filter(isListed).sort());
  });

  it('of size zero under a true name is a file that is not here yet, and is waited for', async () => {
    const world = new World();
    const cloud = directoryCloud({ path: root });
    const [ann, bob] = [await world.device({ cloud }), await world.device({ cloud })];
    await ann.write(3);
    await ann.sync();
    const [[path = '', content = ''] = []] = await allFiles();
    await writeFile(join(root, path), '');
    const early = await bob.sync();
    expect(early).toMatchObject({ messagesNew: 0, skipped: [], warnings: [] });
    expect((await stat(join(root, path))).size).toBe(0);
    await writeFile(join(root, path), content, 'latin1');
    expect(await bob.sync()).toMatchObject({ messagesNew: 3, skipped: [], warnings: [] });
    const third = await world.device({ cloud });
    await third.sync();
    await restoreEverything(third);
    expect(await third.texts()).toEqual(await ann.texts());
  });
});
