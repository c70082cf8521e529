import { describe, expect, it } from 'vitest';
import { catalogs, deltas, manifests, monthVaults } from '../testing/cloud-paths.js';
import { syncUntilQuiet } from '../testing/convergence.js';
import { alterByte, tear } from '../testing/damage.js';
import { sealingCodec } from '../testing/sealing-codec.js';
import { type Device, HOUR, World } from '../testing/world.js';

/** A sealed vault of two months with two devices that have all of it. */
async function sealedVault(world: World): Promise<readonly [Device, Device]> {
  const codec = sealingCodec('key', world.random);
  const options = { bulkRecords: 20, segmentBytes: 400 };
  const [ann, bob] = [
    await world.device({ codec, options }),
    await world.device({ codec, options }),
  ];
  await ann.engine().seal();
  await ann.write(12, { at: Date.UTC(2024, 2, 1), prefix: 'march' });
  await ann.write(12, { at: Date.UTC(2024, 3, 1), prefix: 'april' });
  await ann.sync();
  await ann.write(3, { prefix: 'delta' });
  await ann.sync();
  world.pass(HOUR);
  await bob.sync();
  await bob.engine().restoreAll();
  return [ann, bob];
}

type Damage = (world: World) => readonly string[];

const copy = (world: World, from: string, to: string) =>
  world.cloud.poke(to, world.cloud.peek(from) ?? new Uint8Array());

function swap(world: World, [a = '', b = '']: readonly string[]): readonly string[] {
  const bytes = world.cloud.peek(a) ?? new Uint8Array();
  copy(world, b, a);
  world.cloud.poke(b, bytes);
  return [a, b];
}

const DAMAGES: Readonly<Record<string, Damage>> = {
  'an altered month vault': ({ cloud }) => {
    const [path = ''] = monthVaults(cloud);
    alterByte(cloud, path, 300);
    return [path];
  },
  'a truncated month vault': ({ cloud }) => {
    const [path = ''] = monthVaults(cloud);
    tear(cloud, path, 0.6);
    return [path];
  },
  'an altered manifest': ({ cloud }) => {
    const [path = ''] = manifests(cloud);
    alterByte(cloud, path, -3);
    return [path];
  },
  'month vaults in the place of each other': (world) => swap(world, monthVaults(world.cloud)),
  'manifests in the place of each other': (world) => swap(world, manifests(world.cloud)),
  'a vault file in the place of its manifest': (world) => {
    const [vault = ''] = monthVaults(world.cloud);
    const [manifest = ''] = manifests(world.cloud);
    copy(world, vault, manifest);
    return [manifest];
  },
  'an altered delta': ({ cloud }) => {
    const path = deltas(cloud).at(-1) ?? '';
    alterByte(cloud, path, -1);
    return [path];
  },
  'a truncated delta': ({ cloud }) => {
    const path = deltas(cloud).at(-1) ?? '';
    tear(cloud, path);
    return [path];
  },
  'an altered catalog': ({ cloud }) => {
    const path = catalogs(cloud).at(-1) ?? '';
    alterByte(cloud, path, -1);
    return [path];
  },
  'an older catalog in the place of the newest': (world) => {
    const all = catalogs(world.cloud);
    const path = all.at(-1) ?? '';
    copy(world, all.at(0) ?? '', path);
    return [path];
  },
};

describe.each(Object.entries(DAMAGES))('%s of an encrypted vault', (_name, damage) => {
  it('is named by verify, merged by nobody, and healed by what a device has', async () => {
    const world = new World();
    const [ann, bob] = await sealedVault(world);
    const whole = await ann.content();
    const damaged = damage(world);
    const found = await ann.engine().verify();
    expect(found.ok).toBe(false);
    const named = [...found.damaged, ...found.missing];
    for (const path of damaged) {
      const twin = path.replace('chat_manifest', 'chat_vault');
      expect(named.some((one) => one === path || one === twin)).toBe(true);
    }
    const fresh = await world.device({ codec: ann.parts.codec });
    await fresh.sync();
    await fresh.engine().restoreAll();
    const texts = await ann.texts();
    for (const text of await fresh.texts()) expect(texts).toContain(text);
    await bob.engine().repair();
    await syncUntilQuiet(world, [ann, bob, fresh]);
    await bob.engine().repair();
    await syncUntilQuiet(world, [ann, bob, fresh]);
    await fresh.engine().restoreAll();
    expect(await fresh.content()).toEqual(whole);
    expect(await bob.engine().repair()).toMatchObject({ filesWritten: 0 });
    expect(await bob.engine().verify()).toMatchObject({
      damaged: [],
      missing: [],
      unsealed: [],
      missingRecords: 0,
      missingLocally: 0,
    });
  });
});

describe('a single altered byte', () => {
  it('anywhere in any file is refused or harmless', { timeout: 60_000 }, async () => {
    const original = new World();
    const [ann] = await sealedVault(original);
    const genuine = new Set(await ann.texts());
    const paths = original.cloud.files().map(({ path }) => path);
    expect(paths.length).toBeGreaterThan(5);
    for (const [index, path] of paths.entries()) {
      const size = original.cloud.peek(path)?.length ?? 0;
      for (let at = index % 5; at < size; at += 1 + Math.floor(size / 12)) {
        const world = new World(at);
        world.now = original.now;
        world.cloud.restore(original.cloud.snapshot());
        alterByte(world.cloud, path, at);
        const fresh = await world.device({ codec: ann.parts.codec });
        const outcome = await fresh.sync().catch((error: { readonly code?: string }) => error.code);
        if (outcome === 'locked') continue; // the only file that was tried names another key now
        await fresh.engine().restoreAll();
        const texts = await fresh.texts();
        expect(texts.filter((text) => !genuine.has(text))).toEqual([]);
        expect(texts.length).toBeGreaterThan(0);
        await fresh.storage.close();
      }
    }
  });
});
