import { memoryCloud } from '@chat-vault/cloud-storage/memory';
import { HybridClock } from '@chat-vault/core';
import { describe, expect, it } from 'vitest';
import { expectConverged, restoreEverything } from '../testing/convergence.js';
import { DAY, type Device, HOUR, makeMessages, textOf, World } from '../testing/world.js';

const EAGER = { compactionThreshold: 2 };
const bytes = (text: string) => new TextEncoder().encode(text);

/** Writes and syncs so many times. */
async function writeRounds(world: World, device: Device, rounds: number, prefix: string) {
  for (let round = 0; round < rounds; round++) {
    await device.write(1, { prefix: `${prefix}${round}` });
    await device.sync();
    world.pass(HOUR);
  }
}

describe('messages that expire', () => {
  it('leave the cloud with the next merges, and no tombstone behind', async () => {
    const world = new World();
    const ann = await world.device({ options: EAGER });
    const expiresAt = new Date(world.now + DAY).toISOString();
    for (let round = 0; round < 4; round++) {
      const messages = makeMessages(10, { prefix: `gone${round}`, at: world.now });
      await ann.storage.save(messages.map((message) => ({ ...message, expiresAt })));
      await writeRounds(world, ann, 1, `kept${round}`);
    }
    expect(await ann.engine().verify()).toMatchObject({ ok: true, messagesInCloud: 44 });
    world.pass(9 * DAY);
    await writeRounds(world, ann, 12, 'later');
    expect(await ann.engine().verify()).toMatchObject({ ok: true, messagesInCloud: 16 });
    const bob = await world.device();
    await bob.sync();
    await restoreEverything(bob);
    const { messages, tombstones } = await bob.content();
    expect([messages.length, tombstones.length]).toEqual([16, 0]);
  });
});

describe('fields of a newer version', () => {
  it('survive compactions by this one, of records, reactions and tombstones', async () => {
    const world = new World();
    const newer = await world.device({ options: { compactionThreshold: 1_000 } });
    const [message, other] = makeMessages(2, { prefix: 'newer', at: world.now - HOUR });
    if (!message || !other) throw new Error('two messages were made');
    const clock = new HybridClock({ deviceId: '00000000000000ff', now: () => world.now });
    const stamp = clock.now();
    const extra = { later: { list: [1, 'two'] } };
    const { conversationUrn, sentTimestamp } = message;
    const ofMessage = { conversationUrn, sentTimestamp, messageId: message.id };
    const ofOther = { ...ofMessage, sentTimestamp: other.sentTimestamp, messageId: other.id };
    await newer.storage.apply(
      {
        messages: [{ ...message, stamp, extra }],
        tombstones: [{ ...ofOther, deletedAt: sentTimestamp, stamp, extra }],
        reactions: [{ ...ofMessage, senderId: 'bob', emoji: '👍', stamp, extra }],
        cleared: [],
      },
      { provider: 'another cloud' },
    );
    await newer.sync();
    const ann = await world.device({ options: EAGER });
    await writeRounds(world, ann, 12, 'r');
    world.pass(9 * DAY);
    await ann.sync();
    expect(world.cloud.requests.some(({ kind }) => kind === 'remove')).toBe(true);
    const bob = await expectConverged(world, [ann, newer]);
    const { messages, tombstones, reactions } = await bob.content();
    const found = messages.find(({ id }) => id === message.id);
    expect([found, tombstones[0], reactions[0]].map((record) => record?.extra)).toEqual([
      extra,
      extra,
      extra,
    ]);
  });
});

describe('two people at one message at once', () => {
  it('edit and react, and both are kept', async () => {
    const world = new World();
    const devices = [
      await world.device({ options: EAGER }),
      await world.device(),
      await world.device(),
    ];
    const [ann, bob, carl] = devices as [Device, Device, Device];
    const [message] = await ann.write(1);
    if (!message) throw new Error('a message was made');
    for (const device of devices) await device.sync();
    await ann.storage.save({ ...message, payloadBytes: bytes('edited') });
    await bob.storage.react(message, 'bob', '👍');
    await carl.storage.react(message, 'carl', '🎉');
    for (const device of devices) await device.sync();
    const fresh = await expectConverged(world, devices);
    const { messages, reactions } = await fresh.content();
    expect(messages.map(textOf)).toEqual(['edited']);
    expect(reactions.map(({ senderId, emoji }) => `${senderId} ${emoji}`)).toEqual([
      'bob 👍',
      'carl 🎉',
    ]);
  });
});

describe('two devices with two clouds each', () => {
  it('carry everything to both, and then write nothing any more', async () => {
    const world = new World();
    const second = memoryCloud({ providerId: 'second', now: () => world.now });
    const devices = [
      await world.device({ options: EAGER }),
      await world.device({ options: EAGER }),
    ];
    for (let round = 0; round < 8; round++)
      for (const device of devices) {
        await device.write(1, { prefix: `${device.storage.deviceId} ${round}` });
        // Each begins with another cloud, so that all go through both ways.
        const clouds = device === devices[0] ? [world.cloud, second] : [second, world.cloud];
        for (const cloud of clouds) await device.engine(cloud).sync();
        world.pass(HOUR);
      }
    const syncAll = async () => {
      let written = 0;
      for (const device of devices)
        for (const cloud of [world.cloud, second])
          written += (await device.engine(cloud).sync()).filesWritten;
      world.pass(2 * HOUR);
      return written;
    };
    for (let round = 0; round < 4; round++) await syncAll();
    for (let round = 0; round < 3; round++) expect(await syncAll()).toBe(0);
    for (const cloud of [world.cloud, second]) {
      const fresh = await world.device({ cloud });
      await fresh.sync();
      await restoreEverything(fresh);
      expect(await fresh.texts()).toHaveLength(16);
    }
  });
});

describe('uploading everything again', () => {
  it('from a device that has next to nothing takes nothing away', async () => {
    const world = new World();
    const ann = await world.device({ options: EAGER });
    await writeRounds(world, ann, 12, 'r');
    const bob = await world.device({ options: { initialMessages: 1 } });
    await bob.sync();
    const files = world.cloud.files().map(({ path }) => path);
    const empty = await world.device();
    for (const device of [bob, empty]) await device.engine().reseed();
    expect(world.cloud.files().map(({ path }) => path)).toEqual(expect.arrayContaining(files));
    await expectConverged(world, [ann, bob, empty]);
    expect(await empty.texts()).toHaveLength(12);
  });
});

describe('what was written before a cloud was connected', () => {
  it('joins what the cloud has, and both are everywhere', async () => {
    const world = new World();
    const [ann, bob] = [await world.device({ options: EAGER }), await world.device()];
    await writeRounds(world, ann, 10, 'cloud');
    const [deleted] = await bob.write(20, { prefix: 'before' });
    if (deleted) await bob.storage.delete(deleted);
    expect(await bob.sync()).toMatchObject({ recordsPending: 0, messagesDeleted: 0 });
    await expectConverged(world, [ann, bob]);
    expect(await ann.texts()).toHaveLength(29);
    expect((await ann.content()).tombstones).toHaveLength(1);
  });
});
