import * as fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ARCHIVERS, isInstalled, listWithPython, run, testWith } from '../../peers/archivers.js';
import { pokeVault, VAULT_NAMES } from '../../peers/sample-vault.js';
import { memoryCloud } from '../memory/memory-cloud.js';
import { CloudError } from '../port/cloud-error.js';
import { faultyCloud } from '../testing/faulty-cloud.js';
import { exportZip, type ZipProgress } from './export-zip.js';
import { zipCloud } from './zip-cloud.js';
import { ZipWriter } from './zip-writer.js';

let folder = '';
let zipFile = '';
beforeEach(async () => {
  folder = await fs.mkdtemp(join(tmpdir(), 'chat-vault-zip-'));
  zipFile = join(folder, 'vault.zip');
});
afterEach(() => fs.rm(folder, { recursive: true, force: true }));

const toBlob = (stream: ReadableStream<Uint8Array<ArrayBuffer>>) => new Response(stream).blob();
const write = async (stream: ReadableStream<Uint8Array<ArrayBuffer>>) =>
  fs.writeFile(zipFile, new Uint8Array(await (await toBlob(stream)).arrayBuffer()));

describe('exportZip', () => {
  it('packs the vault under its paths, and leaves out what is not of the format', async () => {
    const cloud = memoryCloud();
    const paths = pokeVault(cloud);
    const junk = [
      'deltas/desktop.ini',
      'catalogs/.part',
      '2024/chat_vault_2024_01 (1).json',
      '.stversions/x',
      '2024 (1)/y',
      'readme.txt',
    ];
    for (const name of junk) cloud.poke(`chat-vault/${name}`, new Uint8Array(3));
    cloud.poke('other/deltas/x', new Uint8Array(3));
    const vault = await zipCloud(await toBlob(exportZip(cloud)));
    for (const path of paths) expect(await vault.read(path)).toEqual(cloud.peek(path));
    const folders = await vault.listFolders('chat-vault');
    const listed = await Promise.all(folders.map((name) => vault.list(`chat-vault/${name}`)));
    expect(
      listed
        .flat()
        .map(({ path }) => path)
        .sort(),
    ).toEqual(paths);
  });

  testWith(ARCHIVERS.unzip, 'is unpacked by unzip', async () => {
    const cloud = memoryCloud();
    const paths = pokeVault(cloud, 'Grüße/messages');
    await write(exportZip(cloud, { basePath: 'Grüße/messages' }));
    run(ARCHIVERS.unzip, ['-q', zipFile, '-d', join(folder, 'out')]);
    for (const path of paths) {
      expect(new Uint8Array(await fs.readFile(join(folder, 'out', path)))).toEqual(
        cloud.peek(path),
      );
    }
  });

  testWith(ARCHIVERS.python, 'is listed and checked by Python', async () => {
    const cloud = memoryCloud({ now: () => Date.UTC(2024, 0, 31, 10, 15, 30) });
    const paths = pokeVault(cloud);
    await write(exportZip(cloud));
    const listed = [...listWithPython(zipFile)].sort(([a], [b]) => (a < b ? -1 : 1));
    expect(listed).toEqual(paths.map((path) => [path, cloud.peek(path)?.length]));
  });

  it('packs what is not compressed yet', async () => {
    const cloud = memoryCloud();
    const names = [VAULT_NAMES.delta(1), VAULT_NAMES.keyring(1)];
    for (const name of names) cloud.poke(`chat-vault/${name}`, new Uint8Array(100_000));
    const tiny = `chat-vault/${VAULT_NAMES.keyring(2)}`;
    cloud.poke(tiny, Uint8Array.of(1));
    const blob = await toBlob(exportZip(cloud));
    expect(blob.size).toBeGreaterThan(100_000);
    expect(blob.size).toBeLessThan(102_000);
    const vault = await zipCloud(blob);
    for (const name of names) expect(await vault.read(`chat-vault/${name}`)).toHaveLength(100_000);
    expect(await vault.read(tiny)).toEqual(Uint8Array.of(1));
  });

  it('has data before catalogs', async () => {
    const cloud = memoryCloud();
    pokeVault(cloud);
    await toBlob(exportZip(cloud));
    const reads = cloud.requests.flatMap(({ kind, path }) => (kind === 'read' ? [path] : []));
    const isCatalog = reads.map((path) => path.includes('/catalogs/'));
    expect(isCatalog).toEqual([...isCatalog].sort());
    expect(reads).toHaveLength(10);
  });

  it('reads a file only when the stream asks for more', async () => {
    const cloud = memoryCloud();
    pokeVault(cloud);
    const reader = exportZip(cloud).getReader();
    const readsSoFar = () => cloud.requests.filter(({ kind }) => kind === 'read').length;
    expect(cloud.requests).toEqual([]);
    for (let files = 1; files <= 4; files++) {
      for (const part of ['header', 'name', 'bytes']) {
        const { value } = await reader.read();
        expect(value, part).toBeInstanceOf(Uint8Array);
        expect(readsSoFar()).toBe(files);
      }
    }
    await reader.cancel();
    expect(readsSoFar()).toBe(4);
  });

  it('tells how far it is, and never goes back', async () => {
    const cloud = memoryCloud();
    pokeVault(cloud);
    const told: ZipProgress[] = [];
    await toBlob(exportZip(cloud, { onProgress: (progress) => told.push(progress) }));
    expect(told[0]).toEqual({ filesDone: 0, filesTotal: 10, bytesDone: 0, bytesTotal: 10_045 });
    expect(told.at(-1)).toEqual({
      filesDone: 10,
      filesTotal: 10,
      bytesDone: 10_045,
      bytesTotal: 10_045,
    });
    for (const [index, { filesDone, bytesDone }] of told.entries()) {
      expect(filesDone).toBeGreaterThanOrEqual(told[index - 1]?.filesDone ?? 0);
      expect(bytesDone).toBeGreaterThanOrEqual(told[index - 1]?.bytesDone ?? 0);
    }
  });

  it('adds what appears meanwhile, and goes on without what was removed meanwhile', async () => {
    const cloud = memoryCloud();
    pokeVault(cloud);
    const added = `chat-vault/${VAULT_NAMES.vault(9)}`;
    const removed = `chat-vault/${VAULT_NAMES.catalog(2)}`;
    const busy = faultyCloud(cloud);
    busy.beforeCall(({ operation }) => {
      if (operation !== 'read') return;
      if (!cloud.peek(added)) cloud.poke(added, new Uint8Array(9));
      cloud.drop(removed);
    });
    const vault = await zipCloud(await toBlob(exportZip(busy)));
    expect(await vault.read(added)).toHaveLength(9);
    await expect(vault.read(removed)).rejects.toMatchObject({ code: 'not-found' });
  });

  it('ends when its caller gives up', async () => {
    const cloud = memoryCloud();
    pokeVault(cloud);
    const aborter = new AbortController();
    const reader = exportZip(cloud, { signal: aborter.signal }).getReader();
    await reader.read();
    aborter.abort(new Error('enough'));
    await expect(
      (async () => {
        for (;;) if ((await reader.read()).done) return;
      })(),
    ).rejects.toMatchObject({ code: 'aborted' });
  });

  it('aborts the call under way when the stream is cancelled', async () => {
    const cloud = memoryCloud();
    pokeVault(cloud);
    let seen: AbortSignal | undefined;
    const slow = Object.assign(Object.create(cloud) as typeof cloud, {
      read: (_path: string, options?: { readonly signal?: AbortSignal }) => {
        seen = options?.signal;
        return new Promise<Uint8Array>((_, reject) => {
          seen?.addEventListener('abort', () => reject(new CloudError('aborted', 'test')));
        });
      },
      list: cloud.list.bind(cloud),
      listFolders: cloud.listFolders.bind(cloud),
    });
    const reader = exportZip(slow).getReader();
    void reader.read().catch(() => undefined);
    await expect.poll(() => seen).toBeDefined();
    await reader.cancel();
    expect(seen?.aborted).toBe(true);
  });

  it('fails as the cloud does, and when a file comes in another length', async () => {
    const cloud = memoryCloud();
    pokeVault(cloud);
    const faulty = faultyCloud(cloud);
    faulty.failNext('list', new CloudError('unauthorized', 'test'));
    await expect(toBlob(exportZip(faulty))).rejects.toMatchObject({ code: 'unauthorized' });
    const torn = faultyCloud(cloud, { faults: { tornRead: 1 } });
    await expect(toBlob(exportZip(torn))).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('makes no file of nothing', async () => {
    const cloud = memoryCloud();
    cloud.poke('chat-vault/deltas/desktop.ini', new Uint8Array(3));
    await expect(toBlob(exportZip(cloud))).rejects.toMatchObject({ code: 'not-found' });
  });
});

/** A file on the disk as a page sees it; Node's own Blob of a file ends at 4 GiB. */
const largeFile = (path: string, size: number): Blob =>
  ({
    size,
    slice: (from: number, to: number) => ({
      arrayBuffer: async () => {
        const file = await fs.open(path);
        const bytes = new Uint8Array(to - from);
        await file.read(bytes, 0, bytes.length, from).finally(() => file.close());
        return bytes.buffer;
      },
    }),
  }) as unknown as Blob;

describe('ZipWriter', { timeout: 60_000 }, () => {
  it('has room for more files than two bytes can count', async () => {
    const writer = new ZipWriter();
    const chunks: Uint8Array[] = [];
    for (let number = 1; number <= 66_000; number++) {
      const name = `chat-vault/${VAULT_NAMES.delta(number)}`;
      chunks.push(...(await writer.add({ name, bytes: Uint8Array.of(number), modifiedMs: 0 })));
    }
    const blob = new Blob([...chunks, ...writer.end()] as Uint8Array<ArrayBuffer>[]);
    const vault = await zipCloud(blob);
    expect(await vault.list('chat-vault/deltas')).toHaveLength(66_000);
    expect(await vault.read(`chat-vault/${VAULT_NAMES.delta(66_000)}`)).toEqual(
      Uint8Array.of(66_000),
    );
    if (!isInstalled(ARCHIVERS.python)) return;
    await fs.writeFile(zipFile, new Uint8Array(await blob.arrayBuffer()));
    expect(listWithPython(zipFile)).toHaveLength(66_000);
  });

  it('has room for more than 4 GiB', async () => {
    const far = 2 ** 32 + 5;
    const name = `chat-vault/${VAULT_NAMES.delta(1)}`;
    const writer = new ZipWriter(far);
    const parts = [
      ...(await writer.add({ name, bytes: Uint8Array.of(1, 2, 3), modifiedMs: 0 })),
      ...writer.end(),
    ];
    const file = await fs.open(zipFile, 'w');
    let at = far;
    for (const part of parts) {
      await file.write(part, 0, part.length, at); // what is before it takes no room on the disk
      at += part.length;
    }
    await file.close();
    const vault = await zipCloud(largeFile(zipFile, at));
    expect(await vault.read(name)).toEqual(Uint8Array.of(1, 2, 3));
    if (isInstalled(ARCHIVERS.python)) expect(listWithPython(zipFile)).toEqual([[name, 3]]);
  });
});
