import {
  BOTTOM_POSITION,
  type Coverage,
  type CoverageEntry,
  type MessagePosition,
  TOP_POSITION,
} from '@chat-vault/chat-storage';
import { type CatalogJoin, type CatalogVault, liveVaults } from '@chat-vault/core/format';
import { type Run } from '../run/run.js';
import { isBottom } from './position.js';

/** The coverage entry of all conversations of a month. */
export const ALL = '*';

/** Whether the whole content of a vault is here by what was applied: itself, or everything that it was made from. */
export function isHeld(vault: CatalogVault, applied: ReadonlySet<string>): boolean {
  return applied.has(vault.vaultId) || isMadeFrom(vault, applied, new Set());
}

/** Whether a vault brings nothing new to one who has `applied` and what `covered` vaults hold down to some line. */
function isMadeFrom(
  vault: CatalogVault,
  applied: ReadonlySet<string>,
  covered: ReadonlySet<string>,
): boolean {
  return (
    vault.from !== undefined &&
    vault.from.length > 0 &&
    vault.from.every((id) => applied.has(id) || covered.has(id))
  );
}

/** How far each live vault of a month has been merged for one conversation. */
export interface MonthLines {
  /** Live vaults that name the conversation and are not wholly here. */
  readonly open: readonly CatalogVault[];
  /** Everything of the vault strictly above this place was merged. */
  lineOf(vault: CatalogVault): MessagePosition;
  /** Whether segments of the vault that reach over its line were not read whole. */
  isInherited(vault: CatalogVault): boolean;
}

/** Reads the coverage of one conversation in one month and applies it to the vaults that are live now. */
export async function monthLines(
  run: Run,
  from: { readonly join: CatalogJoin; readonly applied: ReadonlySet<string> },
  where: { readonly partition: string; readonly conversationUrn: string },
): Promise<MonthLines> {
  const { partition, conversationUrn } = where;
  const live = liveVaults(from.join, partition, conversationUrn).filter(
    (vault) => !isHeld(vault, from.applied),
  );
  if (live.length === 0)
    return { open: [], lineOf: () => BOTTOM_POSITION, isInherited: () => false };
  const { storage, provider } = run;
  const [all, own] = await Promise.all([
    storage.coverage(provider, partition),
    storage.coverage(provider, partition, conversationUrn),
  ]);
  const inAll = closeOver(live, from.applied, all);
  const inOwn = closeOver(live, from.applied, own);
  const lineOf = (vault: CatalogVault): MessagePosition => {
    if (isBottom(all.line) && inAll.has(vault.vaultId)) return BOTTOM_POSITION;
    return inOwn.has(vault.vaultId) ? own.line : TOP_POSITION;
  };
  const inherited = new Set(inheritedOf(own, inOwn));
  return {
    open: live.filter((vault) => !isBottom(lineOf(vault))),
    lineOf,
    isInherited: ({ vaultId }) => inherited.has(vaultId),
  };
}

/** Those of the covered vaults that nobody read down to the line of the entry. */
export const inheritedOf = (entry: Coverage, covered: ReadonlySet<string>): readonly string[] =>
  [...covered].filter((id) => !entry.vaults.includes(id) || entry.inherited?.includes(id) === true);

/** The vaults of a coverage set, and the live ones made only from them and from what was applied. */
export function closeOver(
  live: readonly CatalogVault[],
  applied: ReadonlySet<string>,
  coverage: Coverage,
): ReadonlySet<string> {
  const covered = new Set(coverage.vaults);
  for (let hasGrown = true; hasGrown;) {
    hasGrown = false;
    for (const vault of live) {
      if (covered.has(vault.vaultId) || !isMadeFrom(vault, applied, covered)) continue;
      covered.add(vault.vaultId);
      hasGrown = true;
    }
  }
  return covered;
}

/** Live vaults that concern a coverage entry. */
export function liveFor(join: CatalogJoin, entry: CoverageEntry): readonly CatalogVault[] {
  return entry.conversationUrn === ALL
    ? liveVaults(join, entry.partition)
    : liveVaults(join, entry.partition, entry.conversationUrn);
}
