import { describe, expect, it } from 'vitest';
import { memoryCloud } from '../memory/index.js';
import { CloudError } from '../port/cloud-error.js';
import { type CloudStorage } from '../port/cloud-storage.js';
import { type CloudFaults } from './cloud-faults.js';
import { faultyCloud } from './faulty-cloud.js';

const bytes = (text: string) => new TextEncoder().encode(text);
const settle = async (run: Promise<unknown>) => run.then(() => 'ok', codeOf);
const codeOf = (error: unknown) => (error instanceof CloudError ? error.code : String(error));
const withFaults = (faults: CloudFaults, seed = 1) => {
  const memory = memoryCloud({ now: () => 0 });
  return { memory, cloud: faultyCloud(memory, { seed, faults }) };
};
const createMany = async (cloud: CloudStorage, count: number) => {
  const outcomes: string[] = [];
  for (let index = 0; index < count; index += 1) {
    outcomes.push(await settle(cloud.create(`folder/${index}`, bytes('0123456789'))));
  }
  return outcomes;
};

describe('faultyCloud', () => {
  it('passes everything on when it has no faults', async () => {
    const { memory, cloud } = withFaults({});
    await cloud.create('folder/a', bytes('a'));
    expect(await cloud.read('folder/a')).toEqual(bytes('a'));
    expect(await cloud.list('folder')).toEqual(memory.files());
    expect(await cloud.listFolders('')).toEqual(['folder']);
    await cloud.remove('folder/a');
    expect(memory.files()).toEqual([]);
    expect(cloud.calls).toBe(5);
    expect(cloud.injected).toEqual([]);
  });

  it('does the same for the same seed, and something else for another', async () => {
    const faults = { offline: 0.3, lostReply: 0.3, tornUpload: 0.3 };
    const run = (seed: number) => createMany(withFaults(faults, seed).cloud, 40);
    expect(await run(7)).toEqual(await run(7));
    expect(await run(7)).not.toEqual(await run(8));
  });

  it('carries a call out although its reply is lost', async () => {
    const { memory, cloud } = withFaults({ lostReply: 1 });
    const outcomes = await createMany(cloud, 20);
    expect(new Set(outcomes)).toEqual(new Set(['offline', 'unavailable']));
    expect(memory.files()).toHaveLength(20);
  });

  it('does not carry a call out that never arrives', async () => {
    const { memory, cloud } = withFaults({ offline: 1 });
    expect(await createMany(cloud, 3)).toEqual(['offline', 'offline', 'offline']);
    expect(memory.requests).toEqual([]);
  });

  it('stores a beginning of a torn upload and fails', async () => {
    const { memory, cloud } = withFaults({ tornUpload: 1 });
    expect(await createMany(cloud, 1)).toEqual(['unavailable']);
    const torn = memory.peek('folder/0');
    expect(torn?.length).toBeLessThan(10);
    expect(torn).toEqual(bytes('0123456789').subarray(0, torn?.length));
  });

  it('reports success for a torn upload of the nasty kind, and notes it', async () => {
    const { memory, cloud } = withFaults({ tornSuccess: 1 });
    expect(await createMany(cloud, 1)).toEqual(['ok']);
    expect(memory.peek('folder/0')?.length).toBeLessThan(10);
    expect(cloud.injected).toEqual([
      {
        call: 1,
        operation: 'create',
        path: 'folder/0',
        fault: 'torn upload, reported as success',
      },
    ]);
  });

  it('gives a beginning of a torn read', async () => {
    const { cloud } = withFaults({ tornRead: 1 });
    await cloud.create('folder/a', bytes('0123456789'));
    const torn = await cloud.read('folder/a');
    expect(torn.length).toBeLessThan(10);
    expect(torn).toEqual(bytes('0123456789').subarray(0, torn.length));
  });

  it('shows a duplicated file twice until it is removed', async () => {
    const { cloud } = withFaults({ duplicate: 1 });
    await cloud.create('folder/a', bytes('a'));
    expect((await cloud.list('folder')).map(({ path }) => path)).toEqual(['folder/a', 'folder/a']);
    await cloud.remove('folder/a');
    expect(await cloud.list('folder')).toEqual([]);
  });

  it('hides a new file from as many listings as told, never from a read', async () => {
    const { cloud } = withFaults({ lag: { listings: 2 } });
    await cloud.create('folder/a', bytes('a'));
    expect(await cloud.read('folder/a')).toEqual(bytes('a'));
    expect(await cloud.list('folder')).toEqual([]);
    expect(await cloud.list('folder')).toEqual([]);
    expect(await cloud.list('folder')).toHaveLength(1);
  });

  it('hides a new file for as long as told', async () => {
    let now = 0;
    const memory = memoryCloud();
    const cloud = faultyCloud(memory, { faults: { lag: { ms: 1000 } }, now: () => now });
    expect(cloud.listingLagMs).toBe(1000);
    await cloud.create('folder/a', bytes('a'));
    now = 999;
    expect(await cloud.list('folder')).toEqual([]);
    now = 1000;
    expect(await cloud.list('folder')).toHaveLength(1);
  });

  it('leaves files out of a short listing, not always the same', async () => {
    const { memory, cloud } = withFaults({ shortListing: { chance: 1, share: 0.5 } });
    for (let index = 0; index < 40; index += 1) memory.poke(`folder/${index}`, bytes('a'));
    const first = await cloud.list('folder');
    const second = await cloud.list('folder');
    expect(first.length).toBeGreaterThan(5);
    expect(first.length).toBeLessThan(35);
    expect(first).not.toEqual(second);
  });

  it('refuses with a status, and says how long to wait', async () => {
    const { memory, cloud } = withFaults({
      statuses: [{ status: 429, chance: 1, on: ['read'], retryAfterMs: 1500 }],
    });
    await cloud.create('folder/a', bytes('a'));
    await expect(cloud.read('folder/a')).rejects.toMatchObject({
      code: 'rate-limited',
      retryAfterMs: 1500,
    });
    expect(memory.requests).toHaveLength(1);
  });

  it.each([
    [401, 'unauthorized'],
    [403, 'forbidden'],
    [404, 'not-found'],
    [412, 'conflict'],
    [423, 'unavailable'],
    [429, 'rate-limited'],
    [500, 'unavailable'],
    [503, 'unavailable'],
    [507, 'quota-exceeded'],
  ])('gives the code of status %i: %s', async (status, code) => {
    const { cloud } = withFaults({ statuses: [{ status, chance: 1 }] });
    expect(await settle(cloud.list('folder'))).toBe(code);
  });

  it('is full after the quota, and has room again after a removal', async () => {
    const { cloud } = withFaults({ quotaBytes: 25 });
    expect(await createMany(cloud, 3)).toEqual(['ok', 'ok', 'quota-exceeded']);
    await cloud.remove('folder/0');
    expect(await settle(cloud.create('folder/2', bytes('0123456789')))).toBe('ok');
  });

  it('takes the latency from the injected sleep', async () => {
    const waits: number[] = [];
    const cloud = faultyCloud(memoryCloud(), {
      faults: { latencyMs: [10, 20] },
      sleep: async (ms) => void waits.push(ms),
    });
    await cloud.list('folder');
    await cloud.list('folder');
    expect(waits).toHaveLength(2);
    expect(waits.every((ms) => ms >= 10 && ms < 20)).toBe(true);
  });
});

describe('scripted faults', () => {
  it('failNext rejects the next calls of the kind and no others', async () => {
    const { memory, cloud } = withFaults({});
    cloud.failNext('create', new Error('mine'), 2);
    cloud.failNext('any', 503);
    expect(await createMany(cloud, 4)).toEqual(['Error: mine', 'Error: mine', 'unavailable', 'ok']);
    expect(memory.files()).toHaveLength(1);
  });

  it('beforeCall sees each call and may stop it, until taken away', async () => {
    const { cloud } = withFaults({});
    const seen: string[] = [];
    const undo = cloud.beforeCall(({ index, operation, path }) => {
      seen.push(`${index} ${operation} ${path}`);
      if (operation === 'create') throw new Error('stopped here');
    });
    await cloud.list('folder');
    expect(await settle(cloud.create('folder/a', bytes('a')))).toBe('Error: stopped here');
    undo();
    await cloud.create('folder/a', bytes('a'));
    expect(seen).toEqual(['1 list folder', '2 create folder/a']);
  });

  it('stopAfter carries out so many calls and then none, for ever', async () => {
    const { memory, cloud } = withFaults({});
    cloud.stopAfter(2, { error: new Error('dead') });
    const outcomes = await createMany(cloud, 5);
    expect(outcomes).toEqual(['ok', 'ok', 'Error: dead', 'Error: dead', 'Error: dead']);
    expect(memory.files()).toHaveLength(2);
  });

  it('stopAfter may lose the reply of the last call that was carried out', async () => {
    const { memory, cloud } = withFaults({});
    cloud.stopAfter(2, { isLastReplyLost: true });
    expect(await createMany(cloud, 3)).toEqual(['ok', 'offline', 'offline']);
    expect(memory.files()).toHaveLength(2);
  });

  it('calm ends every fault', async () => {
    const { cloud } = withFaults({ offline: 1, lag: { listings: 9 } });
    cloud.stopAfter(0);
    cloud.failNext('any', 500);
    cloud.calm();
    expect(await createMany(cloud, 2)).toEqual(['ok', 'ok']);
    expect(await cloud.list('folder')).toHaveLength(2);
  });
});
