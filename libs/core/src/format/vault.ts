import { FormatError } from '../errors/format-error.js';
import {
  type JsonObject,
  malformed,
  ownField,
  readCount,
  readExtra,
  readHex,
  readList,
  readObject,
  readText,
  readUuid,
} from '../json/read-json.js';
import { mergeContents } from '../merge/merge-contents.js';
import { compareText } from '../model/message-key.js';
import {
  parseClearing,
  parseReaction,
  parseStampedMessage,
  parseTombstone,
} from '../model/parse-records.js';
import { recordToJson } from '../model/record-json.js';
import { type ChatVault, type VaultContent } from '../model/records.js';
import { FORMAT_VERSION, MAX_VAULT_RECORDS } from './limits.js';

const VAULT_FIELDS = new Set(
  'version vaultId rangeStart rangeEnd messageCount messages tombstones reactions cleared writer account'.split(
    ' ',
  ),
);

/** Makes a vault of content: sorted, with its range and count. Several versions of one key become the winner; nothing else is left out. */
export function createVault(options: {
  readonly vaultId: string;
  readonly content: VaultContent;
  readonly writer?: ChatVault['writer'];
  readonly account?: string;
}): ChatVault {
  const { vaultId, content, writer, account } = options;
  const { messages, tombstones, reactions, extra } = mergeContents([{ ...content, cleared: [] }]);
  const { cleared } = mergeContents([
    { messages: [], tombstones: [], reactions: [], cleared: content.cleared },
  ]);
  const { rangeStart, rangeEnd } = rangeOf({ messages, tombstones, reactions });
  return {
    version: FORMAT_VERSION,
    vaultId,
    rangeStart,
    rangeEnd,
    messageCount: messages.length,
    messages,
    tombstones,
    reactions,
    cleared,
    ...(writer === undefined ? {} : { writer }),
    ...(account === undefined ? {} : { account }),
    ...(extra === undefined ? {} : { extra }),
  };
}

/** The JSON form of a vault. */
export function vaultToJson(vault: ChatVault): Readonly<Record<string, unknown>> {
  const { extra, messages, tombstones, reactions, cleared, ...fields } = vault;
  return {
    ...extra,
    ...fields,
    messages: messages.map(recordToJson),
    tombstones: tombstones.map(recordToJson),
    reactions: reactions.map(recordToJson),
    cleared: cleared.map(recordToJson),
  };
}

/**
 * A vault from JSON, strict about types and sizes; of one month only when `partition` is given. Unknown fields are kept.
 * @throws FormatError `malformed`, `too-large`, `upgrade-required`
 */
export function parseVault(json: unknown, options?: { readonly partition?: string }): ChatVault {
  const object = readObject(json, 'vault');
  checkVersion(object);
  const list = <Item>(field: string, parse: (item: unknown) => Item) =>
    readList(ownField(object, field) ?? [], field, parse, MAX_VAULT_RECORDS);
  const content = {
    messages: list('messages', parseStampedMessage),
    tombstones: list('tombstones', parseTombstone),
    reactions: list('reactions', parseReaction),
    cleared: list('cleared', parseClearing),
  };
  const records =
    content.messages.length +
    content.tombstones.length +
    content.reactions.length +
    content.cleared.length;
  if (records > MAX_VAULT_RECORDS)
    throw new FormatError('too-large', `core: a vault of ${records} records`);
  if (readCount(ownField(object, 'messageCount'), 'messageCount') !== content.messages.length)
    throw malformed('messageCount', 'the number of messages');
  const { rangeStart, rangeEnd } = readRange(object, content);
  if (options?.partition !== undefined) checkPartition(rangeStart, rangeEnd, options.partition);
  const extra = readExtra(object, VAULT_FIELDS);
  return {
    version: FORMAT_VERSION,
    vaultId: readUuid(ownField(object, 'vaultId'), 'vaultId'),
    rangeStart,
    rangeEnd,
    messageCount: content.messages.length,
    ...content,
    ...readOrigin(object),
    ...(extra === undefined ? {} : { extra }),
  };
}

/** Refuses what a newer version wrote. @throws FormatError `upgrade-required`, `malformed` */
export function checkVersion(object: JsonObject): void {
  const version = readCount(ownField(object, 'version'), 'version');
  const minReader = ownField(object, 'minReader');
  const needed = Math.max(version, minReader === undefined ? 1 : readCount(minReader, 'minReader'));
  if (needed > FORMAT_VERSION)
    throw new FormatError(
      'upgrade-required',
      `core: written by version ${needed} of the format, this library reads ${FORMAT_VERSION}`,
    );
  if (version < 1) throw malformed('version', 'a version of the format');
}

/** Smallest and largest instant over records, `''` when there are none. */
export function rangeOf(content: Omit<VaultContent, 'cleared'>): {
  readonly rangeStart: string;
  readonly rangeEnd: string;
} {
  let rangeStart = '';
  let rangeEnd = '';
  for (const records of [content.messages, content.tombstones, content.reactions])
    for (const { sentTimestamp } of records) {
      if (rangeStart === '' || compareText(sentTimestamp, rangeStart) < 0)
        rangeStart = sentTimestamp;
      if (compareText(sentTimestamp, rangeEnd) > 0) rangeEnd = sentTimestamp;
    }
  return { rangeStart, rangeEnd };
}

function readRange(
  object: JsonObject,
  content: Omit<VaultContent, 'cleared'>,
): ReturnType<typeof rangeOf> {
  const range = rangeOf(content);
  for (const field of ['rangeStart', 'rangeEnd'] as const)
    if (readText(ownField(object, field), field, { mayBeEmpty: true }) !== range[field])
      throw malformed(field, 'the range of the records');
  return range;
}

function checkPartition(rangeStart: string, rangeEnd: string, partition: string): void {
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
