import { describe, expect, it } from 'vitest';
import { EngineError } from '../reports/engine-error.js';
import { deltas } from '../testing/cloud-paths.js';
import { sealingCodec } from '../testing/sealing-codec.js';
import { HOUR, World } from '../testing/world.js';

const CALLS = [
  'sync',
  'restore',
  'backup',
  'compact',
  'collectGarbage',
  'verify',
  'repair',
  'reseed',
] as const;

describe('a device without a key that meets an encrypted vault', () => {
  it.each(CALLS)('is locked in %s(): nothing is written, merged or forgotten', async (call) => {
    const world = new World();
    const ann = await world.device({ codec: sealingCodec('key', world.random) });
    await ann.write(2);
    await ann.sync();
    const files = world.cloud.files();
    const bob = await world.device();
    await bob.write(2, { prefix: 'bob' });
    for (let attempt = 0; attempt < 2; attempt++) {
      const refused = bob.engine()[call]();
      await expect(refused).rejects.toBeInstanceOf(EngineError);
      await expect(refused).rejects.toMatchObject({ code: 'locked' });
    }
    expect(world.cloud.files()).toEqual(files);
    expect(await bob.texts()).toEqual(['bob 0', 'bob 1']);
  });

  it('loses nothing pending: it goes up when the device is unlocked', async () => {
    const world = new World();
    const codec = sealingCodec('key', world.random);
    const ann = await world.device({ codec });
    const bob = await world.device();
    await bob.write(1, { prefix: 'before' });
    await bob.sync();
    await ann.engine().seal();
    await bob.write(2, { prefix: 'pending' });
    await expect(bob.sync()).rejects.toMatchObject({ code: 'locked' });
    await bob.with({ codec }).sync();
    await ann.sync();
    expect(await ann.texts()).toEqual(['before 0', 'pending 0', 'pending 1']);
  });

  it('stays locked when the cloud shows nothing encrypted any more, also for a backup that does not look', async () => {
    const world = new World();
    const bob = await world.device();
    await bob.write(1);
    await bob.sync();
    const before = world.cloud.snapshot();
    const ann = await world.device({ codec: sealingCodec('key', world.random) });
    await ann.engine().seal();
    await expect(bob.sync()).rejects.toMatchObject({ code: 'locked' });
    world.cloud.restore(before);
    const files = world.cloud.files();
    await bob.write(1, { prefix: 'secret' });
    for (const call of ['backup', 'sync', 'reseed'] as const)
      await expect(bob.engine()[call]()).rejects.toMatchObject({ code: 'locked' });
    expect(world.cloud.files()).toEqual(files);
  });

  it('knows it by encrypted months when catalogs are not listed yet', async () => {
    const world = new World();
    const codec = sealingCodec('key', world.random);
    const ann = await world.device({ codec, options: { bulkRecords: 2 } });
    await ann.write(5);
    await ann.sync();
    for (const { path } of world.cloud.files('chat-vault/catalogs')) world.cloud.drop(path);
    for (const { path } of world.cloud.files('chat-vault/deltas')) world.cloud.drop(path);
    const bob = await world.device();
    await expect(bob.sync()).rejects.toMatchObject({ code: 'locked' });
  });

  it('is locked too when it had the key and has none now, and still shows what is here', async () => {
    const world = new World();
    const codec = sealingCodec('key', world.random);
    const options = { bulkRecords: 5 };
    const ann = await world.device({ codec, options });
    await ann.write(10);
    await ann.sync();
    const bob = await world.device({ codec, options: { initialMessages: 1, segmentBytes: 300 } });
    await bob.sync();
    const without = bob.with({});
    for (const call of ['backup', 'sync'] as const)
      await expect(without.engine()[call]()).rejects.toMatchObject({ code: 'locked' });
    const page = await without.engine().loadOlder({ conversationUrn: 'urn:chat:a', limit: 100 });
    expect(page.messages.length).toBeGreaterThan(0);
    if (page.messages.length < 10)
      expect(page).toMatchObject({ incomplete: true, error: { code: 'locked' } });
    await expect(without.engine().seal()).rejects.toMatchObject({ code: 'locked' });
  });

  it('refuses a key that opens nothing of this vault, before it writes', async () => {
    const world = new World();
    const ann = await world.device({ codec: sealingCodec('key', world.random) });
    await ann.write(2);
    await ann.sync();
    const files = world.cloud.files();
    const eve = await world.device({ codec: sealingCodec('other key', world.random) });
    await eve.write(1, { prefix: 'eve' });
    await expect(eve.sync()).rejects.toMatchObject({ code: 'locked' });
    await expect(eve.engine().backup()).rejects.toMatchObject({ code: 'locked' });
    expect(world.cloud.files()).toEqual(files);
    const right = eve.with({ codec: sealingCodec('key', world.random) });
    world.pass(HOUR);
    await right.sync();
    expect(await right.texts()).toHaveLength(3);
    expect(deltas(world.cloud)).toHaveLength(2);
  });
});
