import { FormatError } from '../errors/format-error.js';
import {
  type JsonObject,
  malformed,
  ownField,
  readCount,
  readHex,
  readList,
  readObject,
  readText,
  readUuid,
} from '../json/read-json.js';
import { readUnknown, withoutKnown } from '../json/unknown-fields.js';
import { mergeClearings } from '../merge/clearings.js';
import { mergeContents } from '../merge/merge-contents.js';
import {
  parseClearing,
  parseReaction,
  parseStampedMessage,
  parseTombstone,
} from '../model/parse-records.js';
import { recordToJson } from '../model/record-json.js';
import { type ChatVault, type VaultContent } from '../model/records.js';
import { FORMAT_VERSION, MAX_VAULT_RECORDS } from './limits.js';
import { checkVersion } from './read-version.js';

const VAULT_FIELDS = new Set(
  'version vaultId rangeStart rangeEnd messageCount messages tombstones reactions cleared writer account'.split(
    ' ',
  ),
);

/**
 * Makes a vault of content: sorted, with its range and count. Several versions of one key become the winner; nothing else is left
 * out. @throws FormatError `too-large` for more than 65,536 records
 */
export function createVault(options: {
  readonly vaultId: string;
  readonly content: VaultContent;
  readonly writer?: ChatVault['writer'];
  readonly account?: string;
}): ChatVault {
  const { vaultId, content, writer, account } = options;
  // The clearings are merged apart: in one file they do not remove the records beside them.
  const { extra, ...merged } = mergeContents([{ ...content, cleared: [] }]);
  const lists = { ...merged, cleared: mergeClearings(content.cleared) };
  checkRecordCount(lists);
  return {
    version: FORMAT_VERSION,
    vaultId,
    ...rangeOf(lists),
    messageCount: lists.messages.length,
    ...lists,
    ...(writer === undefined ? {} : { writer }),
    ...(account === undefined ? {} : { account }),
    ...(extra === undefined ? {} : { extra }),
  };
}

/** The JSON form of a vault. */
export function vaultToJson(vault: ChatVault): JsonObject {
  const { extra, messages, tombstones, reactions, cleared, ...fields } = vault;
  return {
    ...(extra === undefined ? undefined : withoutKnown(extra, VAULT_FIELDS)),
    ...fields,
    messages: messages.map(recordToJson),
    tombstones: tombstones.map(recordToJson),
    reactions: reactions.map(recordToJson),
    cleared: cleared.map(recordToJson),
  };
}

/**
 * A vault from JSON, strict about types and sizes; of one month only when `partition` is given. Its records may be in any order and
 * need not be merged. Unknown fields are kept.
 * @throws FormatError `malformed`, `too-large`, `upgrade-required`
 */
export function parseVault(json: unknown, options?: { readonly partition?: string }): ChatVault {
  const object = readObject(json, 'vault');
  checkVersion(object);
  const lists = {
    messages: readRecords(object, 'messages', parseStampedMessage),
    tombstones: readRecords(object, 'tombstones', parseTombstone),
    reactions: readRecords(object, 'reactions', parseReaction),
    cleared: readRecords(object, 'cleared', parseClearing),
  };
  checkRecordCount(lists);
  if (readCount(ownField(object, 'messageCount'), 'messageCount') !== lists.messages.length)
    throw malformed('messageCount', 'the number of messages');
  const range = readRange(object, lists);
  if (options?.partition !== undefined) checkPartition(range, options.partition);
  const extra = readUnknown(object, VAULT_FIELDS);
  return {
    version: FORMAT_VERSION,
    vaultId: readUuid(ownField(object, 'vaultId'), 'vaultId'),
    ...range,
    messageCount: lists.messages.length,
    ...lists,
    ...readOrigin(object),
    ...(extra === undefined ? {} : { extra }),
  };
}

type Range = Pick<ChatVault, 'rangeStart' | 'rangeEnd'>;

/** Smallest and largest instant over all records that have one, `''` when there are none. */
function rangeOf(content: VaultContent): Range {
  let rangeStart = '';
  let rangeEnd = '';
  for (const records of [content.messages, content.tombstones, content.reactions])
    for (const { sentTimestamp } of records) {
      if (rangeStart === '' || sentTimestamp < rangeStart) rangeStart = sentTimestamp;
      if (sentTimestamp > rangeEnd) rangeEnd = sentTimestamp;
    }
  return { rangeStart, rangeEnd };
}

/** An absent list is an empty one. */
function readRecords<Item>(
  object: JsonObject,
  field: string,
  parse: (item: unknown) => Item,
): readonly Item[] {
  const value = ownField(object, field);
  return value === undefined ? [] : readList(value, field, parse, MAX_VAULT_RECORDS);
}

function checkRecordCount(content: VaultContent): void {
  const { messages, tombstones, reactions, cleared } = content;
  const count = messages.length + tombstones.length + reactions.length + cleared.length;
  if (count > MAX_VAULT_RECORDS)
    throw new FormatError(
      'too-large',
      `core: ${count} records in one vault, at most ${MAX_VAULT_RECORDS} are allowed`,
    );
}

function readRange(object: JsonObject, content: VaultContent): Range {
  const range = rangeOf(content);
  for (const field of ['rangeStart', 'rangeEnd'] as const)
    if (readText(ownField(object, field), field, { mayBeEmpty: true }) !== range[field])
      throw malformed(field, 'the range of the records');
  return range;
}

function checkPartition({ rangeStart, rangeEnd }: Range, partition: string): void {
  if (rangeStart.slice(0, 7) !== partition || rangeEnd.slice(0, 7) !== partition)
    throw malformed('rangeStart', `within the month ${partition}`);
}

function readOrigin(object: JsonObject): Pick<ChatVault, 'writer' | 'account'> {
  const writer = ownField(object, 'writer');
  const account = ownField(object, 'account');
  return {
    ...(writer === undefined ? {} : { writer: readWriter(writer) }),
    ...(account === undefined ? {} : { account: readHex(account, 'account', 16) }),
  };
}

function readWriter(value: unknown): NonNullable<ChatVault['writer']> {
  const writer = readObject(value, 'writer');
  const previous = ownField(writer, 'previous');
  return {
    deviceId: readHex(ownField(writer, 'deviceId'), 'writer.deviceId', 16),
    previous: previous === null ? null : readUuid(previous, 'writer.previous'),
  };
}
