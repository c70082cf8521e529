import { TestClock } from '../../testing/src/test-clock';
import { describe, expect, it } from 'vitest';
import { aloneAmongTabs, type TabLocks } from './tab-lock';

const name = 'lock';

/** A lock that one tab holds at a time. */
function openLocks() {
  let turn: Promise<unknown> = Promise.resolve();
  const locks: TabLocks = {
    request: (_name, { signal }, work) => {
      const aborted = new Promise<never>((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason));
      });
      const mine = turn.then(() => (signal.aborted ? undefined : work()));
      turn = mine.catch(() => undefined);
      return Promise.race([mine, aborted]);
    },
  };
  return locks;
}

describe('aloneAmongTabs', () => {
  it('lets one tab work after the other', async () => {
    const [locks, clock] = [openLocks(), new TestClock({ now: 0, seed: 1 })];
    const told: string[] = [];
    const work = (tab: string) => async () => {
      told.push(`${tab} begins`);
      await Promise.resolve();
      told.push(`${tab} ends`);
    };
    await Promise.all([
      aloneAmongTabs({ name, locks, clock }, work('first')),
      aloneAmongTabs({ name, locks, clock }, work('second')),
    ]);
    expect(told).toEqual(['first begins', 'first ends', 'second begins', 'second ends']);
    expect(clock.callNext(Infinity)).toBe(false);
  });

  it('does not wait for ever for a tab that is frozen', async () => {
    const [locks, clock] = [openLocks(), new TestClock({ now: 0, seed: 1 })];
    void aloneAmongTabs({ name, locks, clock }, () => new Promise(() => undefined));
    let hasWorked = false;
    const second = aloneAmongTabs({ name, locks, clock }, async () => {
      hasWorked = true;
    });
    await Promise.resolve();
    expect(hasWorked).toBe(false);
    expect(clock.callNext(30_000)).toBe(true);
    await second;
    expect(hasWorked).toBe(true);
  });

  it('works without locks, where they are refused, and says what the work failed with', async () => {
    const clock = new TestClock({ now: 0, seed: 1 });
    const refusing: TabLocks = { request: async () => Promise.reject(new Error('refused')) };
    let count = 0;
    const work = async () => {
      count += 1;
    };
    await aloneAmongTabs({ name, locks: undefined, clock }, work);
    await aloneAmongTabs({ name, locks: refusing, clock }, work);
    expect(count).toBe(2);
    const failing = aloneAmongTabs({ name, locks: openLocks(), clock }, async () => {
      count += 1;
      throw new Error('failed');
    });
    await expect(failing).rejects.toThrowError('failed');
    expect(count).toBe(3);
  });
});
