import { type CatalogJoin, liveMonths, liveVaults, parsePath } from '@chat-vault/core/format';
import { isBottom } from '../restore/position.js';
import { monthLines } from '../restore/month-coverage.js';
import { type Run } from '../run/run.js';
import { warn } from '../run/tally.js';
import { loadState } from '../state/engine-state.js';
import { lackingRecords } from '../repair/lacking-records.js';
import { keyText, type MonthContent, readMonthContent } from '../survey/month-content.js';
import { type Survey, surveyCloud } from '../survey/survey.js';
import { readUnfolded } from '../survey/unfolded-contents.js';
import { groupByKey } from '../compaction/key-groups.js';

/** What a check found. */
export interface VerifyOutcome {
  readonly filesChecked: number;
  readonly messagesInCloud: number;
  readonly foreign: readonly string[];
  readonly damaged: readonly string[];
  readonly missing: readonly string[];
  readonly unnamed: readonly string[];
  readonly unsealed: readonly string[];
  readonly missingRecords: number;
  readonly missingLocally: number;
}

/** Reads everything (or one month) and compares: digests, grammar, counts, the chain of deltas, and the cloud's records with those here. Changes nothing. */
export async function verifyVault(run: Run, month?: string): Promise<VerifyOutcome> {
  run.progress.enter('verifying');
  const survey = await surveyCloud(run, month);
  const state = await loadState(run.storage, run.provider);
  const { join } = state.vault;
  const unfolded = await readUnfolded(run, survey.listing, join);
  warnOfMissingDeltas(run, join, survey, unfolded.deltas, state.applied);
  const contents = unfolded.deltas.map(({ vault }) => vault);
  const cleared = [...join.cleared, ...contents.flatMap((content) => content.cleared)];
  const damaged = new Set(unfolded.damaged);
  const local = { missingRecords: 0, missingLocally: 0, messagesInCloud: 0 };
  const months = month === undefined ? await allMonths(run, join, contents) : [month];
  for (const partition of months) {
    const cloud = await readMonthContent(run, join, partition, contents);
    local.messagesInCloud += countMessages(cloud);
    const { missingRecords, missingLocally } = await compareMonth(run, {
      join,
      partition,
      cloud,
      cleared,
    });
    local.missingRecords += missingRecords;
    local.missingLocally += missingLocally;
  }
  const missing = missingFiles(run, join, survey, month);
  for (const { path, reason } of run.tally.skipped.values())
    if (reason !== 'missing') damaged.add(path);
  return {
    ...local,
    missingRecords: Math.max(0, local.missingRecords - (await pendingRecords(run))),
    filesChecked: run.tally.filesRead,
    foreign: survey.foreign,
    damaged: [...damaged].sort(),
    missing,
    unnamed: unnamedVaults(join, survey),
    unsealed: unsealedFiles(run, survey),
  };
}

async function pendingRecords(run: Run): Promise<number> {
  return (await run.storage.pendingSummary(run.provider)).records;
}

async function allMonths(
  run: Run,
  join: CatalogJoin,
  contents: readonly { readonly messages: readonly { readonly sentTimestamp: string }[] }[],
): Promise<readonly string[]> {
  const here = (await run.storage.months()).map(({ month }) => month);
  const inDeltas = contents.flatMap(({ messages }) =>
    messages.map(({ sentTimestamp }) => sentTimestamp.slice(0, 7)),
  );
  return [...new Set([...here, ...liveMonths(join), ...inDeltas])].sort();
}

const countMessages = (content: MonthContent): number =>
  [...content.values()].filter((group) => group.message !== undefined).length;

/** Records here that the cloud lacks, and records of completely covered conversations that are not here. */
async function compareMonth(
  run: Run,
  month: {
    readonly join: CatalogJoin;
    readonly partition: string;
    readonly cloud: MonthContent;
    readonly cleared: CatalogJoin['cleared'];
  },
): Promise<{ readonly missingRecords: number; readonly missingLocally: number }> {
  const { cloud, cleared, partition } = month;
  const here = new Set<string>();
  let missingRecords = 0;
  for await (const local of run.storage.exportAll({ partition })) {
    for (const group of groupByKey(local)) here.add(keyText(group));
    missingRecords += lackingRecords(local, { cloud, cleared, now: run.env.now() }).length;
  }
  const absent = [...cloud].filter(([key, group]) => group.message !== undefined && !here.has(key));
  let missingLocally = 0;
  const urns = new Set(absent.map(([, group]) => group.conversationUrn));
  const { applied } = await loadState(run.storage, run.provider);
  for (const conversationUrn of urns) {
    const lines = await monthLines(
      run,
      { join: month.join, applied },
      { partition, conversationUrn },
    );
    if (!lines.open.every((vault) => isBottom(lines.lineOf(vault)))) continue;
    missingLocally += absent.filter(
      ([, group]) => group.conversationUrn === conversationUrn && !isCleared(group, cleared),
    ).length;
  }
  return { missingRecords, missingLocally };
}

function isCleared(
  group: { readonly conversationUrn: string; readonly sentTimestamp: string },
  cleared: CatalogJoin['cleared'],
): boolean {
  return cleared.some(
    (clearing) =>
      clearing.conversationUrn === group.conversationUrn && clearing.upTo >= group.sentTimestamp,
  );
}

function missingFiles(
  run: Run,
  join: CatalogJoin,
  survey: Survey,
  month: string | undefined,
): readonly string[] {
  const missing: string[] = [];
  for (const partition of month === undefined ? liveMonths(join) : [month])
    for (const vault of liveVaults(join, partition)) {
      const there = survey.vaults.get(vault.vaultId);
      if (there?.vault?.size !== vault.byteLength) missing.push(vault.path);
      if (there?.manifest === undefined) missing.push(vault.manifestPath);
    }
  const listed = new Set(survey.listing.deltas.map((delta) => delta.vaultId));
  for (const carried of join.carried) if (!listed.has(carried.vaultId)) missing.push(carried.path);
  for (const path of missing)
    warn(run.tally, {
      code: 'missing-file',
      message: `"${path}" is referenced and not there`,
      subject: path,
    });
  return missing.sort();
}

function unnamedVaults(join: CatalogJoin, survey: Survey): readonly string[] {
  const live = new Set(
    liveMonths(join).flatMap((month) => liveVaults(join, month).map((vault) => vault.vaultId)),
  );
  return [...survey.vaults.values()]
    .filter(({ vaultId }) => !live.has(vaultId) && !Object.hasOwn(join.replaced, vaultId))
    .flatMap(({ vault }) => (vault ? [vault.path] : []))
    .sort();
}

/** Plain files where this device writes sealed ones. */
function unsealedFiles(run: Run, survey: Survey): readonly string[] {
  if (!run.codec.extension.endsWith('.enc')) return [];
  const paths = [...survey.vaults.values()].flatMap(({ vault }) => (vault ? [vault.path] : []));
  return [...paths, ...survey.listing.deltas.map(({ path }) => path)].filter((path) => {
    const parsed = parsePath(run.basePath, path);
    return parsed !== null && parsed.kind !== 'keyring' && !parsed.extension.endsWith('.enc');
  });
}

/** A delta names the one its device wrote before; one that is mentioned nowhere any more may be lost. */
function warnOfMissingDeltas(
  run: Run,
  join: CatalogJoin,
  survey: Survey,
  deltas: Awaited<ReturnType<typeof readUnfolded>>['deltas'],
  applied: ReadonlySet<string>,
): void {
  const mentioned = new Set([
    ...survey.listing.deltas.map((delta) => delta.vaultId),
    ...Object.keys(join.folded),
    ...applied,
    ...join.carried.flatMap((carried) => [carried.vaultId, ...carried.from]),
    ...liveMonths(join).flatMap((month) =>
      liveVaults(join, month).flatMap((vault) => vault.from ?? []),
    ),
  ]);
  for (const { listed, vault } of deltas) {
    const previous = vault.writer?.previous;
    if (!previous || mentioned.has(previous)) continue;
    warn(run.tally, {
      code: 'missing-delta',
      message: `"${listed.path}" follows a delta ${previous} that is mentioned nowhere; it was folded long ago, or it is lost`,
      subject: previous,
    });
  }
}
