import { describe, expect, it } from 'vitest';
import { memoryCloud } from '../memory/index.js';
import { CloudError } from '../port/cloud-error.js';
import { type CloudStorage } from '../port/cloud-storage.js';
import { seededRandom } from '../testing/seeded-random.js';
import { type Sleep } from '../time/sleep.js';
import { withRetry, type RetryPolicy } from './with-retry.js';

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** A clock that goes on when everybody waits for it, from one moment at which somebody wakes to the next. */
class VirtualTime {
  now = 0;
  #sleepers: { readonly at: number; readonly wake: () => void }[] = [];

  readonly sleep: Sleep = (ms) =>
    new Promise((wake) => void this.#sleepers.push({ at: this.now + ms, wake }));

  async runUntil(isOver: () => boolean): Promise<void> {
    for (await turn(); !isOver(); await turn()) {
      const at = Math.min(...this.#sleepers.map((sleeper) => sleeper.at));
      if (at === Infinity) throw new Error('everybody waits, and nobody for the clock');
      this.now = Math.max(this.now, at);
      const woken = this.#sleepers.filter((sleeper) => sleeper.at <= at);
      this.#sleepers = this.#sleepers.filter((sleeper) => sleeper.at > at);
      for (const { wake } of woken) wake();
    }
  }

  async settle<Result>(running: Promise<Result>): Promise<Result> {
    let isOver = false;
    const finish = () => void (isOver = true);
    running.then(finish, finish);
    await this.runUntil(() => isOver);
    return running;
  }
}

/** A service that does with each request as told, and notes when it came. */
const setUp = (answer: (index: number, path: string) => unknown, policy: RetryPolicy = {}) => {
  const time = new VirtualTime();
  const requests: { readonly at: number; readonly path: string }[] = [];
  const service: CloudStorage = {
    ...memoryCloud(),
    read: async (path) => {
      requests.push({ at: time.now, path });
      await answer(requests.length - 1, path);
      return new Uint8Array();
    },
  };
  const cloud = withRetry(service, {
    sleep: time.sleep,
    now: () => time.now,
    random: () => 0.5,
    ...policy,
  });
  const readAll = (count: number) =>
    Promise.allSettled(Array.from({ length: count }, (_, index) => cloud.read(`${index}`)));
  return { time, requests, cloud, readAll, times: () => requests.map(({ at }) => at) };
};

const fail = (code: CloudError['code'], retryAfterMs?: number): never => {
  throw new CloudError(code, code, retryAfterMs === undefined ? {} : { retryAfterMs });
};
const codeOf = async (running: Promise<unknown>) =>
  running.then(
    () => 'done',
    (error: unknown) => (error instanceof CloudError ? error.code : error),
  );

describe('withRetry and calls at once', () => {
  it.each([
    [6, {}],
    [2, { atOnce: 2 }],
  ])('sends at most %i, the others in the order in which they came', async (most, policy) => {
    let underWay = 0;
    let greatest = 0;
    const answers: (() => void)[] = [];
    const { readAll, requests } = setUp(async () => {
      greatest = Math.max(greatest, ++underWay);
      await new Promise<void>((resolve) => answers.push(resolve));
      underWay -= 1;
    }, policy);
    const running = readAll(20);
    for (let answered = 0; answered < 20; answered += 1) {
      await turn();
      expect(underWay).toBe(Math.min(most, 20 - answered));
      answers[answered]?.();
    }
    await running;
    expect(greatest).toBe(most);
    expect(requests.map(({ path }) => path)).toEqual(Array.from({ length: 20 }, (_, i) => `${i}`));
  });

  it('sends no call whose caller gave up while it waited for its turn', async () => {
    const answers: (() => void)[] = [];
    const { cloud, requests } = setUp(() => new Promise<void>((resolve) => answers.push(resolve)), {
      atOnce: 1,
    });
    const aborter = new AbortController();
    const first = cloud.read('first');
    const second = cloud.read('second', { signal: aborter.signal });
    const third = cloud.read('third');
    aborter.abort();
    await expect(second).rejects.toMatchObject({ code: 'aborted' });
    await turn();
    answers[0]?.();
    await first;
    await turn();
    answers[1]?.();
    await third;
    expect(requests.map(({ path }) => path)).toEqual(['first', 'third']);
  });

  it('gives the turn on when a call fails', async () => {
    const { readAll, requests } = setUp(() => fail('forbidden'), { atOnce: 1 });
    await readAll(3);
    expect(requests).toHaveLength(3);
  });
});

describe('withRetry and Retry-After', () => {
  it('lets one call go first when the time is over, and the others when that was answered', async () => {
    const { time, readAll, times } = setUp(async (index) => {
      if (index < 6) fail('rate-limited', 7000);
      if (index === 6) fail('rate-limited', 5000);
      if (index === 7) await time.sleep(100);
    });
    const outcomes = await time.settle(readAll(6));
    expect(outcomes.map(({ status }) => status)).toEqual(Array(6).fill('fulfilled'));
    // The calls that were refused wait a random while more (250 ms here, as `random` gives 0.5).
    expect(times()).toEqual([0, 0, 0, 0, 0, 0, 7250, 12_250, ...Array(4).fill(12_350), 12_500]);
  });

  it('goes on with the next call when the first one is given up or is offline', async () => {
    const aborter = new AbortController();
    const { time, cloud, times } = setUp((index) => {
      if (index === 0) fail('unavailable', 1000);
      if (index === 1) fail('aborted');
      if (index === 2) fail('offline');
    });
    const first = codeOf(cloud.read('a', { signal: aborter.signal }));
    await turn();
    const others = ['b', 'c', 'd'].map((path) => codeOf(cloud.read(path)));
    expect(await time.settle(Promise.all([first, ...others]))).toEqual([
      'done',
      'aborted',
      'done',
      'done',
    ]);
    expect(Math.min(...times().slice(1))).toBe(1000);
  });

  it('ends the wait for the first call when the caller gives up', async () => {
    const answers: (() => void)[] = [];
    const { time, cloud, requests } = setUp(
      (index) =>
        index === 0
          ? fail('unavailable', 10)
          : new Promise<void>((resolve) => answers.push(resolve)),
      { tries: 1 },
    );
    await codeOf(cloud.read('a'));
    const first = cloud.read('b');
    await time.runUntil(() => requests.length === 2);
    const aborter = new AbortController();
    const second = codeOf(cloud.read('c', { signal: aborter.signal }));
    await turn();
    aborter.abort();
    expect(await second).toBe('aborted');
    answers[0]?.();
    await first;
    expect(requests).toHaveLength(2);
  });

  it('does not take the late answer to an older call for a recovery', async () => {
    const { time, cloud, requests } = setUp(async (index) => {
      if (index === 0) await time.sleep(500);
      if (index === 1) fail('rate-limited', 1000);
      if (index === 2) await time.sleep(50);
    });
    const calls = Promise.all(['slow', 'refused', 'c', 'd'].map((path) => cloud.read(path)));
    await time.settle(calls);
    // c and d were sent before the refusal came back; then only one more.
    expect(requests.map(({ path }) => path)).toEqual(['slow', 'refused', 'c', 'd', 'refused']);
  });

  it('never asks a throttled service again before its time, nor twice for one refusal', async () => {
    const random = seededRandom(12);
    let tokens = 10;
    let filledAt = 0;
    let allowedAt = 0;
    let early = 0;
    let refusals = 0;
    const { time, readAll, requests } = setUp(
      () => {
        const now = time.now;
        if (now < allowedAt) early += 1;
        tokens = Math.min(10, tokens + ((now - filledAt) * 10) / 1000);
        filledAt = now;
        if (tokens < 1) {
          refusals += 1;
          allowedAt = now + 7000;
          fail('rate-limited', 7000);
        }
        tokens -= 1;
        return time.sleep(20 + random() * 20);
      },
      { random, tries: 20, restAfter: 50 },
    );
    const outcomes = await time.settle(readAll(200));
    expect(outcomes.every(({ status }) => status === 'fulfilled')).toBe(true);
    expect(refusals).toBeGreaterThan(0);
    // Those under way when the first refusal came had left before they could know.
    expect(early).toBeLessThanOrEqual(refusals);
    expect(requests.length).toBe(200 + refusals);
  });
});

describe('withRetry and jitter', () => {
  it('spreads the waits over the whole range', async () => {
    const waits: number[] = [];
    const random = seededRandom(3);
    const { cloud } = setUp(() => fail('unavailable'), {
      baseMs: 1000,
      maxMs: 1000,
      tries: 401,
      restAfter: 1000,
      random,
      sleep: async (ms) => void waits.push(ms),
    });
    await codeOf(cloud.read('a'));
    expect(waits).toHaveLength(400);
    const share = (from: number, to: number) =>
      waits.filter((ms) => ms >= from && ms < to).length / waits.length;
    for (let quarter = 0; quarter < 4; quarter += 1) {
      expect(share(quarter * 250, quarter * 250 + 250)).toBeGreaterThan(0.15);
    }
  });
});

describe('withRetry and a service that keeps failing', () => {
  const policy: RetryPolicy = { tries: 1, restAfter: 3, restMs: 1000, maxRestMs: 5000 };

  it.each(['unavailable', 'rate-limited'] as const)(
    'lets it rest after so many times %s in a row, and sends nothing meanwhile',
    async (code) => {
      const { cloud, requests, readAll, time } = setUp(() => fail(code), policy);
      await readAll(3);
      time.now = 200;
      await expect(cloud.read('a')).rejects.toMatchObject({
        code: 'unavailable',
        retryAfterMs: 550,
      });
      await expect(cloud.list('a')).rejects.toMatchObject({ code: 'unavailable' });
      await expect(cloud.create('a', new Uint8Array())).rejects.toMatchObject({
        code: 'unavailable',
      });
      expect(requests).toHaveLength(3);
    },
  );

  it.each(['offline', 'forbidden', 'not-found', 'unauthorized', 'quota-exceeded'] as const)(
    'does not for %s',
    async (code) => {
      const { requests, readAll, time } = setUp(() => fail(code), { ...policy, offlineTries: 1 });
      await time.settle(readAll(10));
      expect(requests.length).toBeGreaterThanOrEqual(10);
    },
  );

  it('counts only failures in a row', async () => {
    const { cloud, requests } = setUp((index) => index % 3 !== 2 && fail('unavailable'), policy);
    for (let index = 0; index < 12; index += 1) await codeOf(cloud.read('a'));
    expect(requests).toHaveLength(12);
  });

  it('ends the tries of a call under way at once, with what the service said as the cause', async () => {
    const { time, cloud, times } = setUp(() => fail('unavailable'), { ...policy, tries: 99 });
    const outcome = time.settle(cloud.read('a'));
    await expect(outcome).rejects.toMatchObject({
      code: 'unavailable',
      retryAfterMs: 750,
      cause: { message: 'unavailable' },
    });
    expect(times()).toHaveLength(3);
  });

  it('lets one call through after the rest, and all when that was answered', async () => {
    const { time, cloud, readAll, requests } = setUp(async (index) => {
      if (index < 3) fail('unavailable');
      if (index === 3) await time.sleep(40);
    }, policy);
    await readAll(3);
    time.now = 750;
    const running = readAll(5);
    await turn();
    expect(requests).toHaveLength(4);
    await time.settle(running);
    expect(requests).toHaveLength(8);
    expect(await codeOf(cloud.read('a'))).toBe('done');
  });

  it('rests twice as long each time that one call fails too, up to the greatest rest', async () => {
    const { time, cloud, times } = setUp(() => fail('unavailable'), policy);
    for (let index = 0; index < 3; index += 1) await codeOf(cloud.read('a'));
    for (let round = 0; round < 5; round += 1) {
      const [one, two] = await Promise.all([cloud.read('a'), cloud.read('b')].map(codeAndWait));
      expect(one).toEqual(two);
      time.now += one?.retryAfterMs ?? Number.NaN;
      await codeOf(cloud.read('c'));
    }
    const waits = times().map((at, index) => at - (times()[index - 1] ?? 0));
    expect(waits).toEqual([0, 0, 0, 750, 1500, 3000, 3750, 3750]);
  });

  it('waits for the longer of a rest and of what the service asks for', async () => {
    const { time, cloud, times } = setUp((index) => {
      if (index < 3) fail('unavailable', 2000);
    }, policy);
    for (let index = 0; index < 3; index += 1) {
      await time.settle(codeOf(cloud.read('a')));
    }
    time.now += 750;
    await time.settle(cloud.read('b'));
    expect(times()).toEqual([0, 2000, 4000, 6000]);
  });
});

const codeAndWait = (running: Promise<unknown>) =>
  running.then(
    () => undefined,
    (error: CloudError) => ({ code: error.code, retryAfterMs: error.retryAfterMs }),
  );

describe('onWait', () => {
  const watch = (answer: (index: number) => unknown) => {
    const told: (readonly [at: number, ms: number | null])[] = [];
    const onWait = (ms: number | null) => void told.push([bench.time.now, ms]);
    const bench = setUp(answer, { onWait });
    return { ...bench, told };
  };

  it('tells that calls wait as the service asked to, until none does', async () => {
    const { told, time, readAll } = watch((index) => index < 2 && fail('rate-limited', 3_000));
    const results = await time.settle(readAll(8));
    expect(results.every(({ status }) => status === 'fulfilled')).toBe(true);
    expect(told[0]?.[0]).toBe(0);
    expect(told[0]?.[1]).toBeGreaterThanOrEqual(3_000);
    expect(told.at(-1)?.[1]).toBeNull();
    expect(told.at(-1)?.[0]).toBeGreaterThanOrEqual(3_000);
  });

  it('tells nothing of the short waits after other failures', async () => {
    const { told, time, cloud } = watch((index) => index < 2 && fail('unavailable'));
    await time.settle(cloud.read('a'));
    expect(told).toEqual([]);
  });
});
