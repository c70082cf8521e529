import { memoryCloud } from '@chat-vault/cloud-storage/memory';
import { describe, expect, it } from 'vitest';
import { ProgressMeter } from '../run/progress-meter.js';
import { createTally } from '../run/tally.js';
import { meteredCloud } from './metered-cloud.js';

function metered(
  options: { readonly signal?: AbortSignal; readonly beforeWrite?: () => Promise<void> } = {},
) {
  const cloud = memoryCloud();
  const tally = createTally();
  const { signal, beforeWrite = () => Promise.resolve() } = options;
  const progress = new ProgressMeter(undefined);
  return { cloud, tally, metered: meteredCloud(cloud, { tally, progress, signal, beforeWrite }) };
}

describe('meteredCloud', () => {
  it('counts requests, files and bytes, of ranges what came', async () => {
    const { metered: cloud, tally } = metered();
    await cloud.create('a/b', new Uint8Array(10));
    await cloud.read('a/b', { range: { offset: 8, length: 5 } });
    await cloud.list('a');
    await cloud.listFolders('');
    await cloud.remove('a/b');
    expect(tally).toMatchObject({
      requests: 5,
      bytesUp: 10,
      bytesDown: 2,
      filesWritten: 1,
      filesRead: 1,
      filesRemoved: 1,
    });
  });

  it('counts a request that fails, and no file', async () => {
    const { metered: cloud, tally } = metered();
    await expect(cloud.read('a/none')).rejects.toMatchObject({ code: 'not-found' });
    expect(tally).toMatchObject({ requests: 1, filesRead: 0 });
  });

  it('asks before each write, and sends nothing when refused', async () => {
    const refused = new Error('another tab took over');
    const { metered: guarded, cloud } = metered({ beforeWrite: () => Promise.reject(refused) });
    await expect(guarded.create('a/b', new Uint8Array(1))).rejects.toBe(refused);
    await expect(guarded.remove('a/b')).rejects.toBe(refused);
    expect(await guarded.list('a')).toEqual([]);
    expect(cloud.requests.map(({ kind }) => kind)).toEqual(['list']);
  });

  it('rejects, and never throws, when aborted', async () => {
    const reason = new Error('enough');
    const { metered: aborted, cloud } = metered({ signal: AbortSignal.abort(reason) });
    const calls = [
      aborted.list('a'),
      aborted.listFolders('a'),
      aborted.read('a/b'),
      aborted.create('a/b', new Uint8Array(1)),
      aborted.remove('a/b'),
    ];
    for (const call of calls) await expect(call).rejects.toBe(reason);
    expect(cloud.requests).toEqual([]);
  });
});
