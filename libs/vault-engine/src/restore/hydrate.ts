import {
  type CoverageChange,
  type MessagePosition,
  BOTTOM_POSITION,
} from '@chat-vault/chat-storage';
import { type VaultContent } from '@chat-vault/core';
import { type CatalogJoin, type CatalogVault, type Manifest } from '@chat-vault/core/format';
import { isBadFile, isMissingFile, readManifest } from '../cloud/vault-reader.js';
import { inParallel } from '../run/in-parallel.js';
import { type Run } from '../run/run.js';
import { mergeHere } from './merge-here.js';
import { monthLines, type MonthLines } from './month-coverage.js';
import { comparePositions, firstPositionWithin, lastPositionWithin, newerOf } from './position.js';
import { readSegments, reportUnreadable, type SegmentTarget } from './segment-reader.js';

/** What is known of the cloud when a month is read. */
export interface CloudView {
  readonly join: CatalogJoin;
  readonly applied: ReadonlySet<string>;
}

/** One conversation in one month. */
export interface ConversationMonth {
  readonly partition: string;
  readonly conversationUrn: string;
}

/** How far a conversation of a month is complete here. */
export interface HydratedMonth {
  /** Everything strictly above it is here, save what `failed` says. */
  readonly line: MessagePosition;
  /** What could not be read; a line is never lowered past it. */
  readonly failed: Error | undefined;
}

/** A segment that has not been merged whole for a conversation, with the newest place of it that may lack. */
interface UnreadSegment extends SegmentTarget {
  readonly last: MessagePosition;
}

/**
 * Lowers the coverage line of a conversation in a month: reads its segments from the newest on, over all live vaults that name it, until
 * about `messages` were read or nothing is left. With 0 it only tells where the line is. Segments that could not be read are noted in
 * `failedSegments` and not tried again by who passes the set again.
 */
export async function hydrateConversation(
  run: Run,
  view: CloudView,
  where: ConversationMonth,
  messages: number,
  failedSegments: Map<string, Error> = new Map(),
): Promise<HydratedMonth> {
  const lines = await monthLines(run, view, where);
  if (lines.open.length === 0) return { line: BOTTOM_POSITION, failed: undefined };
  const { unread, failed, unopened } = await findUnread(run, lines, where.conversationUrn);
  const wanted = chooseSegments(
    unread.filter((segment) => !failedSegments.has(segmentName(segment))),
    messages,
  );
  const read = new Set<SegmentTarget>();
  const contents: VaultContent[] = [];
  for (const result of await readSegments(run, wanted))
    if ('error' in result) failedSegments.set(segmentName(result.target), result.error);
    else {
      read.add(result.target);
      contents.push(result.content);
    }
  const remaining = unread.filter((segment) => !read.has(segment));
  if (read.size > 0 || unread.length === 0)
    await storeLine(run, lines, where, { remaining, failed: unopened }, contents);
  const stillReadable = remaining.filter((segment) => !failedSegments.has(segmentName(segment)));
  const segmentError = remaining
    .map((segment) => failedSegments.get(segmentName(segment)))
    .find((error) => error !== undefined);
  return { line: lineAbove(stillReadable), failed: failed ?? segmentError };
}

const segmentName = ({ vault, segment }: SegmentTarget): string =>
  `${vault.vaultId} ${segment.offset}`;

/** The manifests of live vaults, as `read` gives them; bad and missing ones are reported and left out. */
export async function readManifests(
  run: Run,
  vaults: readonly CatalogVault[],
  read: typeof readManifest = readManifest,
): Promise<{
  readonly manifests: ReadonlyMap<string, Manifest>;
  readonly unopened: readonly CatalogVault[];
  readonly error: Error | undefined;
}> {
  const manifests = new Map<string, Manifest>();
  const unopened: CatalogVault[] = [];
  let firstError: Error | undefined;
  await inParallel(vaults, run.options.maxInFlight, async (vault) => {
    try {
      manifests.set(vault.vaultId, await read(run, vault));
    } catch (error) {
      if (!isBadFile(error) && !isMissingFile(error)) throw error;
      reportUnreadable(run, vault, error);
      unopened.push(vault);
      firstError ??= error;
    }
  });
  return { manifests, unopened, error: firstError };
}

async function findUnread(
  run: Run,
  lines: MonthLines,
  conversationUrn: string,
): Promise<{
  readonly unread: readonly UnreadSegment[];
  readonly unopened: readonly CatalogVault[];
  readonly failed: Error | undefined;
}> {
  const { manifests, unopened, error } = await readManifests(run, lines.open);
  const unread: UnreadSegment[] = [];
  for (const vault of lines.open) {
    const manifest = manifests.get(vault.vaultId);
    if (manifest === undefined) continue;
    const conversation = manifest.conversations.findIndex(({ urn }) => urn === conversationUrn);
    for (const segment of manifest.segments) {
      if (!segment.conversations.includes(conversation)) continue;
      const line = lines.lineOf(vault);
      const last = lastPositionWithin(manifest, segment, conversation);
      if (comparePositions(last, line) <= 0) unread.push({ vault, manifest, segment, last });
      else if (
        lines.isInherited(vault) &&
        comparePositions(firstPositionWithin(manifest, segment, conversation), line) <= 0
      )
        unread.push({ vault, manifest, segment, last: line });
    }
  }
  unread.sort((a, b) => comparePositions(b.last, a.last));
  return { unread, unopened, failed: error };
}

/**
 * The newest segments, until they hold about as many messages as wanted (a share of those that hold several conversations). Segments that reach to the same place
 * are taken together: a line cannot lie between them.
 */
function chooseSegments(
  unread: readonly UnreadSegment[],
  messages: number,
): readonly UnreadSegment[] {
  const chosen: UnreadSegment[] = [];
  let expected = 0;
  for (const segment of unread) {
    const last = chosen.at(-1)?.last;
    const isTied = last !== undefined && comparePositions(segment.last, last) === 0;
    if (expected >= messages && !isTied) break;
    chosen.push(segment);
    expected += segment.segment.messageCount / segment.segment.conversations.length;
  }
  return chosen;
}

const lineAbove = (unread: readonly UnreadSegment[]): MessagePosition =>
  unread.reduce((line, segment) => newerOf(line, segment.last), BOTTOM_POSITION);

async function storeLine(
  run: Run,
  lines: MonthLines,
  where: ConversationMonth,
  reached: {
    readonly remaining: readonly UnreadSegment[];
    readonly failed: readonly CatalogVault[];
  },
  contents: readonly VaultContent[],
): Promise<void> {
  const { remaining, failed } = reached;
  const line = lineAbove(remaining);
  const vaults = lines.open.filter((vault) => !failed.includes(vault));
  // Below its old line, a vault has been read down to the new one; at it, something may still lack.
  const inherited = vaults.filter(
    (vault) => lines.isInherited(vault) && comparePositions(line, lines.lineOf(vault)) >= 0,
  );
  const coverage = {
    line,
    vaults: idsOf(vaults),
    ...(inherited.length > 0 ? { inherited: idsOf(inherited) } : {}),
  };
  await mergeInTurns(run, contents, [{ ...where, coverage }]);
}

const idsOf = (vaults: readonly CatalogVault[]): readonly string[] =>
  vaults.map(({ vaultId }) => vaultId);

/** Records merged in one transaction, so that no task of the page is long; coverage commits with the last. */
const RECORDS_A_TURN = 5_000;

/** Merges many segments, several a transaction; `coverage` commits with the last of them. */
export async function mergeInTurns(
  run: Run,
  contents: readonly VaultContent[],
  coverage: readonly CoverageChange[],
): Promise<void> {
  const turns: VaultContent[][] = [[]];
  let records = 0;
  for (const content of contents) {
    if (records >= RECORDS_A_TURN) {
      turns.push([]);
      records = 0;
    }
    turns.at(-1)?.push(content);
    records += content.messages.length + content.tombstones.length + content.reactions.length;
  }
  for (const [index, turn] of turns.entries()) {
    const isLast = index === turns.length - 1;
    await mergeHere(run, concatenate(turn), isLast ? { coverage } : {});
    await run.env.yield();
  }
}

/** Contents side by side, not merged: the storage merges them. */
export function concatenate(contents: readonly VaultContent[]): VaultContent {
  return {
    messages: contents.flatMap((content) => content.messages),
    tombstones: contents.flatMap((content) => content.tombstones),
    reactions: contents.flatMap((content) => content.reactions),
    cleared: contents.flatMap((content) => content.cleared),
  };
}
