import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Fence } from '../store/fence.js';
import { type FakeRequest, problem } from '../testing/fake-sync-server.js';
import { type TestDevice, TestWorld, URN } from '../testing/test-device.js';
import { manyTurns, until } from '../testing/until.js';
import { connectLive } from './live-connection.js';
import { type LiveSnapshot } from './live-snapshot.js';

let world: TestWorld;
beforeEach(() => (world = new TestWorld()));
afterEach(() => world.close());

const states = ({ snapshots }: TestDevice) =>
  snapshots
    .map(({ state }) => state)
    .filter((state, index, all) => index === 0 || state !== all[index - 1]);

/** Anna, live, with a conversation. */
async function liveAnna(): Promise<TestDevice> {
  const anna = await world.device('anna');
  await anna.live.createConversation({ conversationUrn: URN, title: null, memberIds: ['ben'] });
  await anna.isSettled();
  return anna;
}

/** Somebody else writes. */
async function benWrites(text: string): Promise<void> {
  const ben = await world.device('ben');
  await ben.live.send(ben.message(text));
  await ben.isSettled();
  await ben.live.close();
}

describe('connectLive', () => {
  it('goes from connecting over syncing to live', async () => {
    const anna = await world.device('anna');
    await anna.isSettled();
    expect(states(anna)).toEqual(['connecting', 'syncing', 'live']);
    expect(anna.snapshots.every((one, index) => one !== anna.snapshots[index - 1])).toBe(true);
  });

  it('sends the token and the version, and asks the service worker of Angular to keep out', async () => {
    await liveAnna();
    expect(world.server.requests.map(({ kind }) => kind)).toContain('live');
    for (const { headers } of world.server.requests) {
      expect(headers.get('authorization')).toBe('Bearer token-anna');
      expect(headers.get('chat-sync-version')).toBe('1');
      expect(headers.has('ngsw-bypass')).toBe(true);
    }
  });

  it('waits longer after each failure, from 1 s to 30 s, and begins anew when all is well', async () => {
    const anna = await liveAnna();
    world.server.fault = () => 'drop-request';
    world.server.breakStreams();
    const waits: number[] = [];
    for (let failures = 0; failures < 8; failures++) {
      const before = world.server.requests.length + (failures === 0 ? 0 : 1);
      await until(() => world.server.requests.length >= before && anna.snapshot.retryAt !== null);
      await manyTurns();
      waits.push(Number(anna.snapshot.retryAt) - world.time.now());
      world.time.advance(waits.at(-1) ?? 0);
    }
    waits.forEach((wait, index) => {
      const full = Math.min(30_000, 1_000 * 2 ** index);
      expect(wait).toBeGreaterThanOrEqual(full / 2);
      expect(wait).toBeLessThanOrEqual(full);
    });
    expect(new Set(waits.slice(5)).size).toBeGreaterThan(1);
    expect(anna.snapshot).toMatchObject({ state: 'connection-error', error: { code: 'network' } });
    world.server.fault = () => undefined;
    await world.passTimeUntil(() => anna.state === 'live');
    world.server.breakStreams();
    await until(() => anna.snapshot.retryAt !== null);
    expect(Number(anna.snapshot.retryAt) - world.time.now()).toBeLessThanOrEqual(1_000);
  });

  it('shows no error when a stream breaks and comes again', async () => {
    const anna = await liveAnna();
    world.server.breakStreams();
    await world.passTimeUntil(() => world.server.streams === 1 && anna.state === 'live');
    expect(states(anna)).not.toContain('connection-error');
  });

  it('hears the answer that is on its way when the stream ends in good order', async () => {
    const anna = await liveAnna();
    const flushes = world.server.count('flush');
    let answer = (): void => undefined;
    const answered = new Promise<void>((resolve) => (answer = resolve));
    world.server.delay = ({ kind }) => (kind === 'flush' ? answered : undefined);
    await anna.live.send(anna.message('Hello'));
    await until(() => world.server.count('flush') === flushes + 1);
    await manyTurns();
    world.server.endStreams('membership');
    await manyTurns();
    answer();
    await anna.isSettled();
    expect(world.server.count('flush')).toBe(flushes + 1);
  });

  it.each(['membership', 'token-expired', 'shutdown', 'too-slow'])(
    'comes again with its cursor when the server ends the stream: %s',
    async (reason) => {
      const anna = await liveAnna();
      world.server.endStreams(reason);
      await world.passTimeUntil(() => world.server.streams === 1 && anna.state === 'live');
      const { url } = world.server.requests.findLast(({ kind }) => kind === 'live') ?? {};
      expect(url).toContain('since=1%3A');
      expect(states(anna)).not.toContain('sync-error');
    },
  );

  it('ends the stream with a problem and comes again, with backoff', async () => {
    const anna = await liveAnna();
    const document = { type: 'x', title: 'x', status: 500, code: 'internal', requestId: 'r1' };
    world.server.sendToAll('problem', JSON.stringify(document));
    await until(() => anna.state === 'sync-error');
    expect(anna.snapshot.error).toMatchObject({ code: 'server', details: { requestId: 'r1' } });
    await world.passTimeUntil(() => anna.state === 'live');
  });

  it.each([
    ['no JSON', 'changes', '{', '1:9'],
    ['a change that is none', 'changes', '{"changes":[{}]}', '1:9'],
    ['a chunk without a cursor', 'changes', '{"changes":[]}', undefined],
  ])(
    'ends the stream at %s, applies nothing of it, and comes again',
    async (_, event, data, id) => {
      const anna = await liveAnna();
      world.server.sendToAll(event, data, id);
      await until(() => anna.state === 'sync-error');
      expect(anna.snapshot.error).toMatchObject({ code: 'protocol' });
      await world.passTimeUntil(() => anna.state === 'live');
      expect(world.server.requests.at(-1)?.url).not.toContain('since=1%3A9');
    },
  );

  it('leaves events out that it does not know', async () => {
    const anna = await liveAnna();
    world.server.sendToAll('confetti', '{}', '1:9');
    await benWrites('hello');
    await until(async () => (await anna.texts()).length === 1);
    expect(states(anna)).toEqual(['connecting', 'syncing', 'live']);
  });

  it('hears heartbeats as life, and connects again after 30 s without any', async () => {
    const anna = await liveAnna();
    for (let beats = 0; beats < 6; beats++) {
      world.time.advance(15_000);
      await manyTurns();
    }
    expect(world.server.count('live')).toBe(1);
    world.server.isBuffering = true;
    world.time.advance(29_000);
    await manyTurns();
    expect(world.server.count('live')).toBe(1);
    world.server.isBuffering = false;
    world.time.advance(2_000);
    await world.passTimeUntil(() => world.server.count('live') === 2 && anna.state === 'live');
  });

  it('pulls every 15 s where a proxy holds streams back, and tries a stream again later', async () => {
    const anna = await world.device('anna');
    await anna.live.createConversation({ conversationUrn: URN, title: null, memberIds: ['ben'] });
    world.server.isBuffering = true;
    // The first silent stream is followed by a pull and another stream, the second by pulls alone.
    await world.passTimeUntil(() => world.server.count('pull') === 2 && anna.state === 'live');
    expect(world.server.count('live')).toBe(2);
    const before = anna.snapshots.length;
    await benWritesBlind('hello');
    const pulls = world.server.count('pull');
    world.time.advance(15_000);
    await until(async () => (await anna.texts()).length === 1);
    await manyTurns();
    expect(world.server.count('pull')).toBe(pulls + 1);
    await anna.live.send(anna.message('and back'));
    await until(() => world.server.state.messages(URN).size === 2);
    world.server.isBuffering = false;
    await world.passTimeUntil(() => world.server.streams === 1);
    await manyTurns();
    expect(anna.snapshots.slice(before).every(({ state }) => state === 'live')).toBe(true);
  });

  /** Ben cannot hear of his own stream either. */
  async function benWritesBlind(text: string): Promise<void> {
    const ben = await world.device('ben');
    await ben.live.send(ben.message(text));
    await until(() => world.server.state.messages(URN).size === 1);
    await ben.live.close();
  }

  it('pulls where a proxy holds even the beginning of a stream back, but not where nothing answers', async () => {
    let isDead = true;
    const hangs = ({ kind }: FakeRequest) => isDead || kind === 'live';
    world.server.hangs = hangs;
    const anna = await world.device('anna');
    await world.passTimeUntil(() => anna.state === 'connection-error');
    await world.passTimeUntil(() => world.server.count('pull') === 2);
    expect(anna.state).toBe('connection-error');
    isDead = false;
    await world.passTimeUntil(() => world.server.count('pull') === 6);
    expect(anna.state).toBe('live');
    world.server.hangs = () => false;
    await world.passTimeUntil(() => world.server.streams === 1);
    await anna.isSettled();
  });

  it('pulls at once where responses cannot be read while they come', async () => {
    world.server.fault = ({ kind }) =>
      kind === 'live'
        ? new Response(null, { headers: { 'content-type': 'text/event-stream' } })
        : undefined;
    const anna = await world.device('anna');
    await world.passTimeUntil(() => anna.state === 'live');
    expect(world.server.count('live')).toBe(1);
    expect(world.server.count('pull')).toBe(1);
  });

  it('connects again at once when a device wakes up whose stream must be dead', async () => {
    const anna = await liveAnna();
    anna.page.dispatchEvent(new Event('online'));
    await manyTurns();
    expect(world.server.count('live')).toBe(1);
    world.time.set(world.time.now() + 600_000);
    anna.page.dispatchEvent(new Event('online'));
    await world.passTimeUntil(() => world.server.count('live') === 2);
    await anna.isSettled();
    expect(states(anna)).not.toContain('connection-error');
  });

  it('is offline with the device, and live again at once when it is back', async () => {
    const anna = await liveAnna();
    anna.setOnline(false);
    await until(() => anna.state === 'offline');
    expect(world.server.streams).toBe(0);
    const before = world.server.requests.length;
    world.time.advance(600_000);
    await manyTurns();
    expect(world.server.requests).toHaveLength(before);
    anna.setOnline(true);
    await anna.isSettled();
  });

  it.each([
    [429, 'rate-limited', 'sync-error'],
    [503, 'unavailable', 'connection-error'],
  ] as const)('waits as long as the server asks after %i, whatever happens', async (...row) => {
    const [status, code, state] = row;
    const anna = await liveAnna();
    world.server.fault = () => problem(status, code, { 'retry-after': '90' });
    await anna.live.send(anna.message('x'));
    await until(() => anna.state === state);
    const before = world.server.requests.length;
    expect(anna.snapshot.retryAt).toBe(world.time.now() + 90_000);
    anna.page.dispatchEvent(new Event('online'));
    await expect(anna.live.syncNow()).rejects.toMatchObject({ code });
    world.time.advance(89_000);
    await manyTurns();
    expect(world.server.requests).toHaveLength(before);
    world.server.fault = () => undefined;
    world.time.advance(1_000);
    await anna.isSettled();
  });

  it('reads a date of Retry-After by the clock of the server', async () => {
    const anna = await liveAnna();
    const headers = {
      date: 'Fri, 01 Jan 2021 00:00:00 GMT',
      'retry-after': 'Fri, 01 Jan 2021 00:01:00 GMT',
    };
    world.server.fault = () => problem(503, 'unavailable', headers);
    await anna.live.send(anna.message('x'));
    await until(() => anna.state === 'connection-error');
    expect(anna.snapshot.retryAt).toBe(world.time.now() + 60_000);
  });

  it('says that the app must be updated, and does not hammer', async () => {
    world.server.fault = () => problem(400, 'unsupported-version');
    const anna = await world.device('anna');
    await until(() => anna.state === 'sync-error');
    expect(anna.snapshot.error).toMatchObject({ code: 'unsupported-version' });
    expect(anna.snapshot.error?.message).toContain('update the app');
    const before = world.server.requests.length;
    anna.page.dispatchEvent(new Event('online'));
    world.time.advance(30 * 60_000);
    await manyTurns();
    expect(world.server.requests).toHaveLength(before);
    world.server.fault = () => undefined;
    await anna.live.syncNow();
    expect(anna.state).toBe('live');
  });

  it('begins without a cursor when the server does not know it any more', async () => {
    const anna = await liveAnna();
    await anna.live.send(anna.message('mine'));
    await benWrites('hello');
    world.server.expireCursors();
    world.server.breakStreams();
    await world.passTimeUntil(() => world.server.streams === 1 && anna.state === 'live');
    expect(await anna.texts()).toEqual(['mine', 'hello']);
    expect(states(anna)).not.toContain('sync-error');
  });

  it('says so when the server never knows a cursor', async () => {
    const anna = await liveAnna();
    world.server.fault = ({ kind }) =>
      kind === 'live' ? problem(410, 'cursor-expired') : undefined;
    world.server.breakStreams();
    await world.passTimeUntil(() => anna.state === 'sync-error');
    await manyTurns();
    expect(anna.snapshot.error).toMatchObject({ code: 'cursor-expired' });
  });

  it('forgets the cursor of another server', async () => {
    const anna = await liveAnna();
    await anna.live.close();
    const rows = await anna.storage.rows('live.state/anna');
    const [row] = rows as readonly [(typeof rows)[number]];
    const value = { ...(row.value as object), url: 'https://elsewhere.example' };
    await anna.storage.writeRows({ change: () => [{ ...row, value }] });
    const before = world.server.requests.length;
    const again = await world.device('anna', { storage: anna.storage });
    await again.isSettled();
    expect(world.server.requests.slice(before).map(({ url }) => url)).toEqual([
      'https://chat.example.org/api/sync/live',
    ]);
  });
});

describe('two connections on one storage, as for a moment when a tab takes over', () => {
  const connect = (anna: TestDevice, fence?: Fence) =>
    connectLive({
      storage: anna.storage,
      url: 'https://chat.example.org',
      userId: 'anna',
      token: () => Promise.resolve('token-anna'),
      ...(fence && { fence }),
      environment: {
        fetch: world.server.fetch,
        now: world.time.now,
        random: () => 0.5,
        after: world.time.after,
        isOnline: () => true,
        page: null,
      },
    });

  it('send everything and take everything once in effect', async () => {
    const anna = await liveAnna();
    const other = connect(anna);
    for (let index = 0; index < 20; index++) {
      await anna.live.send(anna.message(`${index}`));
      other.flush();
    }
    await benWrites('hello');
    await anna.isSettled();
    await until(async () => (await anna.texts()).length === 21);
    expect(world.server.state.messages(URN).size).toBe(21);
    expect(await anna.live.outgoing()).toEqual([]);
    await other.close();
  });

  it('write nothing behind a fence that was closed', async () => {
    const anna = await liveAnna();
    await anna.live.close();
    const isLost = { is: false };
    const fence: Fence = {
      reads: [{ table: 'live.state', id: 'host' }],
      guard: ({ row }) => {
        expect(row('live.state', 'host')).toBeUndefined();
        if (isLost.is) throw new Error('another is the host');
      },
    };
    const connection = connect(anna, fence);
    const seen: LiveSnapshot[] = [];
    connection.snapshot$.subscribe((snapshot) => seen.push(snapshot));
    await until(() => seen.at(-1)?.state === 'live');
    const before = await anna.storage.rows('live.state/anna');
    isLost.is = true;
    await benWrites('hello');
    await until(() => seen.at(-1)?.state === 'sync-error');
    expect(await anna.texts()).toEqual([]);
    expect(await anna.storage.rows('live.state/anna')).toEqual(before);
    await connection.close();
  });
});

describe('syncNow', () => {
  it('flushes and pulls while live', async () => {
    const anna = await liveAnna();
    await anna.live.send(anna.message('x'));
    const before = world.server.count('pull');
    await anna.live.syncNow();
    expect(anna.snapshot.state).toBe('live');
    expect(world.server.count('pull')).toBe(before + 1);
    expect(await anna.live.outgoing()).toEqual([]);
  });

  it('ends the wait after a failure, and tells whether it went well', async () => {
    const anna = await liveAnna();
    world.server.fault = () => 'drop-request';
    world.server.breakStreams();
    await world.passTimeUntil(() => anna.state === 'connection-error');
    await expect(anna.live.syncNow()).rejects.toMatchObject({ code: 'network' });
    world.server.fault = () => undefined;
    await anna.live.syncNow();
    expect(anna.state).toBe('live');
  });

  it('says that the device is offline, and that it was closed', async () => {
    const anna = await liveAnna();
    anna.setOnline(false);
    await until(() => anna.state === 'offline');
    await expect(anna.live.syncNow()).rejects.toMatchObject({ code: 'network' });
    await anna.live.close();
    await expect(anna.live.syncNow()).rejects.toMatchObject({ code: 'closed' });
    await expect(anna.live.send(anna.message('x'))).rejects.toMatchObject({ code: 'closed' });
  });
});

describe('who is signed in', () => {
  it('gets a new token for one that is refused in the middle of a flush, once, and goes on', async () => {
    const anna = await liveAnna();
    world.server.refusedTokens.add('token-anna');
    anna.tokens.current = 'token-anna~2';
    // The old one is given once more, as by an app that does not look.
    anna.tokens.asked.length = 0;
    world.server.refusedTokens.add('token-anna~2');
    const isFresh = (asked: string | undefined) => asked !== undefined;
    await anna.live.send(anna.message('x'));
    await until(() => anna.state === 'auth-error');
    expect(anna.tokens.asked.filter(isFresh)).toEqual(['token-anna~2']);
    expect(anna.snapshot).toMatchObject({ pending: 1, error: { code: 'unauthorized' } });
    const before = world.server.requests.length;
    anna.page.dispatchEvent(new Event('online'));
    world.time.advance(3_600_000);
    await manyTurns();
    expect(world.server.requests).toHaveLength(before);
    await expect(anna.live.syncNow()).rejects.toMatchObject({ code: 'unauthorized' });
    anna.tokens.current = 'token-anna~3';
    anna.live.signedIn();
    await anna.isSettled();
    expect([...world.server.state.messages(URN).values()]).toEqual(['x']);
  });

  it('gives the fresh token to the same request', async () => {
    const anna = await liveAnna();
    world.server.refusedTokens.add('token-anna');
    const asked = anna.tokens.asked.length;
    let hasRefused = false;
    world.server.fault = ({ kind }) => {
      if (kind === 'flush' && !hasRefused) {
        hasRefused = true;
        anna.tokens.current = 'token-anna~2';
      }
      return undefined;
    };
    await anna.live.send(anna.message('x'));
    await anna.isSettled();
    expect(anna.tokens.asked.slice(asked)).toEqual([undefined, 'token-anna']);
    expect(states(anna)).toEqual(['connecting', 'syncing', 'live']);
  });

  it('stops with an auth-error when a stream is refused, and nobody can sign in', async () => {
    const anna = await liveAnna();
    world.server.refusedTokens.add('token-anna');
    world.server.endStreams('token-expired');
    await world.passTimeUntil(() => anna.state === 'auth-error');
    anna.tokens.current = null;
    anna.live.signedIn();
    await until(() => anna.snapshot.error?.code === 'signed-out');
    anna.tokens.current = 'token-anna~2';
    anna.live.signedIn();
    await anna.isSettled();
  });

  it('never uses the token of another person', async () => {
    const payload = btoa(JSON.stringify({ sub: 'ben' }));
    const anna = await world.device('anna');
    await anna.isSettled();
    const before = world.server.requests.length;
    anna.tokens.current = `x.${payload}.y`;
    await anna.live.send(anna.message('x'));
    await until(() => anna.state === 'auth-error');
    expect(anna.snapshot.error).toMatchObject({ code: 'wrong-account' });
    expect(world.server.requests).toHaveLength(before);
  });

  it('tries again by itself when no token can be got for lack of network', async () => {
    const anna = await liveAnna();
    const { asked } = anna.tokens;
    const push = asked.push.bind(asked);
    let failures = 2;
    asked.push = (...items) => {
      if (failures-- > 0) throw new TypeError('Failed to fetch');
      return push(...items);
    };
    await anna.live.send(anna.message('x'));
    await world.passTimeUntil(() => anna.isAtRest());
  });
});
