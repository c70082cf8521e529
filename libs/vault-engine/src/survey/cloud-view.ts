import { type ClearedConversation, type VaultContent } from '@chat-vault/core';
import { type CarriedDelta, type CatalogJoin, liveMonths } from '@chat-vault/core/format';
import { type Run } from '../run/run.js';
import { monthsOf } from '../compaction/months-of.js';
import { type Survey } from './survey.js';
import { readUnfolded, type UnfoldedContents } from './unfolded-contents.js';

/** What is known of the cloud besides the content of month vaults. */
export interface CloudView {
  readonly survey: Survey;
  readonly join: CatalogJoin;
  /** All unfolded deltas. */
  readonly deltas: UnfoldedContents['deltas'];
  readonly contents: readonly VaultContent[];
  /** Paths of those that could not be read. */
  readonly damaged: readonly string[];
  /** The clearings of carried deltas and of all others. */
  readonly cleared: readonly ClearedConversation[];
}

/** Reads the unfolded deltas. */
export async function lookAt(run: Run, survey: Survey, join: CatalogJoin): Promise<CloudView> {
  const { deltas, damaged } = await readUnfolded(run, survey.listing, join);
  const contents = deltas.map(({ vault }) => vault);
  const cleared = [...join.cleared, ...clearingsIn({ contents })];
  return { survey, join, deltas, contents, damaged, cleared };
}

/** Carried deltas that are not listed, or that could not be read. */
export function unreadCarried({ join, survey, damaged }: CloudView): readonly CarriedDelta[] {
  const listed = new Set(survey.listing.deltas.map((delta) => delta.vaultId));
  return join.carried.filter(({ vaultId, path }) => !listed.has(vaultId) || damaged.includes(path));
}

/** The months of the deltas that a carried delta came from. */
export const monthsOfSources = (
  { folded }: CatalogJoin,
  { from }: CarriedDelta,
): readonly string[] => [...new Set(from.flatMap((id) => folded[id] ?? []))].sort();

/** Every month of which there is something there or here, newest first. */
export const allMonths = (
  { join, contents }: CloudView,
  here: ReadonlySet<string>,
): ReadonlySet<string> =>
  new Set([...here, ...liveMonths(join), ...contents.flatMap(monthsOf)].sort().reverse());

/** The clearings that the unfolded deltas hold. */
export const clearingsIn = ({
  contents,
}: Pick<CloudView, 'contents'>): readonly ClearedConversation[] =>
  contents.flatMap(({ cleared }) => cleared);
