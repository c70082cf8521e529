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
  readPath,
  readText,
  readUuid,
} from '../json/read-json.js';
import { readUnknown, withoutKnown } from '../json/unknown-fields.js';
import { parseClearing } from '../model/parse-records.js';
import { recordToJson } from '../model/record-json.js';
import {
  type CarriedDelta,
  type Catalog,
  type CatalogConversation,
  type CatalogVault,
  type PlainDelta,
  type SkippedFile,
} from './catalog.js';
import { MAX_GENERATION, MAX_LIST_ENTRIES } from './limits.js';
import { fullPath, isSealedExtension, relativePath } from './paths.js';
import { checkVersion, readVersionOr1 } from './read-version.js';
import {
  readStoredDelta,
  readStoredPath,
  storedPath,
  type StoredPathOptions,
} from './stored-paths.js';

const CATALOG_FIELDS = new Set(
  `version kind catalogId generation parents ancestors writtenBy minReader minCompactor keyringIds account conversations partitions carried folded replaced skipped cleared plain`.split(
    ' ',
  ),
);

/** The JSON form of a catalog. @throws FormatError `malformed` for a path outside `basePath` */
export function catalogToJson(catalog: Catalog, options?: StoredPathOptions): JsonObject {
  const { extra, cleared, partitions, carried, skipped, plain, ...fields } = catalog;
  const stored = (path: string) => storedPath(path, options);
  return {
    ...(extra === undefined ? undefined : withoutKnown(extra, CATALOG_FIELDS)),
    ...fields,
    partitions: mapValues(partitions, (vaults) =>
      vaults.map((vault) => ({
        ...vault,
        path: stored(vault.path),
        manifestPath: stored(vault.manifestPath),
      })),
    ),
    carried: carried.map((delta) => ({ ...delta, path: stored(delta.path) })),
    skipped: skipped.map((file) => ({
      ...file,
      path: relativePath(options?.basePath ?? '', file.path) ?? file.path,
    })),
    cleared: cleared.map(recordToJson),
    ...(plain && plain.length > 0
      ? { plain: plain.map((delta) => ({ ...delta, path: stored(delta.path) })) }
      : undefined),
  };
}

/** A catalog from JSON; unknown top-level fields are kept. @throws FormatError `malformed`, `too-large`, `upgrade-required` */
export function parseCatalog(json: unknown, options?: StoredPathOptions): Catalog {
  const object = readObject(json, 'catalog');
  checkVersion(object);
  if (ownField(object, 'kind') !== 'catalog') throw malformed('kind', '"catalog"');
  const conversations = readOptionalList(object, 'conversations', readConversation);
  const account = ownField(object, 'account');
  const plain = readOptionalList(object, 'plain', (item) => readPlain(item, options));
  const extra = readUnknown(object, CATALOG_FIELDS);
  return {
    version: 1,
    kind: 'catalog',
    catalogId: readUuid(ownField(object, 'catalogId'), 'catalogId'),
    generation: readGeneration(ownField(object, 'generation')),
    parents: readOptionalList(object, 'parents', readUuid),
    ancestors: readOptionalList(object, 'ancestors', readUuid),
    writtenBy: readHex(ownField(object, 'writtenBy'), 'writtenBy', 16),
    minReader: readVersionOr1(object, 'minReader'),
    minCompactor: readVersionOr1(object, 'minCompactor'),
    keyringIds: readOptionalList(object, 'keyringIds', readUuid),
    ...(account === undefined ? {} : { account: readHex(account, 'account', 16) }),
    conversations,
    partitions: readPartitions(object, conversations.length, options),
    carried: readOptionalList(object, 'carried', (item) => readCarried(item, options)),
    folded: readIdMonths(object, 'folded'),
    replaced: readIdMonths(object, 'replaced'),
    skipped: readOptionalList(object, 'skipped', (item) => readSkipped(item, options)),
    cleared: readOptionalList(object, 'cleared', parseClearing),
    ...(plain.length > 0 ? { plain } : {}),
    ...(extra === undefined ? {} : { extra }),
  };
}

/** An absent list is an empty one. */
function readOptionalList<Item>(
  object: JsonObject,
  field: string,
  parse: (item: unknown, field: string) => Item,
): readonly Item[] {
  const value = ownField(object, field);
  return value === undefined ? [] : readList(value, field, parse);
}

function readGeneration(value: unknown): number {
  const generation = readCount(value, 'generation');
  if (generation > MAX_GENERATION) throw malformed('generation', `at most ${MAX_GENERATION}`);
  return generation;
}

function readConversation(value: unknown): CatalogConversation {
  const object = readObject(value, 'conversations');
  const last = ownField(object, 'last');
  return {
    urn: readText(ownField(object, 'urn'), 'conversations.urn'),
    last: last === '' ? '' : readInstant(last, 'conversations.last'),
  };
}

function readPartitions(
  object: JsonObject,
  conversationCount: number,
  options?: StoredPathOptions,
): Catalog['partitions'] {
  return readMap(object, 'partitions', (key, vaults) => {
    const partition = readMonth(key, 'partitions');
    return readList(vaults, 'partitions', (item) =>
      readVault(item, { ...options, partition, conversationCount }),
    );
  });
}

function readVault(
  value: unknown,
  context: StoredPathOptions & { readonly partition: string; readonly conversationCount: number },
): CatalogVault {
  const { partition, conversationCount } = context;
  const object = readObject(value, 'partitions');
  const vaultId = readUuid(ownField(object, 'vaultId'), 'partitions.vaultId');
  const from = ownField(object, 'from');
  const indexes = ownField(object, 'conversations');
  return {
    vaultId,
    runId: readUuid(ownField(object, 'runId'), 'partitions.runId'),
    path: readStoredPath(object, 'path', { kind: 'vault', vaultId, partition }, context),
    manifestPath: readStoredPath(
      object,
      'manifestPath',
      { kind: 'manifest', vaultId, partition },
      context,
    ),
    sha256: readHex(ownField(object, 'sha256'), 'partitions.sha256', 64),
    manifestSha256: readHex(ownField(object, 'manifestSha256'), 'partitions.manifestSha256', 64),
    byteLength: readCount(ownField(object, 'byteLength'), 'partitions.byteLength'),
    messageCount: readCount(ownField(object, 'messageCount'), 'partitions.messageCount'),
    rangeStart: readInstantOf(object, 'rangeStart', partition),
    rangeEnd: readInstantOf(object, 'rangeEnd', partition),
    conversations: readList(indexes, 'partitions.conversations', (item, field) =>
      readIndex(item, field, conversationCount),
    ),
    ...(from === undefined ? {} : { from: readList(from, 'partitions.from', readUuid) }),
  };
}

function readInstantOf(object: JsonObject, field: string, partition: string): string {
  const instant = readInstant(ownField(object, field), `partitions.${field}`);
  if (instant.slice(0, 7) !== partition)
    throw malformed(`partitions.${field}`, `within the month ${partition}`);
  return instant;
}

function readCarried(value: unknown, options?: StoredPathOptions): CarriedDelta {
  const object = readObject(value, 'carried');
  const vaultId = readUuid(ownField(object, 'vaultId'), 'carried.vaultId');
  return {
    vaultId,
    path: readStoredPath(object, 'path', { kind: 'delta', vaultId }, options),
    from: readOptionalList(object, 'from', readUuid),
  };
}

/** Names a delta by its whole path, whose digest must be the beginning of the one beside it. */
function readPlain(value: unknown, options?: StoredPathOptions): PlainDelta {
  const object = readObject(value, 'plain');
  const sha256 = readHex(ownField(object, 'sha256'), 'plain.sha256', 64);
  const { path, parsed } = readStoredDelta(object, 'path', options);
  if (isSealedExtension(parsed.extension))
    throw malformed('plain.path', 'a delta that is not sealed');
  if (!sha256.startsWith(parsed.digest)) throw malformed('plain.sha256', 'the digest of the path');
  return { path, sha256 };
}

const readIdMonths = (
  object: JsonObject,
  field: string,
): Readonly<Record<string, readonly string[]>> =>
  readMap(object, field, (id, months) => {
    readUuid(id, field);
    return readList(months, field, readMonth);
  });

function readSkipped(value: unknown, options?: StoredPathOptions): SkippedFile {
  const object = readObject(value, 'skipped');
  const path = readPath(ownField(object, 'path'), 'skipped.path');
  return {
    path: options?.basePath === undefined ? path : fullPath(options.basePath, path),
    reason: readText(ownField(object, 'reason'), 'skipped.reason', { mayBeEmpty: true }),
  };
}

/** A field that maps checked keys to values; an absent one is empty. */
function readMap<Value>(
  object: JsonObject,
  field: string,
  parse: (key: string, value: unknown) => Value,
): Readonly<Record<string, Value>> {
  const value = ownField(object, field);
  if (value === undefined) return {};
  const entries = Object.entries(readObject(value, field));
  if (entries.length > MAX_LIST_ENTRIES)
    throw malformed(field, `a map of at most ${MAX_LIST_ENTRIES} entries`);
  return Object.fromEntries(entries.map(([key, item]) => [key, parse(key, item)]));
}

const mapValues = <From, To>(
  map: Readonly<Record<string, From>>,
  change: (value: From) => To,
): Readonly<Record<string, To>> =>
  Object.fromEntries(Object.entries(map).map(([key, value]) => [key, change(value)]));
