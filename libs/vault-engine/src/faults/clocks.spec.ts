import { describe, expect, it } from 'vitest';
import { expectConverged } from '../testing/convergence.js';
import { DAY, HOUR, World } from '../testing/world.js';

const YEAR = 365 * DAY;
const bytes = (text: string) => new TextEncoder().encode(text);

describe('a clock that is years ahead or behind', () => {
  it.each([3 * YEAR, -3 * YEAR])('by %i ms converges, and later edits win', async (offset) => {
    const world = new World();
    const ann = await world.device();
    const bob = await world.device({ now: () => world.now + offset });
    const [message] = await ann.write(1, { prefix: 'edited' });
    if (!message) throw new Error('a message was made');
    for (let round = 0; round < 14; round++)
      for (const device of [ann, bob]) {
        await device.sync();
        await device.storage.save({ ...message, payloadBytes: bytes(`round ${round}`) });
        await device.write(1, { prefix: `${device.storage.deviceId}-${round}` });
        await device.sync();
        world.pass(5 * HOUR);
      }
    await ann.sync();
    await ann.storage.save({ ...message, payloadBytes: bytes('last') });
    await expectConverged(world, [ann, bob]);
    expect(await bob.texts()).toContain('last');
    expect(await bob.texts()).toHaveLength(29);
  });

  it('drops nothing, and a warning names the device', async () => {
    const world = new World();
    const ann = await world.device();
    const bob = await world.device({ now: () => world.now + 3 * YEAR });
    await bob.write(2);
    await bob.sync();
    const report = await ann.sync();
    expect(report).toMatchObject({ messagesNew: 2 });
    expect(report.warnings).toEqual([
      { code: 'clock-skew', subject: bob.storage.deviceId, message: expect.any(String) as string },
    ]);
  });

  it('collects no garbage before its time when the server says so and the device first saw it just now', async () => {
    const world = new World();
    const ann = await world.device();
    const bob = await world.device({ now: () => world.now + 10 * YEAR });
    for (let round = 0; round < 12; round++) {
      await ann.write(1, { prefix: `r${round}` });
      await ann.sync();
    }
    expect(await bob.engine().collectGarbage()).toMatchObject({
      deltasRemoved: 0,
      vaultsRemoved: 0,
    });
  });
});

describe('a message that is deleted here and edited there', () => {
  it.each([
    { first: 'delete', second: 'edit', shown: ['edited'] },
    { first: 'edit', second: 'delete', shown: [] },
  ])('follows the later of $first, $second on both, for ever', async ({ first, shown }) => {
    const world = new World();
    const options = { compactionThreshold: 2 };
    const ann = await world.device({ options });
    const bob = await world.device({ options });
    const [message] = await ann.write(1);
    if (!message) throw new Error('a message was made');
    await ann.sync();
    await bob.sync();
    const deletes = () => ann.storage.delete(message);
    const edits = () => bob.storage.save({ ...message, payloadBytes: bytes('edited') });
    await (first === 'delete' ? deletes() : edits());
    world.pass(1_000);
    await (first === 'delete' ? edits() : deletes());
    for (let round = 0; round < 8; round++) {
      for (const device of round % 2 ? [ann, bob] : [bob, ann]) {
        await device.write(1, { conversationUrn: 'urn:chat:b', prefix: `r${round}` });
        await device.sync();
      }
      world.pass(DAY);
    }
    const fresh = await expectConverged(world, [ann, bob]);
    const found = (await fresh.content()).messages.filter(({ id }) => id === message.id);
    expect(found.map(({ payloadBytes }) => new TextDecoder().decode(payloadBytes))).toEqual(shown);
  });

  it('does not come back by a device that slept for two years with the old message', async () => {
    const world = new World();
    const options = { compactionThreshold: 2 };
    const [ann, old] = [await world.device({ options }), await world.device({ options })];
    const [message] = await ann.write(2);
    if (!message) throw new Error('two messages were made');
    await ann.sync();
    await old.sync();
    await ann.storage.delete(message);
    for (let month = 0; month < 24; month++) {
      await ann.write(1, { prefix: `m${month}` });
      await ann.sync();
      world.pass(30 * DAY);
    }
    await old.storage.react(message, 'old', '👍');
    await old.sync();
    const fresh = await expectConverged(world, [ann, old]);
    expect(await fresh.texts()).not.toContain('m 0');
    expect(await fresh.texts()).toHaveLength(25);
  });
});
