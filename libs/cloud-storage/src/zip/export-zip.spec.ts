import * as fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ARCHIVERS, isInstalled, listWithPython, run, testWith } from '../../peers/archivers.js';
import { pokeVault, VAULT_NAMES } from '../../peers/sample-vault.js';
import { memoryCloud } from '../memory/memory-cloud.js';
import { CloudError } from '../port/cloud-error.js';
import { faultyCloud } from '../testing/faulty-cloud.js';
import { exportZip, type ZipProgress } from './export-zip.js';
import { zipCloud } from './zip-cloud.js';
import { type ZipFile, ZipWriter } from './zip-writer.js';

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

const isFileHeader = (chunk: Uint8Array | undefined): boolean =>
  new TextDecoder('latin1').decode(chunk).startsWith('PK\x03\x04');

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

  it('has the size and the checksum before each file, as programs need that read from the front', async () => {
    const cloud = memoryCloud();
    const path = `chat-vault/${VAULT_NAMES.keyring(1)}`;
    const bytes = new Uint8Array(1000).fill(7);
    cloud.poke(path, bytes);
    const zip = new DataView(await (await toBlob(exportZip(cloud))).arrayBuffer());
    const hasSizesBehind = (zip.getUint16(6, true) & 8) !== 0;
    expect(hasSizesBehind).toBe(false);
    expect(zip.getUint32(14, true)).toBe(crc32(bytes));
    const packedBytes = zip.getUint32(18, true);
    expect(zip.getUint32(22, true)).toBe(1000);
    const directoryAt = 30 + zip.getUint16(26, true) + zip.getUint16(28, true) + packedBytes;
    expect(zip.getUint32(directoryAt, true)).toBe(0x02014b50);
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
    for (let files = 0; files < 4;) {
      const { value } = await reader.read();
      if (isFileHeader(value)) files += 1;
      expect(readsSoFar()).toBe(files);
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

describe('ZipWriter', { timeout: 180_000 }, () => {
  it('has room for more files than two bytes can count', async () => {
    const writer = new ZipWriter();
    const chunks: Uint8Array[] = [];
    for (let number = 1; number <= 66_000; number++) {
      const name = `chat-vault/${VAULT_NAMES.delta(number)}`;
      chunks.push(...(await writer.add({ name, bytes: Uint8Array.of(number), modifiedMs: 0 })));
    }
    const blob = new Blob([...chunks, ...(await writer.end())] as Uint8Array<ArrayBuffer>[]);
    const vault = await zipCloud(blob);
    expect(await vault.list('chat-vault/deltas')).toHaveLength(66_000);
    expect(await vault.read(`chat-vault/${VAULT_NAMES.delta(66_000)}`)).toEqual(
      Uint8Array.of(66_000),
    );
    const bytes = Buffer.from(await blob.arrayBuffer());
    const old = await zipCloud(new Blob([countedByOldProgram(bytes, 66_000)]));
    expect(await old.list('chat-vault/deltas')).toHaveLength(66_000);
    if (!isInstalled(ARCHIVERS.python)) return;
    await fs.writeFile(zipFile, bytes);
    expect(listWithPython(zipFile)).toHaveLength(66_000);
  });

  it('has room for more than 4 GiB', async () => {
    const [near, far] = [1, 2].map((number) => `chat-vault/${VAULT_NAMES.delta(number)}`) as [
      string,
      string,
    ];
    const farAt = 2 ** 32 + 5;
    const first = await partsOf(0, { name: near, bytes: Uint8Array.of(1), modifiedMs: 0 });
    const last = await partsOf(farAt, { name: far, bytes: Uint8Array.of(1, 2, 3), modifiedMs: 0 });
    const file = await fs.open(zipFile, 'w');
    const end = withEntry(last.end, directoryOf(first.end));
    await file.write(first.files, 0, first.files.length, 0);
    await file.write(last.files, 0, last.files.length, farAt); // what is before it takes no room on the disk
    await file.write(end, 0, end.length, farAt + last.files.length);
    await file.close();
    const vault = await zipCloud(largeFile(zipFile, farAt + last.files.length + end.length));
    expect(await vault.read(near)).toEqual(Uint8Array.of(1));
    expect(await vault.read(far)).toEqual(Uint8Array.of(1, 2, 3));
    expect(await vault.read(far, { range: { offset: 1, length: 9 } })).toEqual(Uint8Array.of(2, 3));
    if (!isInstalled(ARCHIVERS.python)) return;
    expect(listWithPython(zipFile)).toEqual([
      [near, 1],
      [far, 3],
    ]);
  });
});

/** As programs pack that know no larger numbers: the count begins anew after 65,535. */
const countedByOldProgram = (zip: Buffer, count: number): Uint8Array<ArrayBuffer> => {
  const end64 = zip.lastIndexOf('PK\x06\x06', undefined, 'latin1');
  const end = Buffer.from(zip.subarray(-END_BYTES));
  for (const at of [4, 6]) end.writeUInt16LE(0, at); // one disk
  for (const at of [8, 10]) end.writeUInt16LE(count % 0x10000, at);
  end.writeUInt32LE(Number(zip.readBigUInt64LE(end64 + 40)), 12);
  end.writeUInt32LE(Number(zip.readBigUInt64LE(end64 + 48)), 16);
  return new Uint8Array(Buffer.concat([zip.subarray(0, end64), end]));
};

/** One file as it is written from `offset` on, and the end that follows it. */
const partsOf = async (offset: number, file: ZipFile) => {
  const writer = new ZipWriter(offset);
  const files = Buffer.concat(await writer.add(file));
  return { files, end: Buffer.concat(await writer.end()) };
};

const END_BYTES = 22;
const directoryOf = (end: Buffer): Buffer => end.subarray(0, -END_BYTES);

/** The end of a ZIP file of more than 4 GiB, with one more entry in front of its directory. */
const withEntry = (end: Buffer, entry: Buffer): Buffer => {
  const longer = Buffer.concat([entry, end]);
  const end64 = longer.indexOf('PK\x06\x06', 0, 'latin1');
  for (const count of [24, 32]) longer.writeBigUInt64LE(2n, end64 + count);
  longer.writeBigUInt64LE(BigInt(end64), end64 + 40); // bytes of the directory
  const locator = longer.indexOf('PK\x06\x07', 0, 'latin1');
  const end64At = longer.readBigUInt64LE(locator + 8) + BigInt(entry.length);
  longer.writeBigUInt64LE(end64At, locator + 8);
  return longer;
};
