import { describe, expect, it } from 'vitest';
import { expectConverged } from '../testing/convergence.js';
import { HOUR, World } from '../testing/world.js';

describe('a device that was restored from an old disk image, or cloned', () => {
  it('collides with nothing: what the image wrote after and before are both there', async () => {
    const world = new World();
    const [ann, bob] = [await world.device(), await world.device()];
    await ann.write(2, { prefix: 'before' });
    await ann.sync();
    const image = await world.clone(ann);
    await ann.write(3, { prefix: 'lost' });
    await ann.sync();
    await ann.storage.close();
    world.pass(HOUR);
    await image.write(3, { prefix: 'again' });
    await image.sync();
    await expectConverged(world, [image, bob]);
    expect(await image.texts()).toHaveLength(8);
    expect(image.storage.deviceId).toBe(ann.storage.deviceId);
  });

  it('and lives on beside its original: both write, with equal stamps, and converge', async () => {
    const world = new World();
    const ann = await world.device();
    const [first] = await ann.write(2, { prefix: 'both' });
    await ann.sync();
    const twin = await world.clone(ann);
    if (!first) throw new Error('two messages were made');
    for (const [device, text] of [
      [ann, 'of ann'],
      [twin, 'of her twin'],
    ] as const)
      await device.storage.save({ ...first, payloadBytes: new TextEncoder().encode(text) });
    const stamps = [ann, twin].map(async (device) => (await device.storage.get(first))?.stamp);
    expect(await stamps[0]).toBe(await stamps[1]);
    for (let round = 0; round < 14; round++)
      for (const device of [ann, twin]) {
        await device.write(1, { prefix: `r${round}${device === ann ? 'a' : 't'}` });
        await device.sync();
        world.pass(HOUR);
      }
    await expectConverged(world, [ann, twin]);
    expect(await ann.texts()).toHaveLength(30);
  });

  it('while an upload was sealed in the image: the same bytes go to the same name', async () => {
    const world = new World();
    const ann = await world.device();
    await ann.sync();
    await ann.write(3);
    const { cloud } = world;
    const { create } = cloud;
    cloud.create = () => Promise.reject(new Error('the power failed'));
    await expect(ann.sync()).rejects.toThrow('the power failed');
    cloud.create = create;
    const twin = await world.clone(ann);
    for (const device of [ann, twin]) await device.sync();
    expect(world.cloud.files('chat-vault/deltas')).toHaveLength(1);
    await expectConverged(world, [ann, twin]);
  });
});

describe('a local database that was evicted or emptied', () => {
  it('comes back with a new device id by a restore, and never deletes', async () => {
    const world = new World();
    const [ann, bob] = [await world.device(), await world.device()];
    for (let round = 0; round < 14; round++) {
      await ann.write(2, { prefix: `r${round}` });
      await ann.sync();
    }
    await ann.storage.destroy();
    const again = await world.device();
    expect(again.storage.deviceId).not.toBe(ann.storage.deviceId);
    const report = await again.sync();
    expect(report).toMatchObject({ recordsUploaded: 0, messagesDeleted: 0 });
    await expectConverged(world, [again, bob]);
    const { messages, tombstones, cleared } = await bob.content();
    expect([messages.length, tombstones.length, cleared.length]).toEqual([28, 0, 0]);
  });
});
