import { memoryCloud } from '@chat-vault/cloud-storage/memory';
import { describe, expect, it } from 'vitest';
import { migrateVault } from '../migrate/index.js';
import { sealingCodec } from '../testing/sealing-codec.js';
import { type Device, HOUR, World } from '../testing/world.js';
import { isSealedPath } from './gate.js';

async function sealedVault(world: World): Promise<Device> {
  const options = { bulkRecords: 5 };
  const plain = await world.device({ options });
  await plain.write(8, { prefix: 'plain' });
  await plain.sync();
  await plain.write(1, { prefix: 'delta' });
  await plain.sync();
  const ann = plain.with({ codec: sealingCodec('key', world.random) });
  await ann.engine().seal();
  await ann.write(8, { prefix: 'sealed' });
  await ann.sync();
  world.pass(HOUR);
  return ann;
}

describe('an encrypted vault', () => {
  it('moves to another cloud with all that counts, whatever a planted catalog says', async () => {
    const world = new World();
    const ann = await sealedVault(world);
    const evil = new World(2);
    const eve = await evil.device({ options: { bulkRecords: 5 } });
    await eve.write(6, { prefix: 'evil' });
    await eve.sync();
    const [planted] = evil.cloud.files('chat-vault/catalogs');
    world.cloud.poke(planted?.path ?? '', evil.cloud.peek(planted?.path ?? '') ?? new Uint8Array());
    const target = memoryCloud({ now: () => world.now });
    const report = await migrateVault({
      from: { cloud: world.cloud },
      to: { cloud: target },
      ...(ann.parts.codec ? { codec: ann.parts.codec } : {}),
      environment: world.environment(() => world.now),
    });
    expect(report).toMatchObject({ mayRelease: true, problems: [] });
    const bob = await world.device({ codec: ann.parts.codec, cloud: target });
    await bob.sync();
    await bob.engine().restoreAll();
    expect(await bob.content()).toEqual(await ann.content());
  });

  it('is uploaded again sealed when the cloud was emptied, by a device that has the key only', async () => {
    const world = new World();
    const ann = await sealedVault(world);
    for (const { path } of world.cloud.files()) world.cloud.drop(path);
    const report = await ann.sync();
    expect(report.warnings.map(({ code }) => code)).toEqual(['vault-emptied']);
    await expect(ann.with({}).engine().reseed()).rejects.toMatchObject({ code: 'locked' });
    await ann.engine().reseed();
    expect(world.cloud.files().length).toBeGreaterThan(0);
    expect(world.cloud.files().every(({ path }) => isSealedPath(path))).toBe(true);
    await expect(ann.with({}).sync()).rejects.toMatchObject({ code: 'locked' });
    const bob = await world.device({ codec: ann.parts.codec });
    await bob.sync();
    await bob.engine().restoreAll();
    expect(await bob.content()).toEqual(await ann.content());
  });
});
