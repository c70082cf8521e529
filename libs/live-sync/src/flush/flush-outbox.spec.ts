import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { liveTables } from '../store/live-tables.js';
import { queued } from '../store/outbox.js';
import { problem } from '../testing/fake-sync-server.js';
import { type TestDevice, TestWorld, URN } from '../testing/test-device.js';
import { manyTurns, until } from '../testing/until.js';

let world: TestWorld;
let anna: TestDevice;
beforeEach(async () => {
  world = new TestWorld();
  anna = await world.device('anna');
  await anna.live.createConversation({ conversationUrn: URN, title: null, memberIds: [] });
  await anna.isSettled();
});
afterEach(() => world.close());

const flushes = () => world.server.requests.filter(({ kind }) => kind === 'flush');
const onServer = () => [...world.server.state.messages(URN).values()];
const pendingTexts = async () =>
  (await anna.live.outgoing()).map(({ state, messageId }) => `${state} ${messageId}`);

/** Writes messages while the device has no network. */
async function writeOffline(count: number, text = (index: number) => `text ${index}`) {
  anna.setOnline(false);
  await until(() => anna.state === 'offline');
  for (let index = 0; index < count; index++) await anna.live.send(anna.message(text(index)));
  await until(() => anna.snapshot.pending === count);
}

describe('the outbox', () => {
  it('keeps what is written offline, and sends it in order once there is a network', async () => {
    await writeOffline(3);
    const before = flushes().length;
    await manyTurns();
    expect(flushes()).toHaveLength(before);
    expect(anna.snapshot).toMatchObject({ state: 'offline', pending: 3 });
    anna.setOnline(true);
    await anna.isSettled();
    expect(onServer()).toEqual(['text 0', 'text 1', 'text 2']);
    expect(flushes()).toHaveLength(before + 1);
  });

  it('is sent when live sync is opened again on the same storage', async () => {
    await writeOffline(3);
    await anna.live.close();
    expect(onServer()).toEqual([]);
    const reopened = await world.device('anna', { storage: anna.storage });
    await reopened.isSettled();
    expect(onServer()).toEqual(['text 0', 'text 1', 'text 2']);
    expect(await reopened.texts()).toEqual(['text 0', 'text 1', 'text 2']);
  });

  it('sends again what an answer was lost for, with the same ids', async () => {
    let lost = 2;
    world.server.fault = ({ kind }) => (kind === 'flush' && lost-- > 0 ? 'drop-answer' : undefined);
    const before = flushes().length;
    await anna.live.send(anna.message('once'));
    await world.passTimeUntil(() => anna.isAtRest());
    const sent = flushes().slice(before);
    expect(sent).toHaveLength(3);
    expect(new Set(sent.flatMap(({ opIds }) => opIds)).size).toBe(1);
    expect(onServer()).toEqual(['once']);
    expect(await anna.live.outgoing()).toEqual([]);
  });

  it('leaves all in the outbox when the network fails', async () => {
    world.server.fault = ({ kind }) => (kind === 'flush' ? 'drop-request' : undefined);
    const message = anna.message('later');
    await anna.live.send(message);
    await until(() => anna.snapshot.pending === 1 && anna.snapshot.retryAt !== null);
    await manyTurns();
    expect(await pendingTexts()).toEqual([`pending ${message.id}`]);
    world.server.fault = () => undefined;
    await world.passTimeUntil(() => anna.snapshot.pending === 0);
    expect(onServer()).toEqual(['later']);
  });

  it('sends by the next flush what is written during one', async () => {
    let isFirst = true;
    const during = anna.message('during');
    let saved: Promise<void> | undefined;
    world.server.fault = ({ kind }) => {
      if (kind === 'flush' && isFirst) {
        isFirst = false;
        saved = anna.live.send(during);
      }
      return undefined;
    };
    await anna.live.send(anna.message('first'));
    await until(() => onServer().length === 2);
    await saved;
    await anna.isSettled();
    expect(onServer()).toEqual(['first', 'during']);
  });

  it('sends at most 500 operations and 1 MiB at once', { timeout: 60_000 }, async () => {
    await writeOffline(40, (index) => `${index} `.padEnd(60_000, 'ü'));
    await anna.storage.writeRows({
      change: ({ stamp }) =>
        Array.from({ length: 700 }, (_, index) =>
          queued(liveTables('anna'), {
            opId: anna.newId(),
            action: 'READ_SET',
            payload: { conversationUrn: `urn:x:${index}`, upTo: at(0) },
            timestamp: 0,
            stamp: stamp(),
          }),
        ),
    });
    const before = flushes().length;
    anna.setOnline(true);
    await anna.isSettled();
    const sent = flushes().slice(before);
    for (const { body, opIds } of sent) {
      expect(new TextEncoder().encode(body).length).toBeLessThanOrEqual(1024 * 1024);
      expect(opIds.length).toBeLessThanOrEqual(500);
    }
    const ids = sent.flatMap(({ opIds }) => opIds);
    expect(ids).toHaveLength(740);
    expect(new Set(ids).size).toBe(740);
    expect(onServer()).toHaveLength(40);
  });

  it('sends less at once when the server wants that', async () => {
    world.server.maxBytes = 3_000;
    await writeOffline(40);
    anna.setOnline(true);
    await anna.isSettled();
    expect(onServer()).toHaveLength(40);
    expect(anna.snapshot.rejected).toBe(0);
  });

  it('refuses by itself what is too big for one request, and goes on with the rest', async () => {
    const big = anna.message('x'.repeat(1024 * 1024));
    anna.setOnline(false);
    await anna.live.send(anna.message('before'));
    await anna.live.send(big);
    await anna.live.send(anna.message('after'));
    anna.setOnline(true);
    await anna.isSettled();
    expect(onServer()).toEqual(['before', 'after']);
    const [refused] = await anna.live.outgoing();
    expect(refused).toMatchObject({ state: 'rejected', reason: 'too-big', messageId: big.id });
    expect(anna.snapshot).toMatchObject({ state: 'live', rejected: 1, error: null });
    expect(await anna.texts()).toHaveLength(3);
  });

  it('finds the one operation that the server cannot read', async () => {
    await writeOffline(7);
    const [, , , bad] = (await anna.live.outgoing()).map(({ opId }) => opId);
    world.server.fault = ({ kind, opIds }) =>
      kind === 'flush' && opIds.includes(bad ?? '') ? problem(400, 'malformed') : undefined;
    anna.setOnline(true);
    await anna.isSettled();
    expect(onServer()).toHaveLength(6);
    expect(await anna.live.outgoing()).toMatchObject([{ opId: bad, reason: 'malformed' }]);
  });

  it('keeps the queue when something else than the server answers 400', async () => {
    await writeOffline(3);
    world.server.fault = ({ kind }) =>
      kind === 'flush' ? new Response('<html>', { status: 400 }) : undefined;
    anna.setOnline(true);
    await until(() => anna.state === 'sync-error');
    expect(anna.snapshot).toMatchObject({ pending: 3, rejected: 0 });
  });

  it('keeps the queue when a portal answers in the place of the server', async () => {
    await writeOffline(3);
    world.server.fault = () => new Response('<html>sign in to our wifi</html>');
    anna.setOnline(true);
    await until(() => anna.state === 'sync-error');
    expect(anna.snapshot).toMatchObject({ pending: 3, error: { code: 'protocol' } });
    world.server.fault = () => undefined;
    await world.passTimeUntil(() => anna.state === 'live');
    expect(onServer()).toHaveLength(3);
  });

  it('takes out only what was answered', async () => {
    await writeOffline(3);
    let isPartial = true;
    world.server.fault = ({ kind, opIds }) => {
      if (kind !== 'flush' || !isPartial) return undefined;
      isPartial = false;
      return Response.json({
        results: [
          { opId: opIds[1], status: 'applied' },
          { opId: anna.newId(), status: 'applied' },
        ],
      });
    };
    anna.setOnline(true);
    await anna.isSettled();
    expect(onServer()).toEqual(['text 0', 'text 2']);
  });

  it('does not turn for ever around a server that answers for nothing', async () => {
    await writeOffline(2);
    world.server.fault = ({ kind }) =>
      kind === 'flush' ? Response.json({ results: [] }) : undefined;
    const before = flushes().length;
    anna.setOnline(true);
    await until(() => anna.state === 'sync-error');
    await manyTurns();
    expect(flushes()).toHaveLength(before + 1);
    expect(anna.snapshot).toMatchObject({ pending: 2, error: { code: 'protocol' } });
  });

  it('keeps what the server refused, with the reason, until it is retried or dropped', async () => {
    const message = anna.message('a secret', { conversationUrn: 'urn:of:others' });
    await anna.live.send(message);
    await until(() => anna.snapshot.rejected === 1 && anna.snapshot.pending === 0);
    const [refused] = await anna.live.outgoing();
    expect(refused).toEqual({
      opId: expect.any(String),
      action: 'MESSAGE_SEND',
      conversationUrn: 'urn:of:others',
      messageId: message.id,
      sentTimestamp: message.sentTimestamp,
      state: 'rejected',
      reason: 'not-a-member',
      detail: 'refused: not-a-member',
    });
    await anna.live.retry(String(refused?.opId));
    await until(() => flushes().length === 3 && anna.snapshot.rejected === 1);
    const [again] = await anna.live.outgoing();
    expect(again?.opId).not.toBe(refused?.opId);
    await anna.live.drop(String(again?.opId));
    await until(() => anna.snapshot.rejected === 0);
    expect(await anna.live.outgoing()).toEqual([]);
    expect(await anna.storage.get(message)).toBeDefined();
    for (const call of [anna.live.retry, anna.live.drop]) {
      await expect(call.call(anna.live, 'nothing')).rejects.toMatchObject({
        code: 'no-such-operation',
      });
    }
  });

  it('says a read marker only once, the furthest, and forgets one that is refused', async () => {
    anna.setOnline(false);
    for (const ms of [1, 3, 2, 3]) await anna.live.markRead(URN, at(ms));
    await anna.live.markRead('urn:of:others', at(1));
    const outgoing = await anna.live.outgoing();
    expect(outgoing.map(({ conversationUrn }) => conversationUrn)).toEqual([URN, 'urn:of:others']);
    anna.setOnline(true);
    await anna.isSettled();
    expect(await anna.live.outgoing()).toEqual([]);
    expect(world.server.state.get(`read ${URN} anna`)).toMatchObject({ read: { upTo: at(3) } });
  });

  it('refuses at once what no server would take, and writes nothing', async () => {
    const wrong = [
      () => anna.live.send(anna.message('x', { id: 'm1' })),
      () => anna.live.send(anna.message('x', { senderId: 'ben' })),
      () => anna.live.createConversation({ conversationUrn: '', title: null, memberIds: [] }),
      () => anna.live.react(anna.message('x'), ''),
    ];
    const codes = ['malformed', 'not-the-sender', 'malformed', 'invalid-message'];
    for (const [index, call] of wrong.entries()) {
      await expect(call()).rejects.toMatchObject({ code: codes[index] });
    }
    expect(await anna.storage.recordCount()).toBe(0);
    expect(await anna.live.outgoing()).toEqual([]);
  });

  it('deletes nothing of another person', async () => {
    const theirs = anna.message('theirs', { senderId: 'ben' });
    await anna.storage.save(theirs);
    await expect(anna.live.delete(theirs)).rejects.toMatchObject({ code: 'not-the-sender' });
    expect(await anna.texts()).toEqual(['theirs']);
    expect(await anna.live.outgoing()).toEqual([]);
  });

  it('sends a message again that is saved as it is already, and an edit that says nothing new never', async () => {
    const message = anna.message('imported');
    await anna.storage.save(message);
    await anna.live.send(message);
    await anna.isSettled();
    expect(onServer()).toEqual(['imported']);
    const before = flushes().length;
    await anna.live.edit(message);
    await anna.live.delete(message);
    await anna.live.delete(message);
    await anna.isSettled();
    await until(() => onServer().length === 0);
    expect(flushes()).toHaveLength(before + 1);
  });
});

const at = (ms: number): string => new Date(Date.UTC(2026, 5, 1) + ms).toISOString();
