import { canonicalJson } from '../json/canonical-json.js';
import { compareText } from '../model/message-key.js';
import {
  type ClearedConversation,
  type MessageTombstone,
  type Reaction,
  type StampedMessage,
  type VaultContent,
} from '../model/records.js';
import {
  compareClearings,
  compareReactions,
  compareVersions,
  isTombstone,
  type MessageVersion,
} from './compare-versions.js';

/** Nothing. */
export const EMPTY_CONTENT: VaultContent = {
  messages: [],
  tombstones: [],
  reactions: [],
  cleared: [],
};

/**
 * Merges contents into one: of each message key, reaction and clearing the greatest version. Commutative, associative and idempotent, and a pure function of the
 * records: it looks at no clock (docs/vault-format.md, "Merge"). Messages and tombstones that a clearing covers are left out, clearings that another covers too;
 * reactions always stay. The result is sorted by conversation, instant, id and sender.
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
  for (const version of versions) {
    if (isGone(version)) continue;
    if (isTombstone(version)) tombstones.push(version);
    else messages.push(version);
  }
  const reactions = mergeSorted(
    all.map((content) => content.reactions.map(toEntry)),
    compareReactions,
  );
  const extra = mergeExtras(all);
  return { messages, tombstones, reactions, cleared, ...(extra === undefined ? {} : { extra }) };
}

/** Whether a clearing removes the record: sent at or before its `upTo`, stamped at or before it. */
export function isCovered(
  record: {
    readonly conversationUrn: string;
    readonly sentTimestamp: string;
    readonly stamp: string;
  },
  cleared: readonly ClearedConversation[],
): boolean {
  return cleared.some(
    (clearing) =>
      clearing.conversationUrn === record.conversationUrn &&
      record.sentTimestamp <= clearing.upTo &&
      record.stamp <= clearing.stamp,
  );
}

/** Clearings without those that another covers in both fields, sorted. */
export function mergeClearings(
  cleared: readonly ClearedConversation[],
): readonly ClearedConversation[] {
  if (cleared.length < 2) return [...cleared];
  const kept: ClearedConversation[] = [];
  for (const clearing of [...cleared].sort((a, b) => -compareClearings(a, b))) {
    const isRedundant = kept.some(
      (other) =>
        other.conversationUrn === clearing.conversationUrn &&
        other.upTo >= clearing.upTo &&
        other.stamp >= clearing.stamp,
    );
    if (!isRedundant) kept.push(clearing);
  }
  return kept.reverse();
}

function coverTest(cleared: readonly ClearedConversation[]): (version: MessageVersion) => boolean {
  if (cleared.length === 0) return () => false;
  const byConversation = new Map<string, ClearedConversation[]>();
  for (const clearing of cleared) {
    const known = byConversation.get(clearing.conversationUrn);
    if (known) known.push(clearing);
    else byConversation.set(clearing.conversationUrn, [clearing]);
  }
  return (version) => isCovered(version, byConversation.get(version.conversationUrn) ?? []);
}

interface Entry<Record> {
  readonly urn: string;
  readonly at: string;
  readonly id: string;
  readonly senderId: string;
  readonly record: Record;
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
): readonly Item[] {
  const entries = lists.filter((list) => list.length > 0).flat();
  if (!isSorted(entries)) entries.sort(comparePlaces);
  const winners: Entry<Item>[] = [];
  for (const entry of entries) {
    const last = winners.at(-1);
    if (last === undefined || comparePlaces(last, entry) !== 0) winners.push(entry);
    else if (compare(entry.record, last.record) > 0) winners[winners.length - 1] = entry;
  }
  return winners.map((entry) => entry.record);
}

function comparePlaces(a: Entry<unknown>, b: Entry<unknown>): number {
  if (a.urn !== b.urn) return a.urn < b.urn ? -1 : 1;
  if (a.at !== b.at) return a.at < b.at ? -1 : 1;
  if (a.id !== b.id) return a.id < b.id ? -1 : 1;
  return compareText(a.senderId, b.senderId);
}

function isSorted(entries: readonly Entry<unknown>[]): boolean {
  for (let index = 1; index < entries.length; index++)
    if (comparePlaces(entries[index - 1] as Entry<unknown>, entries[index] as Entry<unknown>) > 0)
      return false;
  return true;
}

/** Unknown top-level fields are united; of arrays with one name, all distinct items stay. */
function mergeExtras(contents: readonly VaultContent[]): VaultContent['extra'] {
  const extras = contents.flatMap(({ extra }) => (extra === undefined ? [] : [extra]));
  if (extras.length === 0) return undefined;
  const united = new Map<string, Map<string, unknown>>();
  const arrays = new Set<string>();
  for (const extra of extras)
    for (const [name, value] of Object.entries(extra)) {
      if (Array.isArray(value)) arrays.add(name);
      const items = united.get(name) ?? new Map<string, unknown>();
      united.set(name, items);
      for (const item of Array.isArray(value) ? value : [value])
        items.set(canonicalJson(item), item);
    }
  return Object.fromEntries(
    [...united]
      .sort(([a], [b]) => compareText(a, b))
      .map(([name, items]) => {
        const sorted = [...items].sort(([a], [b]) => compareText(a, b)).map(([, item]) => item);
        return [name, arrays.has(name) ? sorted : sorted.at(-1)];
      }),
  );
}
