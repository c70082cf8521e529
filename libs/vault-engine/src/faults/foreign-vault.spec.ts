import { describe, expect, it } from 'vitest';
import { EngineError } from '../reports/engine-error.js';
import { HOUR, World } from '../testing/world.js';

describe('another account’s vault behind this provider', () => {
  it.each(['sync', 'backup', 'compact', 'repair', 'restore'] as const)(
    'makes %s() refuse, with no writes on either side',
    async (call) => {
      const world = new World();
      const eve = await world.device({ accountId: 'eve' });
      for (let round = 0; round < 12; round++) {
        await eve.write(1, { prefix: `eve${round}` });
        await eve.sync();
        world.pass(HOUR);
      }
      const files = world.cloud.files();
      const ann = await world.device({ accountId: 'ann' });
      await ann.write(2, { prefix: 'ann' });
      const before = await ann.content();
      await expect(ann.engine()[call]()).rejects.toMatchObject({ code: 'foreign-vault' });
      await expect(ann.engine()[call]()).rejects.toBeInstanceOf(EngineError);
      expect(world.cloud.files()).toEqual(files);
      expect(await ann.content()).toEqual(before);
    },
  );

  it('that took the place of ours is refused too', async () => {
    const [world, other] = [new World(), new World()];
    const ann = await world.device({ accountId: 'ann' });
    await ann.write(2);
    await ann.sync();
    other.pass(HOUR);
    const eve = await other.device({ accountId: 'eve' });
    await eve.write(2, { prefix: 'eve' });
    await eve.sync();
    world.cloud.restore(other.cloud.snapshot());
    const files = world.cloud.files();
    await ann.write(1, { prefix: 'pending' });
    await expect(ann.sync()).rejects.toMatchObject({ code: 'foreign-vault' });
    expect(world.cloud.files()).toEqual(files);
    expect(await ann.texts()).toHaveLength(3);
  });

  it('of which single files lie among ours is reported file by file', async () => {
    const [world, other] = [new World(), new World()];
    const ann = await world.device({ accountId: 'ann' });
    await ann.write(2);
    await ann.sync();
    other.pass(HOUR);
    const eve = await other.device({ accountId: 'eve' });
    await eve.write(2, { prefix: 'eve' });
    await eve.sync();
    const [stray] = other.cloud.files();
    if (!stray) throw new Error('a delta was written');
    world.cloud.poke(stray.path, other.cloud.peek(stray.path) ?? new Uint8Array());
    const report = await ann.sync();
    expect(report.skipped).toEqual([{ path: stray.path, reason: 'foreign-vault' }]);
    expect(report.warnings.map(({ code }) => code)).toEqual(['foreign-vault']);
    expect(await ann.texts()).toHaveLength(2);
  });
});
