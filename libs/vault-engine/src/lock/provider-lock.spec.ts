import { describe, expect, it } from 'vitest';
import { EngineError } from '../reports/engine-error.js';
import { FakeLocks } from '../testing/fake-locks.js';
import { ManualTime } from '../testing/manual-time.js';
import { type HeldLock, type Lease, withProviderLock } from './provider-lock.js';

const TIMEOUT_MS = 15_000;

/** Two tabs of one database. */
function tabs() {
  const time = new ManualTime();
  const locks = new FakeLocks();
  let stored: Lease | undefined;
  const open = () => {
    const tab = { isFrozen: false, isVisible: true };
    const run = <Result>(work: (lock: HeldLock) => Promise<Result>, signal?: AbortSignal) =>
      withProviderLock(
        {
          name: 'chat-vault:memory',
          locks,
          lease: {
            read: () => Promise.resolve(stored),
            write: (lease) => Promise.resolve(void (stored = lease.at > 0 ? lease : undefined)),
          },
          env: time.environment(() => tab.isFrozen),
          timeoutMs: TIMEOUT_MS,
          isVisible: () => tab.isVisible,
          signal,
        },
        work,
      );
    return { tab, run };
  };
  return { time, first: open(), second: open() };
}

/** Work that goes on until it is let go. */
function gate() {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open };
}

describe('withProviderLock', () => {
  it('lets the second tab wait until the first is done', async () => {
    const { time, first, second } = tabs();
    const { opened, open } = gate();
    const order: string[] = [];
    const one = first.run(async () => {
      await opened;
      order.push('first');
    });
    const two = second.run(async () => void order.push('second'));
    await time.pass(60_000);
    expect(order).toEqual([]);
    open();
    await one;
    await time.pass(5_000);
    await two;
    expect(order).toEqual(['first', 'second']);
  });

  it('gives the lock of a frozen holder to a visible tab after 15 s, and the thawed one writes nothing', async () => {
    const { time, first, second } = tabs();
    const { opened, open } = gate();
    const outcome = first
      .run(async (lock) => {
        await opened;
        await lock.assertHeld();
        return 'wrote';
      })
      .catch((error: unknown) => error);
    await time.pass(1_000);
    first.tab.isFrozen = true;
    const { opened: isDone, open: finish } = gate();
    const startedAt = time.now;
    let takenAt = 0;
    const two = second.run(async (lock) => {
      takenAt = time.now;
      await isDone;
      await lock.assertHeld();
      return 'wrote';
    });
    await time.pass(25_000);
    expect(takenAt - startedAt).toBeGreaterThanOrEqual(TIMEOUT_MS - 5_000);
    expect(takenAt - startedAt).toBeLessThanOrEqual(TIMEOUT_MS + 2_000);
    first.tab.isFrozen = false;
    open();
    const error = await outcome;
    expect(error).toBeInstanceOf(EngineError);
    expect(error).toMatchObject({ code: 'lock-lost' });
    finish();
    await time.pass(1_000);
    expect(await two).toBe('wrote');
  });

  it('leaves a frozen holder its lock while the other tab is hidden', async () => {
    const { time, first, second } = tabs();
    const { opened, open } = gate();
    const one = first.run(() => opened);
    await time.pass(1_000);
    first.tab.isFrozen = true;
    second.tab.isVisible = false;
    let hasRun = false;
    const two = second.run(async () => void (hasRun = true));
    await time.pass(60_000);
    expect(hasRun).toBe(false);
    first.tab.isFrozen = false;
    open();
    await one;
    await time.pass(3_000);
    await two;
    expect(hasRun).toBe(true);
  });

  it('never robs a holder that works for long and beats', async () => {
    const { time, first, second } = tabs();
    const { opened, open } = gate();
    const one = first.run(async (lock) => {
      await opened;
      await lock.assertHeld();
    });
    const two = second.run(() => Promise.resolve());
    await time.pass(120_000);
    open();
    await one;
    await time.pass(3_000);
    await two;
  });

  it('takes the lock of a tab that crashed at once', async () => {
    const { time, first, second } = tabs();
    await expect(first.run(() => Promise.reject(new Error('crash')))).rejects.toThrow('crash');
    const two = second.run(() => Promise.resolve('ran'));
    await time.pass(1_000);
    expect(await two).toBe('ran');
  });

  it('stops waiting when the signal is aborted', async () => {
    const { time, first, second } = tabs();
    const { opened, open } = gate();
    const one = first.run(() => opened);
    const abort = new AbortController();
    const reason = new Error('enough');
    const two = second.run(() => Promise.resolve(), abort.signal).catch((error: unknown) => error);
    await time.pass(2_000);
    abort.abort(reason);
    await time.pass(2_000);
    expect(await two).toBe(reason);
    open();
    await one;
  });
});
