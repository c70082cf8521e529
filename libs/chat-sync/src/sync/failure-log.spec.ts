import { CloudError, type CloudErrorCode } from '@chat-vault/cloud-storage';
import { describe, expect, it } from 'vitest';
import { ChatSyncError, toChatVaultError } from './chat-sync-error';
import { FailureLog } from './failure-log';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

const setUp = () => {
  const lines: { readonly at: number; readonly level: string; readonly [name: string]: unknown }[] =
    [];
  const time = { now: 1_000_000 };
  const note = (level: string) => (message: string, details?: object) =>
    void lines.push({ at: time.now - 1_000_000, level, message, ...details });
  const log = new FailureLog({
    logger: { error: note('error'), info: note('info'), debug: note('debug') },
    now: () => time.now,
  });
  const fail = (code: CloudErrorCode = 'offline', providerId = 'a') =>
    log.fail(providerId, 'It failed.', new CloudError(code, `why: ${code}`));
  /** Fails every so often, for so long. */
  const failFor = (ms: number, everyMs: number, work: (index: number) => void) => {
    const start = time.now;
    for (let index = 0; time.now < start + ms; index += 1, time.now += everyMs) work(index);
  };
  /** The most lines that any hour has. */
  const mostInAnHour = () =>
    Math.max(
      ...lines.map(({ at }) => lines.filter((b) => b.at >= at && b.at < at + HOUR_MS).length),
    );
  return { lines, time, log, fail, failFor, mostInAnHour };
};

describe('FailureLog', () => {
  it('tells a failure at once, with its provider, code and reason', () => {
    const { fail, lines } = setUp();
    fail('unavailable');
    expect(lines).toEqual([
      {
        at: 0,
        level: 'error',
        message: 'chat-sync: It failed.',
        providerId: 'a',
        code: 'unavailable',
        reason: 'why: unavailable',
      },
    ]);
  });

  it('tells the same failure again after six minutes, with how many it left out', () => {
    const { fail, failFor, lines } = setUp();
    failFor(13 * MINUTE_MS, MINUTE_MS, () => fail());
    expect(lines.map(({ at, leftOut }) => [at, leftOut])).toEqual([
      [0, undefined],
      [6 * MINUTE_MS, 5],
      [12 * MINUTE_MS, 5],
    ]);
  });

  it.each([1_000, 10_000, 55_000, 5 * MINUTE_MS, 6 * MINUTE_MS])(
    'has at most ten lines in any hour of a day of failures each %i ms',
    (everyMs) => {
      const { fail, failFor, lines, mostInAnHour } = setUp();
      failFor(24 * HOUR_MS, everyMs, () => fail());
      expect(mostInAnHour()).toBeLessThanOrEqual(10);
      expect(lines.length).toBeLessThanOrEqual(240);
      expect(lines.length).toBeGreaterThanOrEqual(6 * 24);
    },
  );

  it('has at most ten lines in an hour with its end, and for several clouds at once', () => {
    const { fail, failFor, log, lines, mostInAnHour } = setUp();
    failFor(59 * MINUTE_MS, 10_000, () => ['a', 'b', 'c'].forEach((id) => fail('offline', id)));
    for (const providerId of ['a', 'b', 'c']) log.succeed(providerId);
    expect(mostInAnHour()).toBeLessThanOrEqual(10);
    const told = (id: string) => lines.filter(({ providerId }) => providerId === id);
    for (const id of ['a', 'b', 'c']) {
      expect(told(id).length).toBeGreaterThanOrEqual(3);
      expect(told(id).at(-1)?.level).toBe('info');
    }
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 12])(
    'has at most ten lines in an hour of a bad network with its end, for %i clouds',
    (clouds) => {
      for (const codes of [['offline'], ['offline', 'unavailable'], ['rate-limited', 'offline']]) {
        const { fail, failFor, log, lines, mostInAnHour } = setUp();
        const ids = Array.from({ length: clouds }, (_, index) => `cloud-${index}`);
        failFor(59 * MINUTE_MS, 20_000, (index) => {
          const code = codes[index % codes.length] as CloudErrorCode;
          for (const id of ids) fail(code, id);
        });
        for (const id of ids) log.succeed(id);
        expect(mostInAnHour()).toBeLessThanOrEqual(10);
        const ends = lines.filter(({ level }) => level === 'info');
        expect(ends.length).toBe(new Set(lines.map(({ providerId }) => providerId)).size);
      }
    },
  );

  it('has at most ten lines in an hour of reasons that change all the time', () => {
    const { fail, failFor, mostInAnHour } = setUp();
    const codes: CloudErrorCode[] = ['offline', 'conflict', 'unavailable', 'invalid', 'not-found'];
    failFor(24 * HOUR_MS, 7_000, (index) => fail(codes[index % codes.length]));
    expect(mostInAnHour()).toBeLessThanOrEqual(10);
  });

  it('tells another reason late where there was no room for it', () => {
    const { fail, time, failFor, lines } = setUp();
    failFor(59 * MINUTE_MS, MINUTE_MS, (index) => fail(index % 2 === 0 ? 'conflict' : 'invalid'));
    const told = lines.length;
    fail('not-found');
    expect(lines).toHaveLength(told);
    time.now += HOUR_MS;
    fail('not-found');
    expect(lines.at(-1)).toMatchObject({ level: 'error', code: 'not-found' });
  });

  it('does not forget a cloud that fails while another one does', () => {
    const { fail, failFor, lines } = setUp();
    failFor(24 * HOUR_MS, MINUTE_MS, () => ['a', 'b'].forEach((id) => fail('offline', id)));
    for (let hour = 0; hour < 24; hour += 1) {
      const inHour = lines.filter(({ at }) => Math.floor(at / HOUR_MS) === hour);
      expect(inHour.length).toBeLessThanOrEqual(10);
      for (const id of ['a', 'b']) {
        expect(inHour.some(({ providerId }) => providerId === id)).toBe(true);
      }
    }
  });

  it('never hides a reason that a person must see to, however many lines there were', () => {
    const { fail, failFor, lines } = setUp();
    failFor(59 * MINUTE_MS, 1_000, () => fail());
    const reasons = ['unauthorized', 'quota-exceeded', 'forbidden'] as const;
    for (const reason of reasons) fail(reason);
    expect(lines.slice(-3).map(({ code }) => code)).toEqual(reasons);
  });

  it('tells the number that it left out before another reason too', () => {
    const { fail, lines } = setUp();
    fail();
    fail();
    fail('conflict');
    expect(lines.at(-1)).toMatchObject({ code: 'conflict', leftOut: 1 });
  });

  it('says once that it is over, when it had told a failure', () => {
    const { fail, log, time, lines } = setUp();
    log.succeed('a');
    fail();
    fail();
    time.now += 90_000;
    log.succeed('b');
    log.succeed('a');
    log.succeed('a');
    expect(lines.slice(1)).toEqual([
      {
        at: 90_000,
        level: 'info',
        message: 'chat-sync: it works again.',
        providerId: 'a',
        afterMs: 90_000,
        leftOut: 1,
      },
    ]);
  });

  it('says nothing of an end when it had left the failure out', () => {
    const { fail, log, time, lines } = setUp();
    fail();
    log.succeed('a');
    time.now += MINUTE_MS;
    fail();
    log.succeed('a');
    expect(lines).toHaveLength(2);
    time.now += 6 * MINUTE_MS;
    fail();
    expect(lines.at(-1)).toMatchObject({ level: 'error', leftOut: 1 });
  });

  it('has at most ten lines in an hour for a cloud that comes and goes', () => {
    const { fail, failFor, log, mostInAnHour } = setUp();
    failFor(24 * HOUR_MS, 60_000, (index) => (index % 2 === 0 ? fail() : log.succeed('a')));
    expect(mostInAnHour()).toBeLessThanOrEqual(10);
  });

  it('begins anew with a cloud that was closed', () => {
    const { fail, log, lines } = setUp();
    fail();
    log.forget('a');
    log.succeed('a');
    fail();
    expect(lines.map(({ level, leftOut }) => [level, leftOut])).toEqual([
      ['error', undefined],
      ['error', undefined],
    ]);
  });

  it('does not repeat the words of errors that are not ours, as they may hold anything', () => {
    const { log, lines } = setUp();
    log.fail('a', 'It failed.', toChatVaultError(new TypeError('token=secret-1')));
    log.fail('b', 'It failed.', new ChatSyncError('unexpected', 'chat-sync: secret-2'));
    log.fail('c', 'It failed.', toChatVaultError('secret-3'));
    expect(lines.map(({ reason }) => reason)).toEqual(['TypeError', 'unknown', 'unknown']);
    expect(JSON.stringify(lines)).not.toContain('secret');
  });

  it('tells nothing of a browser that asks for a permission again, but of one that keeps us out', () => {
    const { log, lines } = setUp();
    const refused = (permission: string) =>
      new CloudError('unauthorized', 'why', { details: { permission } });
    log.fail('a', 'It asks again.', refused('prompt'));
    log.succeed('a');
    expect(lines).toEqual([]);
    log.fail('a', 'It keeps us out.', refused('denied'));
    expect(lines).toHaveLength(1);
  });

  it('works without a logger', () => {
    const log = new FailureLog({ logger: null, now: () => 0 });
    expect(() => log.fail('a', 'It failed.', new CloudError('offline', ''))).not.toThrow();
    expect(() => log.succeed('a')).not.toThrow();
  });
});
