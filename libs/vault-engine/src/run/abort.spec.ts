import { faultyCloud } from '@chat-vault/cloud-storage/testing';
import { describe, expect, it } from 'vitest';
import { type ChatVaultEngine } from '../chat-vault-engine.js';
import { type RunOptions, type SyncProgress } from '../reports/reports.js';
import { expectConverged } from '../testing/convergence.js';
import { type Device, HOUR, World } from '../testing/world.js';

type Call = (engine: ChatVaultEngine, options: RunOptions) => Promise<unknown>;

const CALLS: Readonly<Record<string, Call>> = {
  sync: (engine, options) => engine.sync(options),
  compact: (engine, options) => engine.compact(options),
  repair: (engine, options) => engine.repair(options),
  verify: (engine, options) => engine.verify(options),
  collectGarbage: (engine, options) => engine.collectGarbage(options),
  'restoreMonth of June': (engine, options) => engine.restoreMonth({ month: '2024-06' }, options),
  restoreAll: (engine, options) => engine.restoreAll(options),
};

async function busyWorld(world: World): Promise<readonly [Device, Device]> {
  const options = { compactionThreshold: 3 };
  const [ann, bob] = [await world.device({ options }), await world.device({ options })];
  for (let round = 0; round < 8; round++) {
    await ann.write(2, { prefix: `r${round}` });
    await ann.sync();
    world.pass(HOUR);
  }
  await bob.sync();
  world.pass(30 * 24 * HOUR);
  await bob.write(2, { prefix: 'bob' });
  return [bob, ann];
}

describe.each(Object.entries(CALLS))('%s that is aborted', (_name, call) => {
  it(
    'before any call of the cloud rejects with the reason, says so, and loses nothing',
    { timeout: 60_000 },
    async () => {
      const original = new World();
      const pair = await busyWorld(original);
      for (let at = 1; ; at += at < 8 ? 1 : 3) {
        const { world, devices } = await original.fork(pair);
        const abort = new AbortController();
        const reason = new Error(`aborted before call ${at}`);
        const cloud = faultyCloud(world.cloud);
        cloud.beforeCall(({ index }) => {
          if (index === at) abort.abort(reason);
        });
        const seen: SyncProgress[] = [];
        const options = {
          signal: abort.signal,
          onProgress: (one: SyncProgress) => void seen.push(one),
        };
        const outcome = await call(devices[0].engine(cloud), options).catch(
          (error: unknown) => error,
        );
        if (!abort.signal.aborted) return;
        expect(outcome).toBe(reason);
        expect(cloud.calls).toBeLessThanOrEqual(at + 6);
        expectOrderly(seen, 'aborted');
        if (at % 3 === 2) await expectConverged(world, devices, { repairs: true });
      }
    },
  );

  it('before it starts does nothing', async () => {
    const world = new World();
    const ann = await world.device();
    const reason = new Error('no');
    const seen: SyncProgress[] = [];
    const options = {
      signal: AbortSignal.abort(reason),
      onProgress: (one: SyncProgress) => void seen.push(one),
    };
    await expect(call(ann.engine(), options)).rejects.toBe(reason);
    expect(world.cloud.requests).toEqual([]);
    expect(seen.at(-1)?.phase).toBe('aborted');
  });
});

describe('progress', () => {
  it('never goes back and ends as done, or as failed', async () => {
    const world = new World();
    const [bob] = await busyWorld(world);
    const seen: SyncProgress[] = [];
    await bob.engine().sync({ onProgress: (one) => void seen.push(one) });
    expectOrderly(seen, 'done');
    const failed: SyncProgress[] = [];
    const cloud = faultyCloud(world.cloud);
    cloud.stopAfter(1);
    const sync = bob.engine(cloud).sync({ onProgress: (one) => void failed.push(one) });
    await expect(sync).rejects.toMatchObject({ code: 'offline' });
    expectOrderly(failed, 'failed');
  });
});

function expectOrderly(seen: readonly SyncProgress[], last: SyncProgress['phase']): void {
  const terminal = seen.filter(({ phase }) => ['done', 'failed', 'aborted'].includes(phase));
  expect(terminal.map(({ phase }) => phase)).toEqual([last]);
  expect(seen.at(-1)).toBe(terminal[0]);
  for (const [index, after] of seen.entries()) {
    const before = seen[index - 1];
    for (const field of ['filesDone', 'filesTotal', 'bytesDone', 'bytesTotal'] as const)
      expect(after[field]).toBeGreaterThanOrEqual(before?.[field] ?? 0);
    expect(after.filesDone).toBeLessThanOrEqual(after.filesTotal);
    expect(after.bytesDone).toBeLessThanOrEqual(after.bytesTotal);
  }
}
