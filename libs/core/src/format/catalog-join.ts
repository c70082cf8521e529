import { type ClearedConversation } from '../model/records.js';
import {
  type CarriedDelta,
  type Catalog,
  type CatalogConversation,
  type CatalogVault,
  type PlainDelta,
  type SkippedFile,
} from './catalog.js';

/**
 * What several current catalogs say together (docs/vault-format.md, "Catalog"). Vaults index into the join's own `conversations`.
 * A join of one catalog says what that catalog says.
 */
export interface CatalogJoin {
  /** Ids of the joined catalogs, ascending. */
  readonly heads: readonly string[];
  /** The greatest generation, 0 when nothing was joined. */
  readonly generation: number;
  readonly minReader: number;
  readonly minCompactor: number;
  readonly keyringIds: readonly string[];
  readonly conversations: readonly CatalogConversation[];
  readonly partitions: Readonly<Record<string, readonly CatalogVault[]>>;
  readonly carried: readonly CarriedDelta[];
  readonly folded: Readonly<Record<string, readonly string[]>>;
  readonly replaced: Readonly<Record<string, readonly string[]>>;
  readonly skipped: readonly SkippedFile[];
  readonly cleared: readonly ClearedConversation[];
  /** Deltas that are not sealed and count all the same; absent when there are none. */
  readonly plain?: readonly PlainDelta[];
}

/** The join of nothing. */
export const EMPTY_JOIN: CatalogJoin = {
  heads: [],
  generation: 0,
  minReader: 1,
  minCompactor: 1,
  keyringIds: [],
  conversations: [],
  partitions: {},
  carried: [],
  folded: {},
  replaced: {},
  skipped: [],
  cleared: [],
};

/**
 * Unites current catalogs: everything that any of them says holds, a vault that any names as replaced is out, a carried delta that any
 * names as folded is out. Commutative, associative (over the sets it unites) and idempotent.
 */
export function joinCatalogs(catalogs: readonly Catalog[]): CatalogJoin {
  const folded = uniteIds(catalogs.map((catalog) => catalog.folded));
  const replaced = uniteIds(catalogs.map((catalog) => catalog.replaced));
  const conversations = uniteConversations(catalogs);
  const plain = unitePlain(catalogs);
  return {
    heads: uniqueSorted(catalogs.map((catalog) => catalog.catalogId)),
    generation: Math.max(0, ...catalogs.map((catalog) => catalog.generation)),
    minReader: Math.max(1, ...catalogs.map((catalog) => catalog.minReader)),
    minCompactor: Math.max(1, ...catalogs.map((catalog) => catalog.minCompactor)),
    keyringIds: uniqueSorted(catalogs.flatMap((catalog) => catalog.keyringIds)),
    conversations,
    partitions: unitePartitions(catalogs, conversations, replaced),
    carried: uniteCarried(catalogs).filter((carried) => !Object.hasOwn(folded, carried.vaultId)),
    folded,
    replaced,
    skipped: uniteSkipped(catalogs),
    cleared: uniteClearings(catalogs.flatMap((catalog) => catalog.cleared)),
    ...(plain.length > 0 ? { plain } : {}),
  };
}

/** Live vaults of a month, ascending by id; of one conversation when given. */
export function liveVaults(
  join: CatalogJoin,
  partition: string,
  conversationUrn?: string,
): readonly CatalogVault[] {
  const vaults = ownValue(join.partitions, partition) ?? [];
  if (conversationUrn === undefined) return vaults;
  const index = conversationIndex(join, conversationUrn);
  return index < 0 ? [] : vaults.filter((vault) => vault.conversations.includes(index));
}

/** Months with live vaults, newest first; those that name the conversation when given. */
export function liveMonths(join: CatalogJoin, conversationUrn?: string): readonly string[] {
  return Object.keys(join.partitions)
    .filter((partition) => liveVaults(join, partition, conversationUrn).length > 0)
    .sort()
    .reverse();
}

/** All live vaults with their month. */
export function allLiveVaults(
  join: CatalogJoin,
): readonly { readonly partition: string; readonly vault: CatalogVault }[] {
  return Object.entries(join.partitions).flatMap(([partition, vaults]) =>
    vaults.map((vault) => ({ partition, vault })),
  );
}

/** Place of a conversation in `join.conversations` (sorted by urn), -1 when absent. */
function conversationIndex(join: CatalogJoin, urn: string): number {
  let low = 0;
  let high = join.conversations.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const order = compareText(join.conversations[middle]?.urn ?? '', urn);
    if (order === 0) return middle;
    if (order < 0) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}

function uniteConversations(catalogs: readonly Catalog[]): readonly CatalogConversation[] {
  const last = new Map<string, string>();
  for (const catalog of catalogs)
    for (const conversation of catalog.conversations)
      if (conversation.last > (last.get(conversation.urn) ?? '') || !last.has(conversation.urn))
        last.set(conversation.urn, conversation.last);
  return [...last]
    .sort(([a], [b]) => compareText(a, b))
    .map(([urn, lastAt]) => ({ urn, last: lastAt }));
}

function unitePartitions(
  catalogs: readonly Catalog[],
  conversations: readonly CatalogConversation[],
  replaced: Readonly<Record<string, readonly string[]>>,
): Readonly<Record<string, readonly CatalogVault[]>> {
  const indexByUrn = new Map(conversations.map((conversation, index) => [conversation.urn, index]));
  const partitions = new Map<string, Map<string, CatalogVault>>();
  for (const catalog of catalogs) {
    const indexes = catalog.conversations.map(
      (conversation) => indexByUrn.get(conversation.urn) ?? -1,
    );
    for (const [partition, vaults] of Object.entries(catalog.partitions)) {
      const united = partitions.get(partition) ?? new Map<string, CatalogVault>();
      partitions.set(partition, united);
      for (const vault of vaults) {
        if (Object.hasOwn(replaced, vault.vaultId)) continue;
        const remapped = {
          ...vault,
          conversations: vault.conversations
            .map((index) => indexes[index] ?? -1)
            .sort((a, b) => a - b),
        };
        united.set(vault.vaultId, richerVault(united.get(vault.vaultId), remapped));
      }
    }
  }
  return Object.fromEntries(
    [...partitions]
      .filter(([, vaults]) => vaults.size > 0)
      .sort(([a], [b]) => compareText(a, b))
      .map(([partition, vaults]) => [
        partition,
        [...vaults.values()].sort((a, b) => compareText(a.vaultId, b.vaultId)),
      ]),
  );
}

/** Two catalogs may differ only in whether `from` was dropped; the one that knows it says more. */
function richerVault(a: CatalogVault | undefined, b: CatalogVault): CatalogVault {
  return a?.from === undefined ? b : a;
}

function uniteCarried(catalogs: readonly Catalog[]): readonly CarriedDelta[] {
  const carried = new Map<string, CarriedDelta>();
  for (const catalog of catalogs)
    for (const delta of catalog.carried) {
      const known = carried.get(delta.vaultId);
      const from = uniqueSorted([...(known?.from ?? []), ...delta.from]);
      carried.set(delta.vaultId, { vaultId: delta.vaultId, path: delta.path, from });
    }
  return [...carried.values()].sort((a, b) => compareText(a.vaultId, b.vaultId));
}

/** One reason a file, whatever the order of the catalogs. */
function uniteSkipped(catalogs: readonly Catalog[]): readonly SkippedFile[] {
  const skipped = new Map<string, SkippedFile>();
  for (const file of catalogs.flatMap((catalog) => catalog.skipped)) {
    const known = skipped.get(file.path);
    if (known === undefined || file.reason < known.reason) skipped.set(file.path, file);
  }
  return [...skipped.values()].sort((a, b) => compareText(a.path, b.path));
}

/** One digest a path, whatever the order of the catalogs. */
function unitePlain(catalogs: readonly Catalog[]): readonly PlainDelta[] {
  const plain = new Map<string, PlainDelta>();
  for (const delta of catalogs.flatMap((catalog) => catalog.plain ?? [])) {
    const known = plain.get(delta.path);
    if (known === undefined || delta.sha256 < known.sha256) plain.set(delta.path, delta);
  }
  return [...plain.values()].sort((a, b) => compareText(a.path, b.path));
}

function uniteIds(
  records: readonly Readonly<Record<string, readonly string[]>>[],
): Readonly<Record<string, readonly string[]>> {
  const united = new Map<string, Set<string>>();
  for (const record of records)
    for (const [id, partitions] of Object.entries(record)) {
      const known = united.get(id) ?? new Set<string>();
      united.set(id, known);
      for (const partition of partitions) known.add(partition);
    }
  return Object.fromEntries(
    [...united]
      .sort(([a], [b]) => compareText(a, b))
      .map(([id, partitions]) => [id, [...partitions].sort()]),
  );
}

/** Drops clearings that another one covers in both fields. */
function uniteClearings(cleared: readonly ClearedConversation[]): readonly ClearedConversation[] {
  const kept: ClearedConversation[] = [];
  const byUrn = [...cleared].sort(
    (a, b) =>
      compareText(a.conversationUrn, b.conversationUrn) ||
      compareText(b.upTo, a.upTo) ||
      compareText(b.stamp, a.stamp) ||
      compareText(b.deletedAt, a.deletedAt),
  );
  for (const clearing of byUrn) {
    const isCoveredByOther = kept.some(
      (other) =>
        other.conversationUrn === clearing.conversationUrn &&
        other.upTo >= clearing.upTo &&
        other.stamp >= clearing.stamp,
    );
    if (!isCoveredByOther) kept.push(clearing);
  }
  return kept;
}

const ownValue = <Value>(
  record: Readonly<Record<string, Value>>,
  key: string,
): Value | undefined => (Object.hasOwn(record, key) ? record[key] : undefined);

const uniqueSorted = (ids: readonly string[]): readonly string[] => [...new Set(ids)].sort();

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
