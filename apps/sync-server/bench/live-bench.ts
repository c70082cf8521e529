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
  /** Bytes of the server's memory for each stream. */
  readonly bytesPerStream: number;
}

/**
 * 1,000 people with a stream each: 400 messages in groups of 10 at 40 a second, and 20 messages in one group of all at 2 a
 * second.
 */
export async function benchLive(server: ServerProcess): Promise<LiveFigures> {
  const people: Client[] = [];
  for (let at = 0; at < STREAMS; at += 1) people.push(await Client.signIn(server.url, `p${at}`));
  const groups = Array.from({ length: STREAMS / GROUP }, () => `urn:chat:${randomUUID()}`);
  for (const [index, conversationUrn] of groups.entries()) {
    const members = people.slice(index * GROUP, (index + 1) * GROUP);
    await create(members, conversationUrn);
  }
  const all = `urn:chat:${randomUUID()}`;
  await create(people.slice(0, 200), all);
  const [first] = people;
  for (let at = 200; at < STREAMS; at += 400) {
    const additions = people
      .slice(at, at + 400)
      .map(({ userId }) =>
        first!.op('MEMBER_SET', { conversationUrn: all, userId, role: 'member' }),
      );
    await first!.flush(first!.body(additions));
  }

  await delay(2000);
  const before = server.memory();
  const receipts = new Map<string, number[]>();
  const onText = (text: string) => {
    const now = performance.now();
    for (const [, key = ''] of text.matchAll(/"payloadText":"bench ([\w-]+)"/g)) {
      receipts.get(key)?.push(now);
    }
  };
  const ends = await Promise.all(people.map((person) => person.live(onText)));
  await delay(2000);
  const bytesPerStream = (server.memory() - before) / STREAMS;

  const measure = async (
    count: number,
    pauseMs: number,
    urnOf: (at: number) => string,
    senderOf: (at: number) => Client,
    size: number,
  ) => {
    const keys: string[] = [];
    const latencies: number[] = [];
    for (let at = 0; at < count; at += 1) {
      const key = randomUUID();
      keys.push(key);
      const sender = senderOf(at);
      const body = sender.body([sender.message(urnOf(at), `bench ${key}`)]);
      receipts.set(key, []);
      const sentAt = performance.now();
      const flushed = sender.flush(body);
      void flushed.then(() => undefined);
      const wait = (async () => {
        await flushed;
        while ((receipts.get(key)?.length ?? 0) < size) await delay(5);
        latencies.push(...(receipts.get(key) ?? []).map((receivedAt) => receivedAt - sentAt));
      })();
      pending.push(wait);
      await delay(pauseMs);
    }
    await Promise.all(pending.splice(0));
    return {
      receipts: latencies.length,
      p50: quantile(latencies, 0.5),
      p99: quantile(latencies, 0.99),
    };
  };
  const pending: Promise<void>[] = [];
  const small = await measure(
    SMALL_MESSAGES,
    25,
    (at) => groups[at % groups.length] ?? '',
    (at) => people[(at % groups.length) * GROUP]!,
    GROUP,
  );
  const large = await measure(
    LARGE_MESSAGES,
    500,
    () => all,
    () => first!,
    STREAMS,
  );
  for (const end of ends) end();
  return { small, large, bytesPerStream };
}

async function create(members: readonly Client[], conversationUrn: string): Promise<void> {
  const [creator, ...others] = members;
  if (creator === undefined) return;
  const memberIds = others.map(({ userId }) => userId);
  const create = creator.op('CONVERSATION_CREATE', { conversationUrn, title: null, memberIds });
  await creator.flush(creator.body([create]));
}
