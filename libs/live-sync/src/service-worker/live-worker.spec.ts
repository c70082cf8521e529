import { describe, expect, it } from 'vitest';
import { flushTag } from '../host/worker-messages.js';
import { HostWorld } from '../simulation/host-world.js';
import { ALICE, WorkerWorld } from '../simulation/worker-world.js';

const tokenOf = (token: string) => async () => token;

function start(): { readonly world: HostWorld; readonly worker: WorkerWorld } {
  const world = new HostWorld();
  return { world, worker: new WorkerWorld(world) };
}

describe('startLiveWorker', () => {
  it('holds the connection of the account that a page asks for, once', async () => {
    const { world, worker } = start();
    const [first, second] = [worker.open('a', tokenOf('t')), worker.open('b', tokenOf('t'))];
    const answered = Promise.all([first.link.askToHost(), second.link.askToHost()]);
    await world.pass(500);
    await answered;
    expect(worker.opened).toEqual([ALICE]);
    expect(worker.connections.map(({ account }) => account)).toEqual([ALICE]);
  });

  it('listens to messages and syncs, and to nothing of others', () => {
    const { worker } = start();
    expect(worker.listenersOf.toSorted()).toEqual(['message', 'sync']);
    for (const data of [
      null,
      'x',
      { action: 'INITIALIZE' },
      { kind: 'host', id: '1', account: ALICE },
    ]) {
      expect(worker.dispatch('message', { data, source: null })).toBeNull();
    }
    for (const tag of ['other', 'chat-vault-flush', 'chat-vault-flush:', 'chat-vault-flush:{}']) {
      expect(worker.dispatch('sync', { tag })).toBeNull();
    }
  });

  it('takes its token from a page of the same account, and asks again for another', async () => {
    const { world, worker } = start();
    const asked: (string | undefined)[] = [];
    const page = worker.open('a', async (refused) => {
      asked.push(refused);
      return refused === undefined ? 'old' : 'new';
    });
    worker.open('b', tokenOf('of bob'), { ...ALICE, userId: 'bob' });
    void page.link.askToHost();
    await world.pass(500);
    const token = worker.connections[0]?.token;
    const tokens = Promise.all([token?.(), token?.('old')]);
    await world.pass(10_000);
    expect(await tokens).toEqual(['old', 'new']);
    expect(asked).toEqual([undefined, 'old']);
  });

  it('uses the last token once the pages are gone, but not one that was refused', async () => {
    const { world, worker } = start();
    const page = worker.open('a', tokenOf('t'));
    void page.link.askToHost();
    await world.pass(500);
    const token = worker.connections[0]?.token;
    const first = token?.();
    await world.pass(100);
    expect(await first).toBe('t');
    page.isGone = true;
    expect(await token?.()).toBe('t');
    await expect(token?.('t')).rejects.toThrow('no page');
  });

  it('asks the application when no page answers and the last token was refused', async () => {
    const { world, worker } = start();
    const page = worker.open('a', tokenOf('t'));
    void page.link.askToHost();
    await world.pass(500);
    const token = worker.connections[0]?.token;
    const first = token?.();
    await world.pass(100);
    await first;
    page.isGone = true;
    worker.ownToken = 'own';
    expect(await token?.()).toBe('t');
    expect(await token?.('t')).toBe('own');
  });

  it('says that nobody is signed in when the page says so, and fails when no page can say', async () => {
    const { world, worker } = start();
    const answers: (string | null)[] = ['t', null];
    const page = worker.open('a', async () => {
      const answer = answers.shift();
      if (answer === undefined) throw new Error('offline');
      return answer;
    });
    void page.link.askToHost();
    await world.pass(500);
    const ask = async (): Promise<unknown> => {
      const asked = worker.connections[0]?.token().catch((error: Error) => error.message);
      await world.pass(6_000);
      return asked;
    };
    expect([await ask(), await ask()]).toEqual(['t', null]);
    expect(await ask()).toContain('no page');
  });

  it('ends the connection when the last page leaves or is gone', async () => {
    const { world, worker } = start();
    const [first, second] = [worker.open('a', tokenOf('t')), worker.open('b', tokenOf('t'))];
    void first.link.askToHost();
    void second.link.askToHost();
    await world.pass(500);
    first.link.close();
    await world.pass(500);
    expect(worker.connections[0]?.connection.isClosed).toBe(false);
    second.isGone = true;
    await world.pass(31_000);
    expect(worker.connections[0]?.connection.isClosed).toBe(true);
    expect(worker.connections).toHaveLength(1);
  });

  it('flushes when the browser says so, with no page there, and ends then', async () => {
    const { world, worker } = start();
    const flushed = worker.dispatch('sync', { tag: flushTag(ALICE) });
    await world.pass(1_000);
    await flushed;
    expect(worker.opened).toEqual([ALICE]);
    expect(worker.connections.map(({ connection }) => connection.tasks)).toEqual([['syncNow']]);
    expect(worker.connections[0]?.connection.isClosed).toBe(true);
    expect(worker.closed).toBe(1);
    expect(world.clock.waiting).toBe(0);
  });

  it('lets the browser try again when the flush failed', async () => {
    const { world, worker } = start();
    worker.storageError = new Error('no storage');
    const failed = worker.dispatch('sync', { tag: flushTag(ALICE) })?.catch(String);
    await world.pass(1_000);
    expect(await failed).toContain('no storage');
    worker.storageError = null;
    const flushed = worker.dispatch('sync', { tag: flushTag(ALICE) });
    await world.pass(1_000);
    await flushed;
    expect(worker.connections[0]?.connection.tasks).toEqual(['syncNow']);
  });
});

describe('openWorkerLink', () => {
  it('waits no longer than two seconds for a worker that does not answer, and not at all for none', async () => {
    const { world, worker } = start();
    worker.isHung = true;
    const page = worker.open('a', tokenOf('t'));
    let isAnswered = false;
    void page.link.askToHost().then(() => (isAnswered = true));
    await world.pass(1_900);
    expect(isAnswered).toBe(false);
    await world.pass(200);
    expect(isAnswered).toBe(true);
  });

  it('keeps the worker awake while that is the host', async () => {
    const { world, worker } = start();
    const page = worker.open('a', tokenOf('t'));
    const pings = (): number => page.heard.length;
    for (const [isHost, expected] of [
      [false, 0],
      [true, 3],
    ] as const) {
      page.link.hostIsWorker(isHost);
      for (let second = 0; second < 30; second++) {
        page.link.keepAlive();
        await world.pass(1_000);
      }
      expect(pings()).toBe(expected);
    }
  });

  it('registers a flush for later, where there is Background Sync', async () => {
    const { world, worker } = start();
    const page = worker.open('a', tokenOf('t'));
    page.link.flushLater();
    page.link.flushLater();
    await world.pass(10);
    expect(worker.tags).toEqual([flushTag(ALICE)]);
    worker.hasSync = false;
    page.link.flushLater();
    await world.pass(10);
    expect(worker.tags).toHaveLength(1);
  });
});
