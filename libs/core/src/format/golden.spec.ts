import { describe, expect, it } from 'vitest';
import { gzipCodec } from '../codec/gzip-codec.js';
import { jsonCodec } from '../codec/json-codec.js';
import { formatStamp } from '../clock/stamp.js';
import { type VaultContent } from '../model/records.js';
import { goldenBytes } from '../testing/golden.js';
import { sampleCatalog } from '../testing/sample-catalog.js';
import { BASE_PATH, encodeRun, messagesOf, sampleMessage } from '../testing/sample-run.js';
import { catalogToJson, parseCatalog } from './parse-catalog.js';
import { parseManifest } from './parse-manifest.js';
import { createVault, parseVault, vaultToJson } from './vault.js';

const DEVICE = '00000000000000aa';
const place = {
  conversationUrn: 'urn:b',
  sentTimestamp: '2023-12-31T23:59:59.999Z',
  messageId: 'm/1 "ü"',
};
const utf8 = (text: string) => new TextEncoder().encode(text);

/** One record of each kind, and each form of a payload. */
const content: VaultContent = {
  messages: [
    sampleMessage(1),
    { ...sampleMessage(2), payloadBytes: utf8('héllo 😀\n"\\\u0001') },
    { ...sampleMessage(3), payloadBytes: Uint8Array.of(0xff, 0x00, 0xfe), typeId: 'image/png' },
    {
      ...sampleMessage(4),
      payloadBytes: new Uint8Array(),
      tags: ['starred', ''],
      expiresAt: '2025-01-01T00:00:00.000Z',
      extra: { pinned: { by: 's1' }, zeta: [1, null] },
    },
  ],
  tombstones: [
    { ...place, deletedAt: '2024-01-01T00:00:00.000Z', stamp: formatStamp(2, 0xffff, DEVICE) },
  ],
  reactions: [
    { ...place, senderId: 's1', emoji: '👍', stamp: formatStamp(3, 0, DEVICE) },
    { ...place, senderId: 's2', emoji: null, stamp: formatStamp(4, 0, DEVICE) },
  ],
  cleared: [
    {
      conversationUrn: 'urn:c',
      upTo: '2024-01-15T00:00:00.000Z',
      deletedAt: '2024-01-16T00:00:00.000Z',
      stamp: formatStamp(Date.UTC(2024, 0, 16), 0, DEVICE),
    },
  ],
  extra: { pins: [{ id: 'm0001' }] },
};

const delta = createVault({
  vaultId: '018d5f3a-0000-7000-8000-00000000dddd',
  content,
  writer: { deviceId: DEVICE, previous: null },
  account: '0123456789abcdef',
});

const context = { kind: 'delta' } as const;

const sampleFiles = () =>
  encodeRun([
    { content: messagesOf(sampleMessage(1), sampleMessage(2)) },
    { content: { ...messagesOf(sampleMessage(3, 'urn:ü')), extra: { pins: [1] } } },
  ]);

describe('the golden files', () => {
  it('hold a delta, which is written and read as ever', async () => {
    const bytes = await jsonCodec().encode(vaultToJson(delta), context);
    const golden = goldenBytes('delta.golden', bytes);
    expect(new TextDecoder().decode(bytes)).toBe(new TextDecoder().decode(golden));
    expect(parseVault(await jsonCodec().decode(golden, context))).toEqual(delta);
  });

  it('hold the delta as gzip, whose content is the same', async () => {
    const bytes = await gzipCodec().encode(vaultToJson(delta), context);
    const golden = goldenBytes('delta.gz.golden', bytes);
    expect(parseVault(await gzipCodec().decode(golden, context))).toEqual(delta);
    expect(await gzipCodec().decode(bytes, context)).toEqual(
      await gzipCodec().decode(golden, context),
    );
  });

  it('hold a vault of two segments and its manifest', async () => {
    const [file] = await sampleFiles();
    if (file === undefined) throw new Error('no file');
    const vault = goldenBytes('vault.golden', file.bytes);
    const manifest = goldenBytes('manifest.golden', file.manifestBytes);
    expect(new TextDecoder().decode(file.bytes)).toBe(new TextDecoder().decode(vault));
    expect(new TextDecoder().decode(file.manifestBytes)).toBe(new TextDecoder().decode(manifest));
    const json = await jsonCodec().decode(manifest, { kind: 'manifest' });
    expect(parseManifest(json, { basePath: BASE_PATH })).toEqual(file.manifest);
  });

  it('hold a catalog', async () => {
    const catalog = sampleCatalog(await sampleFiles());
    const json = catalogToJson(catalog, { basePath: BASE_PATH });
    const bytes = await jsonCodec().encode(json, { kind: 'catalog' });
    const golden = goldenBytes('catalog.golden', bytes);
    expect(new TextDecoder().decode(bytes)).toBe(new TextDecoder().decode(golden));
    const parsed = await jsonCodec().decode(golden, { kind: 'catalog' });
    expect(parseCatalog(parsed, { basePath: BASE_PATH })).toEqual(catalog);
  });

  it('hold a delta of an old writer, whose payloads are lists of numbers and objects', async () => {
    const old = {
      ...vaultToJson(delta),
      messages: delta.messages.map(({ payloadBytes, extra: _unknown, ...message }, index) => ({
        ...message,
        payloadBytes: index % 2 === 0 ? [...payloadBytes] : { ...payloadBytes },
      })),
    };
    const golden = goldenBytes('old-delta.golden', await jsonCodec().encode(old, context));
    const parsed = parseVault(await jsonCodec().decode(golden, context));
    expect(parsed.messages.map((message) => message.payloadBytes)).toEqual(
      delta.messages.map((message) => message.payloadBytes),
    );
  });
});
