import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { memoryCloud, type MemoryCloud } from '@chat-vault/cloud-storage/memory';
import { EMPTY_CONTENT, gzipCodec, type StampedMessage } from '@chat-vault/core';
import {
  cutSegments,
  type EncodedVaultFile,
  encodeVaultFile,
  type SegmentInput,
  type VaultFileOptions,
} from '@chat-vault/core/compaction';
import { type Catalog, catalogPath, catalogToJson } from '@chat-vault/core/format';
import { type EngineOptions } from '@chat-vault/vault-engine';
import { randomUuid, seededRandom } from '../data/seeded-random.ts';
import {
  conversationOf,
  historyMonth,
  historyMonths,
  type HistoryShape,
} from '../data/synthetic-history.ts';
import { openDevice, type VirtualClock } from './virtual-device.ts';

const BASE = 'chat-vault';
const SEGMENT_BYTES = 128 * 1024;
const MAX_VAULT_BYTES = 32 * 1024 * 1024;
/** Deltas, vaults and catalogs that a catalog still names after they were superseded: those of a busy month. */
const SUPERSEDED = 30;

/** Ten years of 300 conversations with a million messages, and the texts they are made of. */
export const greatHistory = (seed: number, texts: HistoryShape['texts']): HistoryShape => ({
  seed,
  firstMonth: '2014-01',
  months: 120,
  conversations: 300,
  messagesAMonth: Math.ceil(1_000_000 / 120),
  texts,
});

/**
 * A cloud that holds the history as one compacted run a month, under one catalog, encoded by the library. Making it takes
 * minutes, so the files are kept in `folder`.
 */
export async function openGreatVault(
  folder: string,
  shape: HistoryShape,
  clock: VirtualClock,
): Promise<MemoryCloud> {
  const cloud = memoryCloud({ now: () => clock.now });
  if (!(await isThere(folder))) {
    await rm(`${folder}.part`, { recursive: true, force: true });
    for await (const [path, bytes] of encodeHistory(shape, clock)) {
      const file = join(`${folder}.part`, path);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, bytes);
    }
    await rename(`${folder}.part`, folder);
  }
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    cloud.poke(relative(folder, file), await readFile(file));
  }
  return cloud;
}

/** Adds that many deltas of three messages each, by a device that syncs after each. */
export async function addDeltas(
  cloud: MemoryCloud,
  clock: VirtualClock,
  count: number,
  options: Partial<EngineOptions> = {},
): Promise<void> {
  const device = await openDevice(clock, cloud, { options: { initialMessages: 0, ...options } });
  const { engine, storage } = device;
  await engine.sync();
  for (let delta = 0; delta < count; delta += 1) {
    await storage.save(
      Array.from({ length: 3 }, (_, index) => ({
        id: `new-${delta}-${index}`,
        conversationUrn: conversationOf(index),
        senderId: 'someone',
        typeId: 'text/plain',
        sentTimestamp: new Date(clock.now + index).toISOString(),
        payloadBytes: new TextEncoder().encode('What do you think of it?'),
      })),
    );
    await engine.sync();
    clock.now += 60_000;
  }
  await storage.destroy();
}

const isThere = (folder: string): Promise<boolean> =>
  readdir(folder).then(
    () => true,
    () => false,
  );

/** The files of the history as one compacted vault, the catalog last. */
export async function* encodeHistory(
  shape: HistoryShape,
  clock: VirtualClock,
): AsyncGenerator<readonly [path: string, bytes: Uint8Array]> {
  const random = seededRandom(shape.seed);
  const codec = gzipCodec();
  const newId = () => randomUuid(random, clock.now);
  const filesByMonth = new Map<string, readonly EncodedVaultFile[]>();
  for (const partition of historyMonths(shape)) {
    const messages = historyMonth(shape, partition);
    const files: EncodedVaultFile[] = [];
    const runs = shape.runsAMonth ?? 1;
    for (let run = 0; run < runs; run += 1) {
      const ofRun = messages.filter((_, index) => index % runs === run);
      for await (const file of encodeRun(ofRun, { partition, codec, newId })) {
        yield [file.path, file.bytes];
        yield [file.manifestPath, file.manifestBytes];
        files.push(file);
      }
    }
    filesByMonth.set(partition, files);
  }
  const catalog = catalogOf(filesByMonth, newId);
  const bytes = await codec.encode(catalogToJson(catalog, { basePath: BASE }), { kind: 'catalog' });
  const { generation, catalogId } = catalog;
  yield [catalogPath(BASE, { generation, catalogId, extension: codec.extension }), bytes];
}

function encodeRun(
  messages: readonly StampedMessage[],
  options: Pick<VaultFileOptions, 'partition' | 'codec' | 'newId'>,
): AsyncGenerator<EncodedVaultFile> {
  return encodeVaultFile({
    ...options,
    runId: options.newId(),
    basePath: BASE,
    maxVaultBytes: MAX_VAULT_BYTES,
    segments: contentsOf(messages),
  });
}

function* contentsOf(messages: readonly StampedMessage[]): Generator<SegmentInput> {
  for (const content of cutSegments([{ ...EMPTY_CONTENT, messages }], SEGMENT_BYTES))
    yield { content };
}

function catalogOf(
  filesByMonth: ReadonlyMap<string, readonly EncodedVaultFile[]>,
  newId: () => string,
): Catalog {
  const last = new Map<string, string>();
  for (const { manifest } of [...filesByMonth.values()].flat())
    for (const one of manifest.conversations) last.set(one.urn, one.last);
  const conversations = [...last].sort().map(([urn, at]) => ({ urn, last: at }));
  const indexes = new Map(conversations.map(({ urn }, index) => [urn, index]));
  const newestMonth = [...filesByMonth.keys()].at(-1) ?? '';
  const superseded = () =>
    Object.fromEntries(Array.from({ length: SUPERSEDED }, () => [newId(), [newestMonth]] as const));
  return {
    version: 1,
    kind: 'catalog',
    catalogId: newId(),
    generation: 4_000,
    parents: [newId()],
    ancestors: Array.from({ length: SUPERSEDED }, newId),
    writtenBy: 'a'.repeat(16),
    minReader: 1,
    minCompactor: 1,
    keyringIds: [],
    conversations,
    partitions: Object.fromEntries(
      [...filesByMonth].map(([month, files]) => [
        month,
        files.map((file) => entryOf(file, indexes)),
      ]),
    ),
    carried: [],
    folded: superseded(),
    replaced: superseded(),
    skipped: [],
    cleared: [],
  };
}

function entryOf(
  file: EncodedVaultFile,
  indexes: ReadonlyMap<string, number>,
): Catalog['partitions'][string][number] {
  const { manifest } = file;
  const { runId, sha256, byteLength, messageCount, rangeStart, rangeEnd } = manifest;
  return {
    ...{ vaultId: file.vaultId, runId, path: file.path, manifestPath: file.manifestPath },
    ...{
      sha256,
      manifestSha256: file.manifestSha256,
      byteLength,
      messageCount,
      rangeStart,
      rangeEnd,
    },
    conversations: manifest.conversations.map(({ urn }) => indexes.get(urn) ?? -1),
  };
}
