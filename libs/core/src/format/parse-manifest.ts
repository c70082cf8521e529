import {
  type JsonObject,
  malformed,
  ownField,
  readCount,
  readHex,
  readIndex,
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
import { checkVersion, readVersionOr1 } from './read-version.js';
import { readStoredPath, storedPath, type StoredPathOptions } from './stored-paths.js';

/** The JSON form of a manifest. @throws FormatError `malformed` for a path outside `basePath` */
export function manifestToJson(manifest: Manifest, options?: StoredPathOptions): JsonObject {
  return { ...manifest, path: storedPath(manifest.path, options) };
}

/**
 * A manifest from JSON, held to what it says of itself: its path names its vault, segments fill the file, keys and indexes are in
 * order and of its month, counts add up. @throws FormatError `malformed`, `too-large`, `upgrade-required`
 */
export function parseManifest(json: unknown, options?: StoredPathOptions): Manifest {
  const object = readObject(json, 'manifest');
  checkVersion(object);
  if (ownField(object, 'kind') !== 'manifest') throw malformed('kind', '"manifest"');
  const vaultId = readUuid(ownField(object, 'vaultId'), 'vaultId');
  const partition = readMonth(ownField(object, 'partition'), 'partition');
  const conversations = readList(
    ownField(object, 'conversations'),
    'conversations',
    readConversation,
  );
  const segments = readList(ownField(object, 'segments'), 'segments', (item) =>
    readSegment(item, conversations.length),
  );
  const manifest: Manifest = {
    version: 1,
    kind: 'manifest',
    vaultId,
    runId: readUuid(ownField(object, 'runId'), 'runId'),
    partition,
    path: readStoredPath(object, 'path', { kind: 'vault', vaultId, partition }, options),
    byteLength: readCount(ownField(object, 'byteLength'), 'byteLength'),
    sha256: readHex(ownField(object, 'sha256'), 'sha256', 64),
    rangeStart: readInstant(ownField(object, 'rangeStart'), 'rangeStart'),
    rangeEnd: readInstant(ownField(object, 'rangeEnd'), 'rangeEnd'),
    messageCount: readCount(ownField(object, 'messageCount'), 'messageCount'),
    tombstoneCount: readCount(ownField(object, 'tombstoneCount'), 'tombstoneCount'),
    segments,
    conversations,
    minReader: readVersionOr1(object, 'minReader'),
    minCompactor: readVersionOr1(object, 'minCompactor'),
  };
  checkConversations(manifest);
  checkSegments(manifest);
  return manifest;
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
  const indexes = ownField(object, 'conversations');
  return {
    offset: readCount(ownField(object, 'offset'), 'segments.offset'),
    length: readCount(ownField(object, 'length'), 'segments.length'),
    sha256: readHex(ownField(object, 'sha256'), 'segments.sha256', 64),
    messageCount: readCount(ownField(object, 'messageCount'), 'segments.messageCount'),
    firstKey: readKey(object, 'firstKey', conversationCount),
    lastKey: readKey(object, 'lastKey', conversationCount),
    conversations: readList(indexes, 'segments.conversations', (item, field) =>
      readIndex(item, field, conversationCount),
    ),
  };
}

function readKey(object: JsonObject, name: string, conversationCount: number): ManifestKey {
  const field = `segments.${name}`;
  const key = ownField(object, name);
  if (!Array.isArray(key) || key.length !== 3) throw malformed(field, 'a key of three parts');
  return [
    readIndex(key[0], field, conversationCount),
    readInstant(key[1], field),
    readText(key[2], field),
  ];
}

function checkConversations({ conversations, messageCount, ...manifest }: Manifest): void {
  let last = '';
  let messages = 0;
  let rangeStart = '';
  let rangeEnd = '';
  for (const conversation of conversations) {
    if (conversation.urn <= last) throw malformed('conversations', 'sorted by urn');
    if (conversation.first > conversation.last) throw malformed('conversations', 'a range');
    last = conversation.urn;
    messages += conversation.messageCount;
    if (rangeStart === '' || conversation.first < rangeStart) rangeStart = conversation.first;
    if (conversation.last > rangeEnd) rangeEnd = conversation.last;
  }
  if (messages !== messageCount) throw malformed('messageCount', 'the sum over conversations');
  if (rangeStart !== manifest.rangeStart || rangeEnd !== manifest.rangeEnd)
    throw malformed('rangeStart', 'the range over conversations');
  const { partition } = manifest;
  if (rangeStart.slice(0, 7) !== partition || rangeEnd.slice(0, 7) !== partition)
    throw malformed('rangeStart', `within the month ${partition}`);
}

function checkSegments({ segments, byteLength, messageCount, partition }: Manifest): void {
  let end = 0;
  let messages = 0;
  for (const segment of segments) {
    if (segment.offset !== end || segment.length === 0)
      throw malformed('segments', 'one after the other without gap or overlap');
    if (compareKeys(segment.firstKey, segment.lastKey) > 0)
      throw malformed('segments.lastKey', 'at or after "firstKey"');
    for (const [, at] of [segment.firstKey, segment.lastKey])
      if (at.slice(0, 7) !== partition) throw malformed('segments', `of the month ${partition}`);
    if (segment.conversations.some((index, at, all) => at > 0 && index <= (all[at - 1] ?? 0)))
      throw malformed('segments.conversations', 'ascending');
    end += segment.length;
    messages += segment.messageCount;
  }
  if (end !== byteLength) throw malformed('byteLength', 'the length of all segments');
  if (messages !== messageCount) throw malformed('messageCount', 'the sum over segments');
}

/** Conversations are sorted, so their indexes order like their urns. */
function compareKeys(a: ManifestKey, b: ManifestKey): number {
  if (a[0] !== b[0]) return a[0] - b[0];
  if (a[1] !== b[1]) return a[1] < b[1] ? -1 : 1;
  return a[2] === b[2] ? 0 : a[2] < b[2] ? -1 : 1;
}
