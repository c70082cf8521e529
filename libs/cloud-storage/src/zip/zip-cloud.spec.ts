import * as fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { crc32, deflateRawSync } from 'node:zlib';
import { BlobReader, ZipReader } from '@zip.js/zip.js/lib/zip-core-custom.js';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Archiver, ARCHIVERS, run, testWith } from '../../peers/archivers.js';
import { pokeVault, uuid, VAULT_NAMES } from '../../peers/sample-vault.js';
import { memoryCloud } from '../memory/memory-cloud.js';
import { type CloudStorage } from '../port/cloud-storage.js';
import { seededRandom } from '../testing/seeded-random.js';
import { exportZip } from './export-zip.js';
import { ZipBytes } from './zip-bytes.js';
import { zipCloud } from './zip-cloud.js';
import { readZipDirectory } from './zip-directory.js';
import { ZipWriter } from './zip-writer.js';

const DELTA = VAULT_NAMES.delta(1);
const PATH = `chat-vault/${DELTA}`;
const text = (value: string) => new TextEncoder().encode(value);
const exported = async (cloud: CloudStorage, basePath?: string): Promise<Uint8Array<ArrayBuffer>> =>
  new Uint8Array(
    await new Response(exportZip(cloud, basePath === undefined ? {} : { basePath })).arrayBuffer(),
  );
const zipOf = async (
  files: Readonly<Record<string, Uint8Array>>,
): Promise<Uint8Array<ArrayBuffer>> => {
  const writer = new ZipWriter();
  const parts: Uint8Array[] = [];
  for (const [name, bytes] of Object.entries(files)) {
    parts.push(...(await writer.add({ name, bytes, modifiedMs: 0 })));
  }
  return Uint8Array.from([...parts, ...(await writer.end())].flatMap((part) => [...part]));
};
const open = (bytes: Uint8Array<ArrayBuffer>, options?: Parameters<typeof zipCloud>[1]) =>
  zipCloud(new Blob([bytes]), options);
const refusal = async (opening: Promise<unknown>) => {
  const error: unknown = await opening.then(
    () => 'accepted',
    (thrown: unknown) => thrown,
  );
  expect(error).toMatchObject({ name: 'CloudError', code: 'invalid' });
  return (error as { readonly details: { readonly reason: string } }).details.reason;
};

/** The numbers one after the other, the least byte first. */
const pack = (...fields: readonly (readonly [bytes: 2 | 4, value: number])[]): Uint8Array => {
  const packed = Buffer.alloc(fields.reduce((length, [bytes]) => length + bytes, 0));
  let at = 0;
  for (const [bytes, value] of fields) at = packed.writeUIntLE(value, at, bytes);
  return packed;
};

/** One file by hand, so that each field may lie. */
interface RawEntry {
  readonly name?: string;
  readonly method?: number;
  readonly flags?: number;
  readonly content?: Uint8Array;
  readonly crc?: number;
  readonly size?: number;
  readonly compressedSize?: number;
  readonly offset?: number;
}
const rawZip = (
  entries: readonly RawEntry[],
  end: { readonly count?: number; readonly disk?: number; readonly comment?: string } = {},
): Uint8Array<ArrayBuffer> => {
  const parts: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let at = 0;
  for (const entry of entries) {
    const { name = PATH, method = 0, flags = 0, content = text('content') } = entry;
    const { size = content.length, compressedSize = content.length, offset = at } = entry;
    const facts = [
      [2, 20],
      [2, flags],
      [2, method],
      [4, 0],
      [4, entry.crc ?? crc32(content)],
      [4, compressedSize],
      [4, size],
      [2, text(name).length],
    ] as const;
    const local = [pack([4, 0x04034b50], ...facts, [2, 0]), text(name), content];
    parts.push(...local);
    directory.push(
      pack([4, 0x02014b50], [2, 20], ...facts, [2, 0], [4, 0], [2, 0], [4, 0], [4, offset]),
      text(name),
    );
    at += local.reduce((length, part) => length + part.length, 0);
  }
  const size = directory.reduce((length, part) => length + part.length, 0);
  const { count = entries.length, disk = 0, comment = '' } = end;
  const last = pack(
    [4, 0x06054b50],
    [2, disk],
    [2, 0],
    [2, count],
    [2, count],
    [4, size],
    [4, at],
    [2, comment.length],
  );
  return new Uint8Array(Buffer.concat([...parts, ...directory, last, text(comment)]));
};

describe('zipCloud', () => {
  const basePath = fc.constantFrom('chat-vault', 'tinywide/messaging', 'Grüße 日本', '');
  const name = fc
    .tuple(fc.constantFrom(...Object.values(VAULT_NAMES)), fc.integer({ min: 1, max: 99 }))
    .map(([make, number]) => make(number));
  const vault = fc.dictionary(name, fc.uint8Array({ maxLength: 300 }), { minKeys: 1 });

  it('gives back every vault that was exported, under any base folder', async () => {
    await fc.assert(
      fc.asyncProperty(basePath, basePath, vault, async (from, to, files) => {
        const under = (base: string, path: string) => (base === '' ? path : `${base}/${path}`);
        const cloud = memoryCloud();
        for (const [path, bytes] of Object.entries(files)) cloud.poke(under(from, path), bytes);
        const opened = await open(await exported(cloud, from), { basePath: to });
        const folders = await opened.listFolders(to);
        const lists = await Promise.all(folders.map((folder) => opened.list(under(to, folder))));
        const listed = lists.flat().map(({ path, size }) => [path, size]);
        expect(new Map(listed as [string, number][])).toEqual(
          new Map(Object.entries(files).map(([path, bytes]) => [under(to, path), bytes.length])),
        );
        for (const [path, bytes] of Object.entries(files)) {
          expect(await opened.read(under(to, path))).toEqual(bytes);
        }
      }),
      { seed: 11, numRuns: 60 },
    );
  });

  it('lists like any cloud', async () => {
    const cloud = memoryCloud({ now: () => Date.UTC(2024, 0, 31, 10, 15, 31, 500) });
    pokeVault(cloud);
    const opened = await open(await exported(cloud));
    expect(await opened.listFolders('')).toEqual(['chat-vault']);
    expect(await opened.listFolders('chat-vault')).toEqual([
      ...['2023', '2024', 'catalogs', 'deltas', 'keyring'],
    ]);
    expect(await opened.listFolders('chat-vault/deltas')).toEqual([]);
    expect(await opened.list('')).toEqual([]);
    expect(await opened.list('chat')).toEqual([]);
    expect(await opened.list('chat-vault/deltas')).toMatchObject([
      { path: PATH, size: 1000, modifiedAt: '2024-01-31T10:15:31.000Z' },
      { path: `chat-vault/${VAULT_NAMES.delta(2)}` },
    ]);
    await expect(opened.list('../x')).rejects.toMatchObject({ code: 'invalid' });
    await expect(opened.read('/x')).rejects.toMatchObject({ code: 'invalid' });
    await expect(opened.read('x')).rejects.toMatchObject({ code: 'not-found' });
  });

  it.each([0, 8])('reads ranges of files packed by method %i', async (method) => {
    const content = text('0123456789'.repeat(500));
    const packed = method === 0 ? content : new Uint8Array(deflateRawSync(content));
    const opened = await open(
      rawZip([{ method, content: packed, size: content.length, crc: crc32(content) }]),
    );
    for (const [offset, length] of [
      [0, 10],
      [4321, 17],
      [4990, 100],
      [9999, 5],
      [0, 0],
    ] as const) {
      expect(await opened.read(PATH, { range: { offset, length } })).toEqual(
        content.slice(offset, offset + length),
      );
    }
    expect(await opened.read(PATH)).toEqual(content);
    await expect(opened.read(PATH, { range: { offset: -1, length: 5 } })).rejects.toMatchObject({
      code: 'invalid',
    });
  });

  it('reads of a stored file no more than the range', async () => {
    const content = new Uint8Array(1_000_000).map((_, index) => index % 251);
    const blob = new Blob([rawZip([{ content }])]);
    let bytesRead = 0;
    const slice = (from: number, to: number) => {
      bytesRead += to - from;
      return blob.slice(from, to);
    };
    const opened = await zipCloud({ size: blob.size, slice } as unknown as Blob);
    bytesRead = 0;
    const range = { offset: 500_000, length: 100 };
    expect(await opened.read(PATH, { range })).toEqual(content.slice(500_000, 500_100));
    expect(bytesRead).toBeLessThan(200);
  });

  it('is only for reading', async () => {
    const opened = await open(await zipOf({ [PATH]: text('x') }));
    await expect(opened.create(PATH, text('x'))).rejects.toMatchObject({ code: 'forbidden' });
    await expect(opened.remove(PATH)).rejects.toMatchObject({ code: 'forbidden' });
    await expect(opened.create('../x', text('x'))).rejects.toMatchObject({ code: 'invalid' });
    expect(await opened.read(PATH)).toEqual(text('x'));
  });

  it('stops when its caller gives up', async () => {
    const bytes = await zipOf({ [PATH]: text('x') });
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(open(bytes, { signal })).rejects.toMatchObject({ code: 'aborted' });
    const opened = await open(bytes);
    await expect(opened.read(PATH, { signal })).rejects.toMatchObject({ code: 'aborted' });
    await expect(opened.list('', { signal })).rejects.toMatchObject({ code: 'aborted' });
    const aborter = new AbortController();
    const reading = opened.read(PATH, { signal: aborter.signal });
    aborter.abort();
    await expect(reading).rejects.toMatchObject({ code: 'aborted' });
  });

  it('is called as its file', async () => {
    const bytes = await zipOf({ [PATH]: text('x') });
    expect(await zipCloud(new File([bytes], 'chats.zip'))).toMatchObject({
      providerId: 'zip',
      displayName: 'chats.zip',
    });
    expect(await open(bytes)).toMatchObject({ displayName: 'ZIP file' });
  });

  it('says so when the file can no longer be read', async () => {
    const bytes = await zipOf({ [PATH]: text('x') });
    let isGone = false;
    const blob = new Blob([bytes]);
    const file = {
      size: blob.size,
      slice: (from: number, to: number) => ({
        arrayBuffer: () =>
          isGone
            ? Promise.reject(new DOMException('it changed', 'NotReadableError'))
            : blob.slice(from, to).arrayBuffer(),
      }),
    };
    const opened = await zipCloud(file as unknown as Blob);
    isGone = true;
    await expect(opened.read(PATH)).rejects.toMatchObject({ name: 'CloudError', code: 'offline' });
  });

  it.each([0, 8])('says so when the file goes in the middle of one: method %i', async (method) => {
    const random = seededRandom(3);
    const content = new Uint8Array(2_000_000).map(() => Math.floor(random() * 256));
    const packed = method === 0 ? content : new Uint8Array(deflateRawSync(content));
    const blob = new Blob([
      rawZip([{ method, content: packed, size: content.length, crc: crc32(content) }]),
    ]);
    let slicesLeft = Infinity;
    const slice = (from: number, to: number) => {
      if (slicesLeft-- > 0) return blob.slice(from, to);
      throw new DOMException('it changed', 'NotReadableError');
    };
    const opened = await zipCloud({ size: blob.size, slice } as unknown as Blob);
    for (slicesLeft = 0; slicesLeft < 7;) {
      const slices = slicesLeft;
      await expect(opened.read(PATH), `${slices}`).rejects.toMatchObject({ code: 'offline' });
      slicesLeft = slices + 1;
    }
    slicesLeft = Infinity;
    expect(await opened.read(PATH)).toEqual(content);
  });
});

describe('a vault in a ZIP file that a person made', () => {
  it.each(['', 'chat-vault/', 'My backup/of 2024/chat-vault/', './', 'back\\slashes\\'])(
    'is found in the folder %j',
    async (root) => {
      const opened = await open(
        await zipOf({
          [`${root}${DELTA}`]: text('delta'),
          [`${root}deltas/`]: text(''),
          [`${root}deltas/desktop.ini`]: text('junk'),
          [`__MACOSX/${root}deltas/._x`]: text('junk'),
          'Icon\r': text('junk'),
        }),
      );
      expect(await opened.list('chat-vault/deltas')).toHaveLength(1);
      expect(await opened.read(PATH)).toEqual(text('delta'));
    },
  );

  it('is chosen when there are several', async () => {
    const bytes = await zipOf({ [`ann/${DELTA}`]: text('ann'), [`bob/${DELTA}`]: text('bob') });
    await expect(open(bytes)).rejects.toMatchObject({
      details: { reason: 'several-vaults', roots: ['ann', 'bob'] },
    });
    expect(await (await open(bytes, { root: 'bob' })).read(PATH)).toEqual(text('bob'));
    expect(await refusal(open(bytes, { root: 'eve' }))).toBe('no-vault');
  });

  describe('from another program', () => {
    let folder = '';
    beforeEach(async () => {
      folder = await fs.mkdtemp(join(tmpdir(), 'chat-vault-zip-'));
    });
    afterEach(() => fs.rm(folder, { recursive: true, force: true }));

    const packers = {
      'zip -r': [ARCHIVERS.zip, ['-r', '-q', 'out.zip', 'chat-vault']],
      'zip, bytes after each file': [ARCHIVERS.zip, ['-r', '-q', '-fd', 'out.zip', 'chat-vault']],
      'zip, large by force': [ARCHIVERS.zip, ['-r', '-q', '-fz', 'out.zip', 'chat-vault']],
      'Python, deflated': [ARCHIVERS.python, ['-m', 'zipfile', '-c', 'out.zip', 'chat-vault']],
    } as const;
    const isReadWhenPackedBy = async (program: Archiver, words: readonly string[]) => {
      const cloud = memoryCloud();
      const paths = pokeVault(cloud);
      for (const path of paths) {
        await fs.mkdir(dirname(join(folder, path)), { recursive: true });
        await fs.writeFile(join(folder, path), cloud.peek(path) ?? '');
      }
      run(program, words, { cwd: folder });
      const opened = await open(new Uint8Array(await fs.readFile(join(folder, 'out.zip'))));
      for (const path of paths) expect(await opened.read(path)).toEqual(cloud.peek(path));
    };
    for (const [name, [program, words]] of Object.entries(packers)) {
      testWith(program, `is read when packed by ${name}`, () => isReadWhenPackedBy(program, words));
    }

    testWith(ARCHIVERS.zip, 'is refused when it has a password', async () => {
      await fs.mkdir(join(folder, 'deltas'));
      await fs.writeFile(join(folder, DELTA), 'secret');
      run(ARCHIVERS.zip, ['-r', '-q', '-P', 'password', 'out.zip', '.'], { cwd: folder });
      const bytes = new Uint8Array(await fs.readFile(join(folder, 'out.zip')));
      expect(await refusal(open(bytes))).toBe('encrypted');
    });
  });
});

describe('a ZIP file that must not be used', () => {
  const bomb = new Uint8Array(deflateRawSync(new Uint8Array(1 << 24)));
  const files = (count: number, size: number) =>
    Array.from({ length: count }, (_, index) => ({
      name: `deltas/20240131T101530123Z_${uuid(index)}_0123456789abcdef.json`,
      method: 8,
      content: bomb,
      size,
    }));

  it.each<[string, Uint8Array<ArrayBuffer>, string]>([
    ['nothing', new Uint8Array(), 'not-a-zip'],
    ['text', new Uint8Array(text('hello, this is no ZIP file at all')), 'not-a-zip'],
    ['a climbing name', rawZip([{}, { name: 'chat-vault/../../x' }]), 'unsafe-name'],
    ['a climbing name on Windows', rawZip([{}, { name: '..\\x' }]), 'unsafe-name'],
    ['an absolute name', rawZip([{}, { name: `/etc/${DELTA}` }]), 'unsafe-name'],
    ['a name on a drive', rawZip([{}, { name: `C:\\${DELTA}` }]), 'unsafe-name'],
    ['a name on a network drive', rawZip([{}, { name: '\\\\host\\x' }]), 'unsafe-name'],
    ['encryption', rawZip([{ flags: 1 }]), 'encrypted'],
    ['strong encryption', rawZip([{ flags: 0x41 }]), 'encrypted'],
    ['encryption by AES', rawZip([{ flags: 1, method: 99 }]), 'encrypted'],
    ['a rare method', rawZip([{ method: 14 }]), 'unsupported'],
    ['parts on several disks', rawZip([{}], { disk: 1 }), 'unsupported'],
    ['no file of a vault', rawZip([{ name: 'holiday.jpg' }]), 'no-vault'],
    ['no file', rawZip([]), 'no-vault'],
    ['two files of one name', rawZip([{}, { offset: 0 }]), 'damaged'],
    ['two files of one name apart', rawZip([{}, {}]), 'damaged'],
    ['files that share bytes', rawZip([{}, { name: 'x', offset: 1 }]), 'damaged'],
    ['two sizes of a stored file', rawZip([{ size: 5 }]), 'damaged'],
    ['too many files in its directory', rawZip([{}], { count: 2 }), 'damaged'],
    ['too few files in its directory', rawZip([{}, { name: 'x' }], { count: 1 }), 'damaged'],
    ['a file beyond the end', rawZip([{ offset: 5000 }]), 'damaged'],
    ['a file of a size that nothing packs to', rawZip([{ method: 8, size: 1 << 20 }]), 'too-large'],
    [
      'a file of 300 MiB',
      rawZip([{ method: 8, content: new Uint8Array(1 << 19), size: 300 << 20 }]),
      'too-large',
    ],
    ['many files that become endless', rawZip(files(20, 1 << 24)), 'too-large'],
  ])('has %s', async (_, bytes, reason) => {
    expect(await refusal(open(bytes))).toBe(reason);
  });

  it('is refused for shared bytes by us: the library finds them when it has read both files', async () => {
    const bytes = rawZip([{}, { name: 'x', offset: 1 }]);
    expect(await new ZipReader(new BlobReader(new Blob([bytes]))).getEntries()).toHaveLength(2);
    expect(await refusal(open(bytes))).toBe('damaged');
  });

  it('has more files than memory should hold', async () => {
    const names = [1, 2, 3].map((number) => ({ name: VAULT_NAMES.delta(number) }));
    const zip = new ZipBytes(new Blob([rawZip(names)]));
    expect(await readZipDirectory(zip, 3)).toHaveLength(3);
    expect(await refusal(readZipDirectory(zip, 2))).toBe('too-large');
  });

  it('is cut off anywhere', async () => {
    const bytes = rawZip([{}, { name: `chat-vault/${VAULT_NAMES.catalog(1)}` }]);
    for (let length = 4; length < bytes.length; length++) {
      expect(await refusal(open(bytes.slice(0, length))), `${length}`).toBe('truncated');
    }
  });

  it('is cut off at its beginning, or in its middle', async () => {
    const bytes = await zipOf({ [PATH]: text('content') });
    expect(await refusal(open(bytes.slice(1)))).toBe('truncated');
    const holed = Uint8Array.from([...bytes.slice(0, 40), ...bytes.slice(50)]);
    expect(await refusal(open(holed))).toBe('truncated');
    expect(await refusal(open(Uint8Array.from([...text('before'), ...bytes])))).toBe('damaged');
    expect(await refusal(open(Uint8Array.from([...bytes, ...text('after')])))).toBe('truncated');
  });

  it('may have a comment that looks like an end', async () => {
    const opened = await open(rawZip([{}], { comment: 'PK\u0005\u0006 and more than that' }));
    expect(await opened.read(PATH)).toEqual(text('content'));
  });

  it('never gives a byte too many or too few: a file that lies about itself fails alone', async () => {
    const good = `chat-vault/${VAULT_NAMES.catalog(1)}`;
    const lies: readonly (readonly [RawEntry, string])[] = [
      [{ crc: 1 }, 'damaged'],
      [{ method: 8 }, 'damaged'],
      [{ method: 8, content: bomb, size: 1 << 20 }, 'too-large'],
      [{ method: 8, content: bomb.slice(0, 1000), size: 1_033_000 }, 'damaged'],
      [{ method: 8, content: bomb, size: (1 << 24) + 1 }, 'damaged'],
    ];
    for (const [lie, reason] of lies) {
      const opened = await open(rawZip([lie, { name: good }]));
      expect(await refusal(opened.read(PATH))).toBe(reason);
      expect(await opened.read(good)).toEqual(text('content'));
    }
  });

  it.each([undefined, { offset: 0, length: 7 }])(
    'says so when the header of a file is not that of the directory: range %j',
    async (range) => {
      const whole = rawZip([{}, { name: `chat-vault/${VAULT_NAMES.catalog(1)}` }]);
      for (const [at, byte] of [
        [0, 0x51], // its mark
        [8, 8], // its method
        [27, 1], // bytes of its name: 256 more
      ] as const) {
        const opened = await open(whole.with(at, byte));
        const reading = opened.read(PATH, range ? { range } : {});
        expect(await refusal(reading), `${at}`).toBe('damaged');
      }
    },
  );

  it(
    'fails with a typed error or gives the right bytes, whichever bytes are damaged',
    { timeout: 60_000 },
    async () => {
      const content = text('0123456789'.repeat(30));
      const packed = new Uint8Array(deflateRawSync(content));
      const catalog = `chat-vault/${VAULT_NAMES.catalog(1)}`;
      const whole = rawZip([
        { content },
        { name: catalog, method: 8, content: packed, size: content.length, crc: crc32(content) },
      ]);
      const random = seededRandom(5);
      for (let round = 0; round < 2000; round++) {
        const bytes = whole.slice();
        for (let hits = 0; hits <= round % 3; hits++) {
          bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256);
        }
        const opened = await open(bytes).catch((error: unknown) => error);
        if (opened instanceof Error) {
          expect(opened).toMatchObject({ name: 'CloudError', code: 'invalid' });
          continue;
        }
        for (const path of [PATH, catalog]) {
          const read = await (opened as CloudStorage).read(path).catch((error: unknown) => error);
          if (read instanceof Error) expect(read).toMatchObject({ name: 'CloudError' });
          else expect(read).toEqual(content);
        }
      }
    },
  );
});
