import { randomUUID } from 'node:crypto';
import { Client } from './client.ts';
import { timed } from './flush-bench.ts';

const MESSAGES = 100_000;
const CONVERSATIONS = 50;

/** How fast a new device gets everything. */
export interface PullFigures {
  readonly changes: number;
  readonly pages: number;
  readonly ms: number;
  readonly bytes: number;
}

/** 100,000 messages in 50 conversations, pulled from the beginning in pages of 1,000. */
export async function benchPull(url: string): Promise<PullFigures> {
  const ben = await Client.signIn(url, 'ben');
  const urns = Array.from({ length: CONVERSATIONS }, () => `urn:chat:${randomUUID()}`);
  const creations = urns.map((conversationUrn) =>
    ben.op('CONVERSATION_CREATE', { conversationUrn, title: null, memberIds: [] }),
  );
  await ben.flush(ben.body(creations));
  for (let at = 0; at < MESSAGES; at += 500) {
    const batch = Array.from({ length: 500 }, (_, index) =>
      ben.message(
        urns[(at + index) % CONVERSATIONS] ?? '',
        `Message ${at + index}: see you at the station at eight`,
      ),
    );
    await ben.flush(ben.body(batch));
  }
  let [cursor, changes, pages, bytes] = ['', 0, 0, 0];
  const ms = await timed(async () => {
    for (let hasMore = true; hasMore; pages += 1) {
      const text = await ben.page(cursor, 1000);
      bytes += text.length;
      const page = JSON.parse(text) as { changes: unknown[]; cursor: string; hasMore: boolean };
      ({ cursor, hasMore } = page);
      changes += page.changes.length;
    }
  });
  if (changes < MESSAGES) throw new Error(`only ${changes} changes came`);
  return { changes, pages, ms, bytes };
}
