import {
  type JsonObject,
  malformed,
  ownField,
  readCount,
  readHex,
  readInstant,
  readList,
  readMonth,
  readObject,
  readText,
  readUuid,
} from '../json/read-json.js';
import {
  type Manifest,
  type ManifestConversation,
  type ManifestKey,
  type ManifestSegment,
} from './manifest.js';
import { checkVersion } from './vault.js';

/** The JSON form of a manifest. */
export const manifestToJson = (manifest: Manifest): unknown => manifest;

/** A manifest from JSON: indexes in range, segments in order and without overlap. @throws FormatError */
export function parseManifest(json: unknown): Manifest {
  const object = readObject(json, 'manifest');
  checkVersion(object);
  if (ownField(object, 'kind') !== 'manifest') throw malformed('kind', '"manifest"');
  const conversations = readList(
    ownField(object, 'conversations'),
    'conversations',
    readConversation,
  );
  const byteLength = readCount(ownField(object, 'byteLength'), 'byteLength');
  const segments = readList(ownField(object, 'segments'), 'segments', (item) =>
    readSegment(item, conversations.length),
  );
  checkSegments(segments, byteLength);
  return {
    version: 1,
    kind: 'manifest',
    vaultId: readUuid(ownField(object, 'vaultId'), 'vaultId'),
    runId: readUuid(ownField(object, 'runId'), 'runId'),
    partition: readMonth(ownField(object, 'partition'), 'partition'),
    path: readText(ownField(object, 'path'), 'path', { max: 1024 }),
    byteLength,
    sha256: readHex(ownField(object, 'sha256'), 'sha256', 64),
    rangeStart: readInstant(ownField(object, 'rangeStart'), 'rangeStart'),
    rangeEnd: readInstant(ownField(object, 'rangeEnd'), 'rangeEnd'),
    messageCount: readCount(ownField(object, 'messageCount'), 'messageCount'),
    tombstoneCount: readCount(ownField(object, 'tombstoneCount'), 'tombstoneCount'),
    segments,
    conversations,
    minReader: readCount(ownField(object, 'minReader') ?? 1, 'minReader'),
    minCompactor: readCount(ownField(object, 'minCompactor') ?? 1, 'minCompactor'),
  };
}

function readConversation(value: unknown): ManifestConversation {
  const object = readObject(value, 'conversations');
  return {
    urn: readText(ownField(object, 'urn'), 'conversations.urn'),
    messageCount: readCount(ownField(object, 'messageCount'), 'conversations.messageCount'),
    first: readInstant(ownField(object, 'first'), 'conversations.first'),
    last: readInstant(ownField(object, 'last'), 'conversations.last'),
  };
}

function readSegment(value: unknown, conversationCount: number): ManifestSegment {
  const object = readObject(value, 'segments');
  const conversations = readList(
    ownField(object, 'conversations'),
    'segments.conversations',
    (item) => readIndex(item, 'segments.conversations', conversationCount),
  );
  return {
    offset: readCount(ownField(object, 'offset'), 'segments.offset'),
    length: readCount(ownField(object, 'length'), 'segments.length'),
    sha256: readHex(ownField(object, 'sha256'), 'segments.sha256', 64),
    messageCount: readCount(ownField(object, 'messageCount'), 'segments.messageCount'),
    firstKey: readKey(object, 'firstKey', conversationCount),
    lastKey: readKey(object, 'lastKey', conversationCount),
    conversations,
  };
}

function readKey(object: JsonObject, field: string, conversationCount: number): ManifestKey {
  const key = ownField(object, field);
  if (!Array.isArray(key) || key.length !== 3)
    throw malformed(`segments.${field}`, 'a key of three parts');
  return [
    readIndex(key[0], `segments.${field}`, conversationCount),
    readInstant(key[1], `segments.${field}`),
    readText(key[2], `segments.${field}`),
  ];
}

/** A place in a list of so many entries. @throws FormatError */
export function readIndex(value: unknown, field: string, count: number): number {
  const index = readCount(value, field);
  if (index >= count) throw malformed(field, `an index below ${count}`);
  return index;
}

function checkSegments(segments: readonly ManifestSegment[], byteLength: number): void {
  let end = 0;
  for (const { offset, length } of segments) {
    if (offset < end || length === 0) throw malformed('segments', 'in order and without overlap');
    end = offset + length;
  }
  if (end > byteLength) throw malformed('segments', 'within the vault file');
}
