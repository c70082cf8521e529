import { type CloudStorage } from '@chat-vault/cloud-storage';
import { memoryCloud } from '@chat-vault/cloud-storage/memory';
import { exportZip, zipCloud } from '@chat-vault/cloud-storage/zip';
import { describe, expect, it } from 'vitest';
import { deltas } from '../testing/cloud-paths.js';
import { restoreEverything } from '../testing/convergence.js';
import { HOUR, World } from '../testing/world.js';
import { migrateVault } from './migrate-vault.js';

async function exportedWorld() {
  const world = new World();
  const ann = await world.device({ accountId: 'ann', options: { compactionThreshold: 3 } });
  for (let round = 0; round < 7; round++) {
    await ann.write(2, { prefix: `r${round}` });
    await ann.sync();
    world.pass(3 * HOUR);
  }
  const blob = await new Response(exportZip(world.cloud)).blob();
  const zip = await zipCloud(blob);
  const fresh = (cloud: CloudStorage) => world.device({ cloud, accountId: 'ann' });
  return { world, ann, blob, zip, fresh };
}

describe('a vault as one ZIP file', () => {
  it('is carried into another cloud, from which a new device restores everything', async () => {
    const { world, ann, zip, fresh } = await exportedWorld();
    const target = memoryCloud({ providerId: 'target' });
    expect(await migrateVault({ from: { cloud: zip }, to: { cloud: target } })).toMatchObject({
      mayRelease: true,
      filesCopied: world.cloud.files().length,
    });
    const device = await fresh(target);
    await device.sync();
    await restoreEverything(device);
    expect(await device.content()).toEqual(await ann.content());
    expect(await device.engine().verify()).toMatchObject({ ok: true });
  });

  it('may be carried in twice, and into a cloud that went on meanwhile', async () => {
    const { world, ann, zip } = await exportedWorld();
    await ann.write(3, { prefix: 'later' });
    await ann.sync();
    const before = world.cloud.files();
    const places = { from: { cloud: zip }, to: { cloud: world.cloud } };
    expect(await migrateVault(places)).toMatchObject({ mayRelease: true, filesCopied: 0 });
    expect(world.cloud.files()).toEqual(before);
  });

  it('is restored from without any cloud', async () => {
    const { ann, zip, fresh } = await exportedWorld();
    const device = await fresh(zip);
    expect(await device.engine().restore()).toMatchObject({ skipped: [] });
    await restoreEverything(device);
    expect(await device.content()).toEqual(await ann.content());
  });

  it('of another account is refused', async () => {
    const { zip, world } = await exportedWorld();
    const target = memoryCloud({ providerId: 'target' });
    const eve = await world.device({ cloud: target, accountId: 'eve' });
    await eve.write(1, { prefix: 'eve' });
    await eve.sync();
    const before = target.files();
    await expect(
      migrateVault({ from: { cloud: zip }, to: { cloud: target } }),
    ).rejects.toMatchObject({ code: 'foreign-vault' });
    expect(target.files()).toEqual(before);
  });

  it('with one damaged file brings in the rest', async () => {
    const { world, blob } = await exportedWorld();
    const [path = ''] = deltas(world.cloud);
    const bytes = new Uint8Array(await blob.arrayBuffer());
    const at = new TextDecoder('latin1').decode(bytes).indexOf(path) + path.length + 40;
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    const target = memoryCloud({ providerId: 'target' });
    const from = { cloud: await zipCloud(new Blob([bytes])) };
    expect(await migrateVault({ from, to: { cloud: target } })).toMatchObject({
      mayRelease: false,
      problems: [{ kind: 'unreadable', path: path.replace('chat-vault/', ''), reason: 'invalid' }],
      filesCopied: world.cloud.files().length - 1,
    });
  });
});
