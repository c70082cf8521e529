import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from './client.ts';
import { quantile } from './flush-bench.ts';
import { type ServerProcess } from './server-process.ts';

const STREAMS = 1000;
const GROUP = 10;
const SMALL_MESSAGES = 400;
const LARGE_MESSAGES = 20;

/** Milliseconds from the POST to the event, over all receipts. */
export interface LiveFigures {
  readonly small: { readonly receipts: number; readonly p50: number; readonly p99: number };
  readonly large: { readonly receipts: number; readonly p50: number; readonly p99: number };
}

/**
 * 1,000 people with a stream each: 400 messages in groups of 10 at 40 a second, and 20 messages in one group of all at 2 a
 * second.
 */
export async function benchLive(server: ServerProcess): Promise<LiveFigures> {
  const { people, groups, all } = await createPeople(server);
  const receipts = new Receipts();
  const ends: (() => void)[] = [];
  for (const person of people) {
    ends.push(await person.live(await person.cursor(), (text) => receipts.note(text)));
  }
  const small = await receipts.measure({
    count: SMALL_MESSAGES,
    pauseMs: 25,
    size: GROUP,
    urnOf: (at) => groups[at % groups.length] ?? '',
    senderOf: (at) => people[(at % groups.length) * GROUP] as Client,
  });
  const large = await receipts.measure({
    count: LARGE_MESSAGES,
    pauseMs: 500,
    size: STREAMS,
    urnOf: () => all,
    senderOf: () => people[0] as Client,
  });
  for (const end of ends) end();
  return { small, large };
}

async function createPeople(server: ServerProcess) {
  const people: Client[] = [];
  for (let at = 0; at < STREAMS; at += 1) people.push(await Client.signIn(server.url, `p${at}`));
  const groups = Array.from({ length: STREAMS / GROUP }, () => `urn:chat:${randomUUID()}`);
  for (const [index, conversationUrn] of groups.entries()) {
    await create(people.slice(index * GROUP, (index + 1) * GROUP), conversationUrn);
  }
  const all = `urn:chat:${randomUUID()}`;
  await create(people.slice(0, 200), all);
  const owner = people[0] as Client;
  for (let at = 200; at < STREAMS; at += 400) {
    const additions = people
      .slice(at, at + 400)
      .map(({ userId }) =>
        owner.op('MEMBER_SET', { conversationUrn: all, userId, role: 'member' }),
      );
    await owner.flush(owner.body(additions));
  }
  return { people, groups, all };
}

interface Course {
  readonly count: number;
  readonly pauseMs: number;
  /** How many people get each message. */
  readonly size: number;
  readonly urnOf: (at: number) => string;
  readonly senderOf: (at: number) => Client;
}

/** When each message arrived at each stream. */
class Receipts {
  readonly #byKey = new Map<string, number[]>();

  note(text: string): void {
    const now = performance.now();
    for (const [, key = ''] of text.matchAll(/"payloadText":"bench ([\w-]+)"/g)) {
      this.#byKey.get(key)?.push(now);
    }
  }

  /** Sends messages at a steady pace, and waits until every stream has each. */
  async measure({ count, pauseMs, size, urnOf, senderOf }: Course) {
    const pending: Promise<readonly number[]>[] = [];
    for (let at = 0; at < count; at += 1) {
      pending.push(this.#send(senderOf(at), urnOf(at), size));
      await delay(pauseMs);
    }
    const latencies = (await Promise.all(pending)).flat();
    return {
      receipts: latencies.length,
      p50: quantile(latencies, 0.5),
      p99: quantile(latencies, 0.99),
    };
  }

  async #send(sender: Client, urn: string, size: number): Promise<readonly number[]> {
    const key = randomUUID();
    const body = sender.body([sender.message(urn, `bench ${key}`)]);
    const received: number[] = [];
    this.#byKey.set(key, received);
    const sentAt = performance.now();
    await sender.flush(body);
    while (received.length < size) await delay(5);
    return received.map((receivedAt) => receivedAt - sentAt);
  }
}

/** Bytes of memory that a server takes for each of 2,000 idle streams, after it has warmed up with 200. */
export async function measureStreamMemory(server: ServerProcess): Promise<number> {
  const open = async (count: number) => {
    const person = await Client.signIn(server.url, `idle-${randomUUID()}`);
    const since = await person.cursor();
    const ends: (() => void)[] = [];
    for (let at = 0; at < count; at += 1) ends.push(await person.live(since, () => undefined));
    return () => ends.forEach((end) => end());
  };
  const opened: (() => void)[] = [];
  for (let at = 0; at < 10; at += 1) opened.push(await open(20));
  await delay(3000);
  const before = server.memory();
  for (let at = 0; at < 100; at += 1) opened.push(await open(20));
  await delay(3000);
  const bytes = (server.memory() - before) / 2000;
  for (const end of opened) end();
  return bytes;
}

async function create(members: readonly Client[], conversationUrn: string): Promise<void> {
  const [creator, ...others] = members;
  if (creator === undefined) return;
  const memberIds = others.map(({ userId }) => userId);
  const create = creator.op('CONVERSATION_CREATE', { conversationUrn, title: null, memberIds });
  await creator.flush(creator.body([create]));
}
