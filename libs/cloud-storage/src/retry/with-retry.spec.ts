import { describe, expect, it } from 'vitest';
import { memoryCloud } from '../memory/index.js';
import { CloudError } from '../port/cloud-error.js';
import { faultyCloud } from '../testing/faulty-cloud.js';
import { withRetry, type RetryPolicy } from './with-retry.js';

const bytes = new TextEncoder().encode('bytes');

const setUp = (policy: RetryPolicy = {}) => {
  const memory = memoryCloud();
  const faulty = faultyCloud(memory);
  const waits: number[] = [];
  let nowMs = 0;
  const cloud = withRetry(faulty, {
    random: () => 0.5,
    now: () => nowMs,
    sleep: async (ms) => {
      waits.push(ms);
      nowMs += ms;
    },
    ...policy,
  });
  return { memory, faulty, cloud, waits };
};

const wait = (retryAfterMs: number, code: CloudError['code'] = 'rate-limited') =>
  new CloudError(code, 'wait', { retryAfterMs });

describe('withRetry', () => {
  it('tries a failed service again with a random part of doubling waits', async () => {
    const { faulty, cloud, waits } = setUp({ baseMs: 100 });
    faulty.failNext('read', 503, 4);
    await cloud.create('a', bytes);
    expect(await cloud.read('a')).toEqual(bytes);
    expect(waits).toEqual([50, 100, 200, 400]);
  });

  it('never waits longer than the greatest wait', async () => {
    const { faulty, cloud, waits } = setUp({ baseMs: 100, maxMs: 300, tries: 6 });
    faulty.failNext('list', 423, 5);
    await cloud.list('a');
    expect(waits).toEqual([50, 100, 150, 150, 150]);
  });

  it('gives up after the tries of the policy with the last error', async () => {
    const { faulty, cloud } = setUp({ tries: 3 });
    faulty.failNext('listFolders', 500, 9);
    await expect(cloud.listFolders('a')).rejects.toMatchObject({ code: 'unavailable' });
    expect(faulty.calls).toBe(3);
  });

  it('gives up early when offline', async () => {
    const { faulty, cloud } = setUp();
    faulty.failNext('list', new CloudError('offline', 'no network'), 9);
    await expect(cloud.list('a')).rejects.toMatchObject({ code: 'offline' });
    expect(faulty.calls).toBe(2);
  });

  it('tries once more when unauthorized', async () => {
    const { faulty, cloud } = setUp();
    faulty.failNext('list', 401);
    await cloud.list('a');
    faulty.failNext('list', 401, 9);
    await expect(cloud.list('a')).rejects.toMatchObject({ code: 'unauthorized' });
    expect(faulty.calls).toBe(4);
  });

  it.each([
    ['forbidden', 403],
    ['not-found', 404],
    ['conflict', 412],
    ['quota-exceeded', 507],
    ['invalid', 400],
  ])('does not repeat %s', async (code, status) => {
    const { faulty, cloud, waits } = setUp();
    faulty.failNext('create', status);
    await expect(cloud.create('a', bytes)).rejects.toMatchObject({ code });
    expect(faulty.calls).toBe(1);
    expect(waits).toEqual([]);
  });

  it('passes on errors that are not of a cloud', async () => {
    const { faulty, cloud } = setUp();
    faulty.failNext('remove', new TypeError('a bug'));
    await expect(cloud.remove('a')).rejects.toThrow(TypeError);
    expect(faulty.calls).toBe(1);
  });

  it('waits as long as the service asks, then tries once', async () => {
    const { faulty, cloud, waits } = setUp({ baseMs: 100 });
    faulty.failNext('list', wait(7000));
    await cloud.list('a');
    expect(waits).toEqual([7050]);
    expect(faulty.calls).toBe(2);
  });

  it('holds every other call back while the service wants to be left alone', async () => {
    const { faulty, cloud, waits } = setUp({ tries: 1 });
    faulty.failNext('list', wait(5000, 'unavailable'));
    await expect(cloud.list('a')).rejects.toMatchObject({ code: 'unavailable' });
    await cloud.read('b').catch(() => undefined);
    expect(waits).toEqual([5000]);
  });

  it('fails at once, without a request, when the wait is too long', async () => {
    const { faulty, cloud, waits } = setUp({ maxRetryAfterMs: 60_000 });
    faulty.failNext('list', wait(3_600_000));
    await expect(cloud.list('a')).rejects.toMatchObject({ retryAfterMs: 3_600_000 });
    await expect(cloud.read('b')).rejects.toMatchObject({
      code: 'rate-limited',
      retryAfterMs: 3_600_000,
    });
    expect(faulty.calls).toBe(1);
    expect(waits).toEqual([]);
  });

  it('counts a create whose reply was lost as done', async () => {
    const memory = memoryCloud();
    const faulty = faultyCloud(memory);
    faulty.stopAfter(1, { isLastReplyLost: true });
    const cloud = withRetry(faulty, { sleep: async () => faulty.calm() });
    await cloud.create('a', bytes);
    expect(memory.requests.map(({ kind }) => kind)).toEqual(['create', 'create']);
    expect(memory.peek('a')).toEqual(bytes);
  });

  it('ends a wait when the caller aborts', async () => {
    const aborter = new AbortController();
    const faulty = faultyCloud(memoryCloud());
    faulty.failNext('list', 503, 9);
    faulty.beforeCall(() => queueMicrotask(() => aborter.abort()));
    const cloud = withRetry(faulty, { baseMs: 3_600_000, maxMs: 3_600_000, random: () => 0.9 });
    await expect(cloud.list('a', { signal: aborter.signal })).rejects.toMatchObject({
      code: 'aborted',
    });
    expect(faulty.calls).toBe(1);
  });

  it('has the optional calls of the cloud and no others', () => {
    expect('connect' in setUp().cloud).toBe(false);
    const cloud = withRetry({ ...memoryCloud(), isConnected: () => true } as never);
    expect(cloud.isConnected?.()).toBe(true);
    expect('connect' in cloud).toBe(false);
  });
});
