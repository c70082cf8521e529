import { compareText } from '../json/text.js';
import {
  type MessageTombstone,
  type Reaction,
  type StampedMessage,
  type VaultContent,
} from '../model/records.js';
import { coverTest, mergeClearings } from './clearings.js';
import {
  compareReactions,
  compareVersions,
  isTombstone,
  type MessageVersion,
} from './compare-versions.js';
import { mergeUnknown } from './merge-unknown.js';

/** Nothing. */
export const EMPTY_CONTENT: VaultContent = {
  messages: [],
  tombstones: [],
  reactions: [],
  cleared: [],
};

/**
 * Merges contents into one: of each message key, reaction and clearing the greatest version. Commutative, associative and
 * idempotent, and a pure function of the records: it looks at no clock (docs/vault-format.md, "Merge"). Messages and tombstones
 * that a clearing covers are left out, and so are clearings that another covers; reactions always stay. The result is sorted by
 * conversation, instant, id and sender, whatever the order of the input; records are passed on, not copied.
 */
export function mergeContents(contents: Iterable<VaultContent>): VaultContent {
  const all = [...contents];
  const cleared = mergeClearings(all.flatMap((content) => content.cleared));
  const isGone = coverTest(cleared);
  const versions = mergeSorted(
    all.flatMap((content) => [content.messages.map(toEntry), content.tombstones.map(toEntry)]),
    compareVersions,
  );
  const messages: StampedMessage[] = [];
  const tombstones: MessageTombstone[] = [];
  for (const { record } of versions) {
    if (isGone(record)) continue;
    if (isTombstone(record)) tombstones.push(record);
    else messages.push(record);
  }
  const reactions = mergeSorted(
    all.map((content) => content.reactions.map(toEntry)),
    compareReactions,
  ).map(({ record }) => record);
  const extra = mergeUnknown(all);
  return { messages, tombstones, reactions, cleared, ...(extra === undefined ? {} : { extra }) };
}

/** A record and its place, with names that records of all kinds share. */
interface Entry<Item> {
  readonly urn: string;
  readonly at: string;
  readonly id: string;
  readonly senderId: string;
  readonly record: Item;
}

function toEntry<Item extends MessageVersion | Reaction>(record: Item): Entry<Item> {
  const isMessage = 'id' in record;
  return {
    urn: record.conversationUrn,
    at: record.sentTimestamp,
    id: isMessage ? record.id : record.messageId,
    senderId: !isMessage && 'emoji' in record ? record.senderId : '',
    record,
  };
}

/** Concatenates, sorts by place, and keeps the greatest record of each place. Runs that are sorted already sort in about linear time. */
function mergeSorted<Item>(
  lists: readonly (readonly Entry<Item>[])[],
  compare: (a: Item, b: Item) => number,
): readonly Entry<Item>[] {
  const entries = lists.flat();
  if (!isSorted(entries)) entries.sort(comparePlaces);
  const winners: Entry<Item>[] = [];
  for (const entry of entries) {
    const last = winners.at(-1);
    if (last === undefined || comparePlaces(last, entry) !== 0) winners.push(entry);
    else if (compare(entry.record, last.record) > 0) winners[winners.length - 1] = entry;
  }
  return winners;
}

function comparePlaces(a: Entry<unknown>, b: Entry<unknown>): number {
  if (a.urn !== b.urn) return a.urn < b.urn ? -1 : 1;
  if (a.at !== b.at) return a.at < b.at ? -1 : 1;
  if (a.id !== b.id) return a.id < b.id ? -1 : 1;
  return compareText(a.senderId, b.senderId);
}

function isSorted(entries: readonly Entry<unknown>[]): boolean {
  let last: Entry<unknown> | undefined;
  for (const entry of entries) {
    if (last !== undefined && comparePlaces(last, entry) > 0) return false;
    last = entry;
  }
  return true;
}
