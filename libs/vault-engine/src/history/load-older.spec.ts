import { CloudError } from '@chat-vault/cloud-storage';
import { type ChatMessage } from '@chat-vault/core';
import { describe, expect, it } from 'vitest';
import { type ChatVaultEngine } from '../chat-vault-engine.js';
import { type Device, HOUR, World } from '../testing/world.js';

const URN = 'urn:chat:a';

/** A compacted vault of one device: `months` months of `perMonth` messages in each of some conversations. */
async function oldVault(
  world: World,
  size: { readonly months: number; readonly perMonth: number; readonly urns?: readonly string[] },
): Promise<{ readonly ann: Device; readonly messages: readonly ChatMessage[] }> {
  const ann = await world.device({ options: { bulkRecords: 1, segmentBytes: 4096 } });
  const messages: ChatMessage[] = [];
  for (let month = 0; month < size.months; month++)
    for (const conversationUrn of size.urns ?? [URN])
      messages.push(
        ...(await ann.write(size.perMonth, {
          conversationUrn,
          prefix: `${conversationUrn}-${month}`,
          at: Date.UTC(2024, 5 - month, 3),
          stepMs: HOUR,
        })),
      );
  await ann.sync();
  return { ann, messages };
}

/** Pages to the beginning; gives every message, newest first, and what it cost. */
async function scrollUp(engine: ChatVaultEngine, limit: number, conversationUrn = URN) {
  const messages: ChatMessage[] = [];
  const pages: number[] = [];
  let isIncomplete = false;
  for (;;) {
    const before = messages.at(-1);
    const page = await engine.loadOlder({
      conversationUrn,
      limit,
      ...(before ? { before: { sentTimestamp: before.sentTimestamp, id: before.id } } : {}),
    });
    messages.push(...page.messages);
    pages.push(page.messages.length);
    isIncomplete ||= page.incomplete;
    if (!page.hasOlder) return { messages, pages, isIncomplete };
    if (page.messages.length === 0) throw new Error('an empty page says that there is more');
  }
}

const idsOf = (messages: readonly ChatMessage[]): readonly string[] => messages.map(({ id }) => id);

const newestFirst = (messages: readonly ChatMessage[]): readonly string[] =>
  idsOf(
    [...messages].sort((a, b) =>
      a.sentTimestamp === b.sentTimestamp
        ? Number(a.id < b.id) - 0.5
        : a.sentTimestamp < b.sentTimestamp
          ? 1
          : -1,
    ),
  );

describe('loadOlder', () => {
  it('pages through years without a gap, fetching only what it shows', async () => {
    const world = new World();
    const { messages } = await oldVault(world, { months: 5, perMonth: 120 });
    const bob = await world.device({ options: { initialMessages: 20 } });
    await bob.sync();
    world.cloud.clearRequests();
    const first = await bob.engine().loadOlder({ conversationUrn: URN, limit: 20 });
    expect(idsOf(first.messages)).toEqual(newestFirst(messages).slice(0, 20));
    const read = world.cloud.requests.filter(({ kind }) => kind === 'read');
    expect(read.length).toBeLessThanOrEqual(2);
    const all = await scrollUp(bob.engine(), 37);
    expect(idsOf(all.messages)).toEqual(newestFirst(messages));
    expect(all.isIncomplete).toBe(false);
    world.cloud.clearRequests();
    await scrollUp(bob.engine(), 37);
    expect(world.cloud.requests).toEqual([]);
  });

  it('fetches no more months than the page needs when it begins at the end of one', async () => {
    const world = new World();
    const { messages } = await oldVault(world, { months: 6, perMonth: 60 });
    const bob = await world.device({ options: { initialMessages: 0 } });
    await bob.sync();
    await bob.engine().restoreMonth({ month: '2024-06', conversationUrn: URN });
    const before = messages[1];
    if (!before) throw new Error('messages were made');
    world.cloud.clearRequests();
    const page = await bob.engine().loadOlder({ conversationUrn: URN, before, limit: 20 });
    expect(page.messages).toHaveLength(20);
    const months = world.cloud.requests.flatMap(
      ({ path }) => /_(\d{4}_\d{2})_/.exec(path)?.[1] ?? [],
    );
    expect(new Set(months)).toEqual(new Set(['2024_05']));
  });

  it('skips months that do not name the conversation', async () => {
    const world = new World();
    const { ann } = await oldVault(world, { months: 4, perMonth: 30, urns: ['urn:chat:b'] });
    await ann.write(10, { at: Date.UTC(2023, 0, 1) });
    await ann.sync();
    const bob = await world.device({ options: { initialMessages: 0 } });
    await bob.sync();
    world.cloud.clearRequests();
    const page = await bob.engine().loadOlder({ conversationUrn: URN, limit: 50 });
    expect(page.messages).toHaveLength(10);
    expect(page.hasOlder).toBe(false);
    expect(world.cloud.requests.every(({ path }) => path.includes('2023'))).toBe(true);
  });

  it('shows an old message that arrived by a delta only together with what lies between', async () => {
    const world = new World();
    const { ann, messages } = await oldVault(world, { months: 3, perMonth: 60 });
    const [oldest] = messages.slice(-60);
    if (!oldest) throw new Error('messages were made');
    world.pass(HOUR);
    await ann.storage.save({ ...oldest, payloadBytes: new TextEncoder().encode('edited') });
    await ann.sync();
    const bob = await world.device({ options: { initialMessages: 0 } });
    await bob.sync();
    expect(await bob.texts()).toEqual(['edited']);
    const page = await bob.engine().loadOlder({ conversationUrn: URN, limit: 30 });
    expect(idsOf(page.messages)).toEqual(newestFirst(messages).slice(0, 30));
    const all = await scrollUp(bob.engine(), 50);
    expect(idsOf(all.messages)).toEqual(newestFirst(messages));
  });

  it('serves what is here when the cloud cannot be reached, and says that it is incomplete', async () => {
    const world = new World();
    await oldVault(world, { months: 2, perMonth: 100 });
    const bob = await world.device({ options: { initialMessages: 10 } });
    await bob.sync();
    const offline = { ...world.cloud, read: () => Promise.reject(offlineError()) };
    const page = await bob
      .engine({ ...offline, providerId: 'memory', displayName: 'x' })
      .loadOlder({
        conversationUrn: URN,
        limit: 500,
      });
    expect(page.messages.length).toBeGreaterThan(0);
    expect(page).toMatchObject({ incomplete: true, hasOlder: true });
    const again = await scrollUp(bob.engine(), 500);
    expect(again.messages).toHaveLength(200);
  });

  it('goes on past a damaged file, marks the page, and never lowers a line past it', async () => {
    const world = new World();
    const { messages } = await oldVault(world, { months: 3, perMonth: 40 });
    const victim = world.cloud.files().find(({ path }) => path.includes('chat_vault_2024_05'));
    if (!victim) throw new Error('May is there');
    const bytes = world.cloud.peek(victim.path)?.slice();
    if (!bytes) throw new Error('May has bytes');
    const flipped = bytes.slice();
    flipped[100] = (flipped[100] ?? 0) ^ 0xff;
    world.cloud.poke(victim.path, flipped);
    const bob = await world.device({ options: { initialMessages: 0 } });
    await bob.sync();
    const broken = await scrollUp(bob.engine(), 25);
    expect(broken.isIncomplete).toBe(true);
    expect(broken.messages.length).toBeLessThan(120);
    expect(broken.messages.length).toBeGreaterThanOrEqual(80);
    world.cloud.poke(victim.path, bytes);
    const healed = await scrollUp(bob.engine(), 25);
    expect(healed.isIncomplete).toBe(false);
    expect(idsOf(healed.messages)).toEqual(newestFirst(messages));
  });

  it('answers a restored month without a request the second time', async () => {
    const world = new World();
    await oldVault(world, { months: 2, perMonth: 50, urns: [URN, 'urn:chat:b'] });
    const bob = await world.device({ options: { initialMessages: 0 } });
    await bob.sync();
    const target = { month: '2024-05', conversationUrn: URN };
    expect(await bob.engine().restoreMonth(target)).toMatchObject({ incomplete: false });
    expect(await bob.engine().restoreMonth(target)).toMatchObject({ requests: 0 });
    expect(await bob.engine().restoreMonth({ month: '2019-05' })).toMatchObject({ requests: 0 });
    await bob.engine().restoreMonth({ month: '2024-05' });
    expect(await bob.engine().restoreMonth({ month: '2024-05' })).toMatchObject({ requests: 0 });
  });

  it('stays complete above its line when other devices compact', async () => {
    const world = new World();
    const { ann, messages } = await oldVault(world, { months: 2, perMonth: 60 });
    const bob = await world.device({ options: { initialMessages: 30 } });
    await bob.sync();
    const late: ChatMessage[] = [];
    for (let round = 0; round < 12; round++) {
      late.push(
        ...(await ann.write(2, { prefix: `late${round}`, at: Date.UTC(2024, 5, 5, round) })),
      );
      await ann.sync();
      world.pass(HOUR);
    }
    await ann.engine().compact();
    await bob.sync();
    const all = await scrollUp(bob.engine(), 25);
    expect(idsOf(all.messages)).toEqual(newestFirst([...messages, ...late]));
  });
});

function offlineError(): Error {
  return new CloudError('offline', 'the test is offline');
}
