import {
  malformed,
  ownField,
  readCount,
  readExtra,
  readHex,
  readInstant,
  readList,
  readMonth,
  readObject,
  readText,
  readUuid,
} from '../json/read-json.js';
import { parseClearing } from '../model/parse-records.js';
import { recordToJson } from '../model/record-json.js';
import {
  type CarriedDelta,
  type Catalog,
  type CatalogConversation,
  type CatalogVault,
  type SkippedFile,
} from './catalog.js';
import { readIndex } from './parse-manifest.js';
import { checkVersion } from './vault.js';

const CATALOG_FIELDS = new Set(
  `version kind catalogId generation parents ancestors writtenBy minReader minCompactor keyringIds account conversations partitions carried folded replaced skipped cleared`.split(
    ' ',
  ),
);

/** The JSON form of a catalog. */
export function catalogToJson(catalog: Catalog): unknown {
  const { extra, cleared, ...fields } = catalog;
  return { ...extra, ...fields, cleared: cleared.map(recordToJson) };
}

/** A catalog from JSON; unknown fields are kept. @throws FormatError `malformed`, `too-large`, `upgrade-required` */
export function parseCatalog(json: unknown): Catalog {
  const object = readObject(json, 'catalog');
  checkVersion(object);
  if (ownField(object, 'kind') !== 'catalog') throw malformed('kind', '"catalog"');
  const uuids = (field: string) => readList(ownField(object, field) ?? [], field, readUuid);
  const conversations = readList(
    ownField(object, 'conversations'),
    'conversations',
    readConversation,
  );
  const account = ownField(object, 'account');
  const extra = readExtra(object, CATALOG_FIELDS);
  return {
    version: 1,
    kind: 'catalog',
    catalogId: readUuid(ownField(object, 'catalogId'), 'catalogId'),
    generation: readCount(ownField(object, 'generation'), 'generation'),
    parents: uuids('parents'),
    ancestors: uuids('ancestors'),
    writtenBy: readHex(ownField(object, 'writtenBy'), 'writtenBy', 16),
    minReader: readCount(ownField(object, 'minReader') ?? 1, 'minReader'),
    minCompactor: readCount(ownField(object, 'minCompactor') ?? 1, 'minCompactor'),
    keyringIds: uuids('keyringIds'),
    ...(account === undefined ? {} : { account: readHex(account, 'account', 16) }),
    conversations,
    partitions: readMonths(ownField(object, 'partitions'), conversations.length),
    carried: readList(ownField(object, 'carried') ?? [], 'carried', readCarried),
    folded: readIdMonths(ownField(object, 'folded') ?? {}, 'folded'),
    replaced: readIdMonths(ownField(object, 'replaced') ?? {}, 'replaced'),
    skipped: readList(ownField(object, 'skipped') ?? [], 'skipped', readSkipped),
    cleared: readList(ownField(object, 'cleared') ?? [], 'cleared', parseClearing),
    ...(extra === undefined ? {} : { extra }),
  };
}

function readConversation(value: unknown): CatalogConversation {
  const object = readObject(value, 'conversations');
  const last = ownField(object, 'last');
  return {
    urn: readText(ownField(object, 'urn'), 'conversations.urn'),
    last: last === '' ? '' : readInstant(last, 'conversations.last'),
  };
}

function readMonths(value: unknown, conversationCount: number): Catalog['partitions'] {
  const object = readObject(value, 'partitions');
  return Object.fromEntries(
    Object.entries(object).map(([month, vaults]) => [
      readMonth(month, 'partitions'),
      readList(vaults, 'partitions', (item) => readVault(item, conversationCount)),
    ]),
  );
}

function readVault(value: unknown, conversationCount: number): CatalogVault {
  const object = readObject(value, 'partitions');
  const from = ownField(object, 'from');
  const text = (field: string) =>
    readText(ownField(object, field), `partitions.${field}`, { max: 1024 });
  return {
    vaultId: readUuid(ownField(object, 'vaultId'), 'partitions.vaultId'),
    runId: readUuid(ownField(object, 'runId'), 'partitions.runId'),
    path: text('path'),
    manifestPath: text('manifestPath'),
    sha256: readHex(ownField(object, 'sha256'), 'partitions.sha256', 64),
    manifestSha256: readHex(ownField(object, 'manifestSha256'), 'partitions.manifestSha256', 64),
    byteLength: readCount(ownField(object, 'byteLength'), 'partitions.byteLength'),
    messageCount: readCount(ownField(object, 'messageCount'), 'partitions.messageCount'),
    rangeStart: readInstant(ownField(object, 'rangeStart'), 'partitions.rangeStart'),
    rangeEnd: readInstant(ownField(object, 'rangeEnd'), 'partitions.rangeEnd'),
    conversations: readList(ownField(object, 'conversations'), 'partitions.conversations', (item) =>
      readIndex(item, 'partitions.conversations', conversationCount),
    ),
    ...(from === undefined ? {} : { from: readList(from, 'partitions.from', readUuid) }),
  };
}

function readCarried(value: unknown): CarriedDelta {
  const object = readObject(value, 'carried');
  return {
    vaultId: readUuid(ownField(object, 'vaultId'), 'carried.vaultId'),
    path: readText(ownField(object, 'path'), 'carried.path', { max: 1024 }),
    from: readList(ownField(object, 'from') ?? [], 'carried.from', readUuid),
  };
}

function readIdMonths(value: unknown, field: string): Readonly<Record<string, readonly string[]>> {
  const object = readObject(value, field);
  return Object.fromEntries(
    Object.entries(object).map(([id, months]) => [
      readUuid(id, field),
      readList(months, field, readMonth),
    ]),
  );
}

function readSkipped(value: unknown): SkippedFile {
  const object = readObject(value, 'skipped');
  return {
    path: readText(ownField(object, 'path'), 'skipped.path', { max: 1024 }),
    reason: readText(ownField(object, 'reason'), 'skipped.reason', { mayBeEmpty: true }),
  };
}
