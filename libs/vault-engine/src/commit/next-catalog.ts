import { type ClearedConversation } from '@chat-vault/core';
import {
  allLiveVaults,
  type CarriedDelta,
  type Catalog,
  type CatalogJoin,
  type CatalogVault,
  type PlainDelta,
  type SkippedFile,
} from '@chat-vault/core/format';
import { deltaIdOf } from './delta-id.js';
import { type PlanProduct } from '../state/stored-plan.js';

/** What a commit changes against the join of the current catalogs. */
export interface CommitChange {
  /** New live vaults by month. */
  readonly added: Readonly<Record<string, readonly PlanProduct[]>>;
  /** Files newly replaced, with their month; they stop being live. */
  readonly replaced: Readonly<Record<string, readonly string[]>>;
  /** Deltas newly folded, with the months of their records. */
  readonly folded: Readonly<Record<string, readonly string[]>>;
  /** The carried delta that takes the place of folded ones. */
  readonly carried?: CarriedDelta;
  /** Clearings of all carried deltas; what the join has when absent. */
  readonly cleared?: readonly ClearedConversation[];
  /** Live or carried entries to drop because their files are gone (repair only). */
  readonly dropped?: ReadonlySet<string>;
  /** Deltas that are to be read again (repair only). */
  readonly unfolded?: ReadonlySet<string>;
  /** Replaced vaults that become live again (repair only). */
  readonly unreplaced?: ReadonlySet<string>;
  /** Damaged files that are newly replaced or folded although not all of them could be read (repair only). */
  readonly skipped?: readonly SkippedFile[];
  /** Plain deltas that count in a sealed vault (turning encryption on only). */
  readonly plain?: readonly PlainDelta[];
}

/** Who commits, on top of what. */
export interface CommitContext {
  readonly join: CatalogJoin;
  readonly catalogId: string;
  readonly deviceId: string;
  readonly account: string | undefined;
  /** Top-level fields of the joined catalogs that this version does not know. */
  readonly extra: Catalog['extra'];
  /** Ancestors listed recently. */
  readonly ancestors: readonly string[];
  /** Superseded ids whose files were gone in two complete listings of two commits. */
  readonly forgotten: ReadonlySet<string>;
  /** Whether a file of this id (delta or vault) may still be somewhere; `from` is dropped when none of its ids is. */
  readonly isKnown: (id: string) => boolean;
}

/** The catalog that says what the join says, and the change. Pure. */
export function nextCatalog(context: CommitContext, change: CommitChange): Catalog {
  const { join } = context;
  const folded = forget({ ...join.folded, ...change.folded }, context.forgotten, change.unfolded);
  const replaced = forget(
    { ...join.replaced, ...change.replaced },
    context.forgotten,
    change.unreplaced,
  );
  const urns = collectConversations(join, change);
  const indexOf = new Map(urns.map((conversation, index) => [conversation.urn, index]));
  const isOut = (id: string) =>
    Object.hasOwn(change.replaced, id) || change.dropped?.has(id) === true;
  const carried = [...join.carried, ...(change.carried ? [change.carried] : [])].filter(
    (delta) => !Object.hasOwn(folded, delta.vaultId) && change.dropped?.has(delta.vaultId) !== true,
  );
  const plain = nextPlain(context, change);
  return {
    version: 1,
    kind: 'catalog',
    catalogId: context.catalogId,
    generation: join.generation + 1,
    parents: join.heads,
    ancestors: [...new Set(context.ancestors)].filter((id) => !join.heads.includes(id)).sort(),
    writtenBy: context.deviceId,
    minReader: join.minReader,
    minCompactor: join.minCompactor,
    keyringIds: join.keyringIds,
    ...(context.account === undefined ? {} : { account: context.account }),
    ...(context.extra === undefined ? {} : { extra: context.extra }),
    conversations: urns,
    partitions: nextPartitions(context, change, indexOf, isOut),
    carried,
    folded,
    replaced,
    skipped: nextSkipped(join, change),
    cleared: change.cleared ?? join.cleared,
    ...(plain.length > 0 ? { plain } : {}),
  };
}

/** Kept until the file is known to be gone: a folded one may have to count again. */
function nextPlain(
  { join, forgotten }: CommitContext,
  change: CommitChange,
): readonly PlainDelta[] {
  const byPath = new Map(
    [...(join.plain ?? []), ...(change.plain ?? [])].map((delta) => [delta.path, delta]),
  );
  return [...byPath.values()]
    .filter(({ path }) => !forgotten.has(deltaIdOf(path)))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

function nextPartitions(
  context: CommitContext,
  change: CommitChange,
  indexOf: ReadonlyMap<string, number>,
  isOut: (id: string) => boolean,
): Catalog['partitions'] {
  const { join } = context;
  const partitions = new Map<string, CatalogVault[]>();
  const add = (partition: string, vault: CatalogVault) => {
    const vaults = partitions.get(partition) ?? [];
    partitions.set(partition, [...vaults.filter((one) => one.vaultId !== vault.vaultId), vault]);
  };
  const indexes = (urns: readonly string[]) =>
    urns.map((urn) => indexOf.get(urn) ?? -1).sort((a, b) => a - b);
  for (const { partition, vault } of allLiveVaults(join)) {
    if (isOut(vault.vaultId)) continue;
    const urns = vault.conversations.map((index) => join.conversations[index]?.urn ?? '');
    const { from, ...rest } = vault;
    const isFromKnown = from?.some((id) => context.isKnown(id)) === true;
    add(partition, {
      ...rest,
      conversations: indexes(urns),
      ...(from && isFromKnown ? { from } : {}),
    });
  }
  for (const [partition, products] of Object.entries(change.added))
    for (const { vault, conversations } of products)
      add(partition, { ...vault, conversations: indexes(conversations.map(({ urn }) => urn)) });
  return Object.fromEntries(
    [...partitions]
      .filter(([, vaults]) => vaults.length > 0)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([partition, vaults]) => [
        partition,
        vaults.sort((a, b) => (a.vaultId < b.vaultId ? -1 : 1)),
      ]),
  );
}

function collectConversations(join: CatalogJoin, change: CommitChange): Catalog['conversations'] {
  const last = new Map(
    join.conversations.map((conversation) => [conversation.urn, conversation.last]),
  );
  for (const products of Object.values(change.added))
    for (const { conversations } of products)
      for (const { urn, last: at } of conversations)
        if (at >= (last.get(urn) ?? '')) last.set(urn, at);
  return [...last].sort(([a], [b]) => (a < b ? -1 : 1)).map(([urn, at]) => ({ urn, last: at }));
}

/** A file that is live again is not skipped any more. */
function nextSkipped(join: CatalogJoin, change: CommitChange): Catalog['skipped'] {
  const live = new Set(
    Object.values(change.added).flatMap((products) => products.map(({ vault }) => vault.path)),
  );
  const skipped = new Map(
    [...join.skipped, ...(change.skipped ?? [])].map((file) => [file.path, file]),
  );
  return [...skipped.values()]
    .filter(({ path }) => !live.has(path))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

function forget(
  ids: Readonly<Record<string, readonly string[]>>,
  ...out: readonly (ReadonlySet<string> | undefined)[]
): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(
    Object.entries(ids).filter(([id]) => !out.some((set) => set?.has(id) === true)),
  );
}
