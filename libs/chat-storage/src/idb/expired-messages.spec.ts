import { describe, expect, it } from 'vitest';
import { memoryChatStorage } from '../testing/memory-chat-storage.js';
import { at, message, NOON } from '../testing/sample-records.js';

const DAY = 24 * 60 * 60 * 1_000;

describe('openIdbChatStorage', () => {
  it('removes a message a week after it expired, when its page is written and no cloud waits for it', async () => {
    let nowMs = NOON;
    const storage = await memoryChatStorage({ now: () => nowMs });
    await storage.updateSyncState('cloud', {});
    await storage.save([message(1, { expiresAt: at(DAY) }), message(2)]);
    const { through } = await storage.pendingSummary('cloud');
    nowMs += 2 * DAY;
    await storage.save(message(3));
    expect(await storage.recordCount()).toBe(3);
    nowMs += 7 * DAY;
    await storage.save(message(4));
    expect(await storage.recordCount()).toBe(4);
    await storage.confirm('cloud', through, []);
    await storage.save(message(5));
    expect(await storage.recordCount()).toBe(4);
    expect((await storage.conversations())[0]).toMatchObject({ messageCount: 4, unreadCount: 4 });
    await storage.destroy();
  });
});
