import { describe, expect, it } from 'vitest';
import { World } from '../testing/world.js';

describe('compact', () => {
  it('writes a vault anew when much of it was cleared, and the cleared messages are gone from the cloud', async () => {
    const world = new World();
    const ann = await world.device({ options: { bulkRecords: 1, compactionThreshold: 1_000 } });
    await ann.write(10, { at: Date.UTC(2023, 0, 5) });
    await ann.write(10, { at: Date.UTC(2023, 0, 6), conversationUrn: 'urn:chat:b', prefix: 'b' });
    await ann.sync();
    world.pass(60_000);
    await ann.storage.clearConversation('urn:chat:b');
    await ann.sync();
    await ann.engine().compact();
    const before = await ann.engine().verify();
    expect(before).toMatchObject({ ok: true, messagesInCloud: 20 });
    expect(await ann.engine().compact()).toMatchObject({ committed: true, vaultsReplaced: 1 });
    expect(await ann.engine().verify()).toMatchObject({ ok: true, messagesInCloud: 10 });
    const bob = await world.device();
    await bob.sync();
    await bob.engine().restoreMonth({ month: '2023-01' });
    expect(await bob.content()).toEqual(await ann.content());
    expect(await bob.texts()).toHaveLength(10);
  });
});
