import { describe, expect, it } from 'vitest';
import { DAY, HOUR, World } from './testing/world.js';

describe('ChatVaultEngine', () => {
  it('brings what one device wrote to another', async () => {
    const world = new World();
    const [ann, bob] = [await world.device(), await world.device()];
    await ann.write(20);
    const report = await ann.sync();
    expect(report).toMatchObject({ recordsUploaded: 20, recordsPending: 0, filesWritten: 1 });
    expect(await bob.sync()).toMatchObject({ messagesNew: 20 });
    expect(await bob.content()).toEqual(await ann.content());
  });

  it('costs two requests when there is nothing new', async () => {
    const world = new World();
    const ann = await world.device();
    await ann.write(3);
    await ann.sync();
    await ann.sync();
    world.cloud.clearRequests();
    expect(await ann.sync()).toMatchObject({ requests: 2, filesWritten: 0 });
    expect(world.cloud.requests.map(({ kind }) => kind)).toEqual(['list', 'list']);
  });

  it('backs up with one write and no read beyond the listing', async () => {
    const world = new World();
    const ann = await world.device();
    await ann.sync();
    await ann.write(5);
    expect(await ann.sync()).toMatchObject({ requests: 3, filesWritten: 1, filesRead: 0 });
  });

  it('compacts when more deltas are unfolded than the threshold, and keeps everything', async () => {
    const world = new World();
    const [ann, bob] = [await world.device(), await world.device()];
    for (let day = 0; day < 12; day++) {
      await ann.write(3, { prefix: `day${day}` });
      await ann.sync();
      world.pass(DAY);
    }
    const files = world.cloud.files();
    expect(files.some(({ path }) => path.includes('/catalogs/'))).toBe(true);
    expect(files.some(({ path }) => path.includes('chat_vault_2024_06'))).toBe(true);
    await bob.sync();
    await bob.engine().restoreMonth({ month: '2024-06' });
    expect(await bob.content()).toEqual(await ann.content());
  });

  it('collects what is superseded after the grace periods and stays readable', async () => {
    const world = new World();
    const ann = await world.device();
    for (let round = 0; round < 60; round++) {
      await ann.write(3, { prefix: `r${round}` });
      await ann.sync();
      world.pass(12 * HOUR);
    }
    const deltas = world.cloud.files('chat-vault/deltas').length;
    expect(deltas).toBeLessThan(20);
    const bob = await world.device();
    await bob.sync();
    for (const month of ['2024-06', '2024-07']) await bob.engine().restoreMonth({ month });
    expect(await bob.content()).toEqual(await ann.content());
    const verified = await ann.engine().verify();
    expect(verified).toMatchObject({ ok: true, damaged: [], missing: [], missingRecords: 0 });
  });

  it('uploads everything again to a cloud that was emptied, when asked', async () => {
    const world = new World();
    const ann = await world.device();
    const messages = await ann.write(4);
    await ann.sync();
    await ann.sync();
    for (const { path } of world.cloud.files()) world.cloud.drop(path);
    await ann.write(1, { prefix: 'later' });
    const stopped = await ann.sync();
    expect(stopped.warnings).toMatchObject([{ code: 'vault-emptied' }]);
    expect(stopped).toMatchObject({ filesWritten: 0, recordsPending: 1 });
    expect(await ann.engine().reseed()).toMatchObject({ recordsUploaded: 5, recordsPending: 0 });
    const bob = await world.device();
    await bob.sync();
    expect(await bob.content()).toEqual(await ann.content());
    expect(messages).toHaveLength(4);
  });

  it('propagates edits, deletions, reactions and clearings', async () => {
    const world = new World();
    const [ann, bob] = [await world.device(), await world.device()];
    const [first, second, third] = await ann.write(3);
    await ann.write(2, { conversationUrn: 'urn:chat:b', prefix: 'b' });
    await ann.sync();
    await bob.sync();
    world.pass(HOUR);
    if (!first || !second || !third) throw new Error('three messages were made');
    await bob.storage.save({ ...first, payloadBytes: new TextEncoder().encode('edited') });
    await bob.storage.delete(second);
    await bob.storage.react(third, 'bob', '👍');
    await bob.storage.clearConversation('urn:chat:b');
    await bob.sync();
    await ann.sync();
    expect(await ann.texts()).toEqual(['edited', 'm 2']);
    expect(await ann.content()).toEqual(await bob.content());
  });
});
