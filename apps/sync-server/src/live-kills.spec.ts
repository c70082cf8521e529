import { randomUUID } from 'node:crypto';
import { type ChatMessage } from '@chat-vault/core';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { CutNetwork } from './testing/cut-network.ts';
import { ManualTimers } from './testing/manual-timers.ts';
import { MortalDevice, type OpenContext } from './testing/mortal-device.ts';
import { MortalServer } from './testing/mortal-server.ts';
import { seededRandom } from './testing/seeded-random.ts';
import { openTestDatabase, type TestDatabase } from './testing/test-databases.ts';
import { TestPerson } from './testing/test-person.ts';
import { START } from './testing/test-world.ts';

const EVENTS = 1_000;
const EMOJIS = ['👍', '🎉', null] as const;

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
/** Lets what has come over the network be heard. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

let database: TestDatabase;
const ends: (() => Promise<void>)[] = [];
beforeAll(async () => (database = await openTestDatabase('pglite')));
afterAll(() => database.close());
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** What a message is to be in the end. */
interface Expected {
  readonly message: ChatMessage;
  readonly by: MortalDevice;
  /** `undefined` when it was deleted. */
  text: string | undefined;
  /** By person; each reacts to one message on one device only, so that it is known which reaction is the last. */
  readonly reactions: Map<string, { readonly on: MortalDevice; emoji: string | null }>;
}

/** A server, a wire, and two people with two devices each. */
async function startWorld(random: () => number) {
  const timers = new ManualTimers(START);
  const network = await CutNetwork.start();
  ends.push(() => network.close());
  const server = new MortalServer(database, network, timers);
  await server.start();
  ends.push(() => server.close());
  const devices: MortalDevice[] = [];
  for (const name of ['anna', 'ben']) {
    const { url } = network;
    const { userId, token } = await TestPerson.signIn(url, `${name}-${randomUUID()}`, timers);
    for (let count = 0; count < 2; count++) {
      const device = await MortalDevice.open({ userId, token, url, timers, random });
      devices.push(device);
      ends.push(() => device.close());
    }
  }
  /** Waits until something holds, letting time pass meanwhile. */
  const until = (holds: () => Promise<boolean>) =>
    vi.waitUntil(
      async () => {
        if (await holds()) return true;
        timers.advance(500);
        return false;
      },
      { timeout: 100_000, interval: 5 },
    );
  return { timers, network, server, devices, until };
}

type World = Awaited<ReturnType<typeof startWorld>>;

/** Does something on a page of a device, on another one when that is killed meanwhile, as a person would. */
async function persist(
  device: MortalDevice,
  act: (page: OpenContext['live']) => Promise<void>,
): Promise<void> {
  for (;;) {
    const { live, context } = await device.page();
    const isDone = await Promise.race([act(live).then(() => true), context.gone.then(() => false)]);
    if (isDone) return;
    await context.afterWrites();
  }
}

/** One thing that a person does. */
async function act(
  world: World,
  urn: string,
  known: Expected[],
  random: () => number,
  step: number,
): Promise<void> {
  const below = (count: number): number => Math.floor(random() * count);
  const device = world.devices[below(world.devices.length)] as MortalDevice;
  const of = known[below(known.length)];
  const kind = below(10);
  const shown = of && (await device.storage.get(of.message));
  if (!of || !shown || kind < 4) {
    const text = `message ${step}`;
    const message: ChatMessage = {
      id: randomUUID(),
      conversationUrn: urn,
      senderId: device.userId,
      typeId: 'text/plain',
      sentTimestamp: device.nextInstant(),
      payloadBytes: utf8(text),
    };
    known.push({ message, by: device, text, reactions: new Map() });
    await persist(device, (live) => live.send(message));
    return;
  }
  if (kind < 6) {
    const text = `edit ${step}`;
    of.text = text;
    await persist(of.by, (live) => live.edit({ ...of.message, payloadBytes: utf8(text) }));
    return;
  }
  if (kind < 7) {
    of.text = undefined;
    known.splice(known.indexOf(of), 1);
    await persist(of.by, (live) => live.delete(of.message));
    return;
  }
  const emoji = EMOJIS[below(EMOJIS.length)] ?? null;
  const reaction = of.reactions.get(device.userId) ?? { on: device, emoji };
  reaction.emoji = emoji;
  of.reactions.set(device.userId, reaction);
  await persist(reaction.on, (live) => live.react(of.message, emoji));
}

/** One thing that goes wrong, or right again. */
async function disturb({ server, network, devices, timers }: World, random: () => number) {
  const below = (count: number): number => Math.floor(random() * count);
  const device = devices[below(devices.length)] as MortalDevice;
  const { context } = device.contexts[below(device.contexts.length)] as OpenContext;
  if (random() < 0.03) network.cutAll();
  if (random() < 0.02) server.dieAfter(1 + below(30));
  if (server.isDead && random() < 0.2) await server.start();
  if (random() < 0.06) context.dieAfter(1 + below(40));
  if (random() < 0.02) device.holder?.freeze();
  if (random() < 0.1) await device.revive();
  if (random() < 0.05) for (const open of device.contexts) open.context.thaw();
  if (random() < 0.3) timers.advance(below(3_000));
  for (let turns = below(12); turns > 0; turns--) await turn();
}

/** All that a device shows of a conversation. */
async function shownBy(storage: MortalDevice['storage'], urn: string) {
  const { messages, reactions } = await storage.history({ conversationUrn: urn, limit: 10_000 });
  return {
    texts: messages
      .map(({ id, payloadBytes }) => `${id} ${new TextDecoder().decode(payloadBytes)}`)
      .toSorted(),
    reactions: reactions
      .filter(({ emoji }) => emoji !== null)
      .map(({ messageId, senderId, emoji }) => `${messageId} ${senderId} ${emoji}`)
      .toSorted(),
    records: [messages, reactions],
  };
}

describe('with cuts, and kills of server, pages and workers', () => {
  it('a thousand events arrive once in effect', { timeout: 120_000 }, async () => {
    const random = seededRandom(1);
    const world = await startWorld(random);
    const { devices, network, server, timers, until } = world;
    const [anna, , ben] = devices as [MortalDevice, MortalDevice, MortalDevice];
    const urn = `urn:chat:${randomUUID()}`;
    await persist(anna, (live) =>
      live.createConversation({ conversationUrn: urn, title: 'Garden', memberIds: [ben.userId] }),
    );
    const isKnown = async (device: MortalDevice): Promise<boolean> =>
      (await device.contexts[0]?.live.conversations())?.length === 1;
    await until(async () => (await Promise.all(devices.map(isKnown))).every(Boolean));

    network.bytesPerConnection = () =>
      random() < 0.4 ? 1 + Math.floor(random() * 20_000) : Infinity;
    const known: Expected[] = [];
    const all = new Set<Expected>();
    for (let step = 0; step < EVENTS; step++) {
      await act(world, urn, known, random, step);
      for (const of of known) all.add(of);
      await disturb(world, random);
    }

    network.bytesPerConnection = () => Infinity;
    if (server.isDead) await server.start();
    server.dieAfter(Infinity);
    for (const device of devices) {
      for (const { context } of device.contexts) {
        context.dieAfter(Infinity);
        context.thaw();
      }
      await device.revive();
    }
    const isAtRest = async (): Promise<boolean> =>
      (await Promise.all(devices.map((device) => device.isAtRest()))).every(Boolean);
    await until(isAtRest);
    for (const { contexts } of devices) await contexts[0]?.live.syncNow();

    const left = [...all].filter(({ text }) => text !== undefined);
    const texts = left.map(({ message, text }) => `${message.id} ${text}`).toSorted();
    const reactions = left
      .flatMap(({ message, reactions: given }) =>
        [...given].flatMap(([userId, { emoji }]) =>
          emoji === null ? [] : [`${message.id} ${userId} ${emoji}`],
        ),
      )
      .toSorted();
    const { records } = await shownBy(anna.storage, urn);
    // A device that has nothing yet shows what the server has.
    const { userId } = anna;
    const { token } = await TestPerson.signIn(network.url, userId, timers);
    const late = await MortalDevice.open({ userId, token, url: network.url, timers, random });
    ends.push(() => late.close());
    await until(() => late.isAtRest());
    for (const { storage } of [...devices, late]) {
      const shown = await shownBy(storage, urn);
      expect(shown.texts).toEqual(texts);
      expect(shown.reactions).toEqual(reactions);
      expect(shown.records).toEqual(records);
    }
    const rows = await database.db
      .selectFrom('messages')
      .innerJoin('conversations', 'no', 'conversation_no')
      .where('urn', '=', urn)
      .select(['id', 'deleted_ms'])
      .execute();
    const idsOf = (isDeleted: boolean) =>
      rows.filter((row) => (row.deleted_ms !== null) === isDeleted).map(({ id }) => id);
    const kept = left.map(({ message }) => message.id);
    const deleted = [...all].filter(({ text }) => text === undefined);
    expect(idsOf(false).toSorted()).toEqual(kept.toSorted());
    expect(idsOf(true).toSorted()).toEqual(deleted.map(({ message }) => message.id).toSorted());
    for (const { contexts } of devices) {
      // Whoever reacts to what another has just deleted is told.
      for (const operation of (await contexts[0]?.live.outgoing()) ?? []) {
        expect(operation).toMatchObject({ state: 'rejected', reason: 'message-deleted' });
      }
    }
    // What was to go wrong did.
    const sum = (of: (device: MortalDevice) => number): number =>
      devices.reduce((total, device) => total + of(device), 0);
    expect(network.cuts).toBeGreaterThan(50);
    expect(server.deaths).toBeGreaterThan(10);
    expect(sum(({ kills }) => kills)).toBeGreaterThan(15);
    expect(sum(({ thefts }) => thefts)).toBeGreaterThan(5);
    expect(await server.repeated()).toBeGreaterThan(5);
    expect([texts.length, reactions.length, deleted.length].every((count) => count > 30)).toBe(
      true,
    );
  });
});
