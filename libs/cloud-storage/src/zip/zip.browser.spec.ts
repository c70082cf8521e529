import { afterEach, describe, expect, it, vi } from 'vitest';
import { memoryCloud } from '../memory/memory-cloud.js';
import { exportZip } from './export-zip.js';
import { zipCloud } from './zip-cloud.js';

const DELTA =
  'deltas/20240131T101530123Z_018d5e3c-6a8b-7c3d-9e4f-5a6b7c8d9e0f_0123456789abcdef.json.gz';
const CATALOG = 'catalogs/00000001_018d5e3c-6a8b-7c3d-9e4f-5a6b7c8d9e0f.json';

afterEach(() => {
  vi.unstubAllGlobals();
});

describe('a vault as one file, in a browser', () => {
  it('needs no worker, which a page may forbid', async () => {
    const worker = vi.fn();
    vi.stubGlobal('Worker', worker);
    const cloud = memoryCloud();
    cloud.poke(`chat-vault/${DELTA}`, new Uint8Array(70_000).fill(7));
    cloud.poke(`chat-vault/${CATALOG}`, new Uint8Array(70_000).fill(8));
    const opened = await zipCloud(await new Response(exportZip(cloud)).blob());
    for (const name of [DELTA, CATALOG]) await opened.read(`chat-vault/${name}`);
    expect(worker).not.toHaveBeenCalled();
  });

  it('goes out as a stream and comes in as a chosen file', async () => {
    const cloud = memoryCloud();
    cloud.poke(`chat-vault/${DELTA}`, new Uint8Array(70_000).fill(7));
    cloud.poke(`chat-vault/${CATALOG}`, new Uint8Array(70_000).fill(8));
    const blob = await new Response(exportZip(cloud)).blob();
    expect(blob.size).toBeLessThan(75_000);
    const opened = await zipCloud(new File([blob], 'chats.zip'));
    expect(opened.displayName).toBe('chats.zip');
    for (const name of [DELTA, CATALOG]) {
      expect(await opened.read(`chat-vault/${name}`)).toEqual(cloud.peek(`chat-vault/${name}`));
    }
  });

  it('goes to a file of the origin as fast as that takes it', async () => {
    const cloud = memoryCloud();
    for (let number = 0; number < 20; number++) {
      const path = `chat-vault/${DELTA}`.replace('018d5e3c', `${number}`.padStart(8, '0'));
      cloud.poke(path, new Uint8Array(100_000).fill(number));
    }
    const root = await navigator.storage.getDirectory();
    const handle = await root.getFileHandle('vault.zip', { create: true });
    await exportZip(cloud).pipeTo(await handle.createWritable());
    const opened = await zipCloud(await handle.getFile());
    expect(await opened.list('chat-vault/deltas')).toHaveLength(20);
    await root.removeEntry('vault.zip');
  });

  it('says what a wrong file is', async () => {
    await expect(zipCloud(new File(['a photo'], 'holiday.jpg'))).rejects.toMatchObject({
      code: 'invalid',
      details: { reason: 'not-a-zip' },
    });
  });
});
