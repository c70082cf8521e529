import { type CatalogJoin, liveMonths, liveVaults } from '@chat-vault/core/format';
import { groupByKey } from '../compaction/key-groups.js';
import {
  type LackingContext,
  lackingClearings,
  lackingRecords,
} from '../repair/lacking-records.js';
import { type RunReport, type VerifyReport } from '../reports/reports.js';
import { monthLines } from '../restore/month-coverage.js';
import { isBottom } from '../restore/position.js';
import { type Run } from '../run/run.js';
import { warn } from '../run/tally.js';
import { loadState } from '../state/engine-state.js';
import { allMonths, clearingsIn, type CloudView, lookAt } from '../survey/cloud-view.js';
import { unreadableHeads } from '../survey/current-catalogs.js';
import { NOTHING_LOCAL, surveyLocal } from '../survey/local-survey.js';
import { keyText, type MonthContent, readMonthContent } from '../survey/month-content.js';
import { type StrayVault, unnamedVaults, weighStray } from '../survey/stray-vaults.js';
import { type Survey, surveyCloud } from '../survey/survey.js';

/** What a check found. */
export type VerifyOutcome = Omit<VerifyReport, keyof RunReport>;

/** Reads everything (or one month) and compares: digests, grammar, counts, the chain of deltas, and the cloud's records with those here. Changes nothing. */
export async function verifyVault(run: Run, month?: string): Promise<VerifyOutcome> {
  run.progress.enter('verifying');
  const survey = await surveyCloud(run, month === undefined ? undefined : new Set([month]));
  const { vault, applied } = await loadState(run.storage, run.provider);
  const view = await lookAt(run, survey, vault.join);
  warnOfMissingDeltas(run, view, applied);
  const local = month === undefined ? await surveyLocal(run) : NOTHING_LOCAL;
  const strays = unnamedVaults(survey, view.join);
  const found = { unnamed: [] as string[], abandoned: [] as string[] };
  const counts = { messagesInCloud: 0, missingRecords: 0, missingLocally: 0 };
  const ofStrays = strays.map(({ partition }) => partition);
  const all = allMonths(view, new Set([...local.months, ...ofStrays]));
  for (const partition of month === undefined ? all : [month]) {
    const { content } = await readMonthContent(run, view.join, partition, view.contents);
    counts.messagesInCloud += countMessages(content);
    const context = { cloud: content, cleared: view.cleared, now: run.env.now() };
    const { missingRecords, missingLocally } = await compareMonth(run, view, partition, context);
    counts.missingRecords += missingRecords;
    counts.missingLocally += missingLocally;
    for (const stray of strays.filter((one) => one.partition === partition)) {
      const isWorth = await isWorthUniting(run, stray, context);
      found[isWorth ? 'unnamed' : 'abandoned'].push(stray.vault.path);
    }
  }
  counts.missingRecords += lackingClearings(local.cleared, clearingsIn(view)).length;
  counts.missingRecords = Math.max(0, counts.missingRecords - (await pendingRecords(run)));
  const heads = await unreadableHeads(run, survey.listing, vault.heads);
  const missing = missingFiles(run, view.join, survey, month);
  const damaged = damagedFiles(run, [...view.damaged, ...heads.map(({ listed }) => listed.path)]);
  const { unsealed } = survey;
  const wrong = damaged.length + missing.length + found.unnamed.length + unsealed.length;
  return {
    ok: wrong + counts.missingRecords + counts.missingLocally === 0,
    ...counts,
    filesChecked: run.tally.filesRead,
    foreign: survey.foreign,
    damaged,
    missing,
    unnamed: found.unnamed.sort(),
    abandoned: found.abandoned.sort(),
    unsealed,
  };
}

/** These, and what reading the rest met. */
function damagedFiles(run: Run, paths: readonly string[]): readonly string[] {
  const skipped = [...run.tally.skipped.values()].filter(
    ({ reason }) => reason !== 'missing' && reason !== 'unsealed',
  );
  return [...new Set([...paths, ...skipped.map(({ path }) => path)])].sort();
}

/** Whether a vault that no catalog names can be listed, or holds something that the cloud lacks; else an upload that broke off left it, and nothing depends on it. */
async function isWorthUniting(
  run: Run,
  stray: StrayVault,
  context: LackingContext,
): Promise<boolean> {
  const worth = await weighStray(run, stray);
  if (worth.kind !== 'partial') return worth.kind !== 'unknown';
  for (const open of worth.parts.segments)
    if (lackingRecords(await open(), context).length > 0) return true;
  return false;
}

async function pendingRecords(run: Run): Promise<number> {
  return (await run.storage.pendingSummary(run.provider)).records;
}

const countMessages = (content: MonthContent): number =>
  [...content.values()].filter((group) => group.message !== undefined).length;

/** Records here that the cloud lacks, and records of completely covered conversations that are not here. */
async function compareMonth(
  run: Run,
  { join }: CloudView,
  partition: string,
  context: LackingContext,
): Promise<{ readonly missingRecords: number; readonly missingLocally: number }> {
  const { cloud, cleared } = context;
  const here = new Set<string>();
  let missingRecords = 0;
  for await (const local of run.storage.exportAll({ partition })) {
    for (const group of groupByKey(local)) here.add(keyText(group));
    missingRecords += lackingRecords(local, context).length;
  }
  const absent = [...cloud].filter(([key, group]) => group.message !== undefined && !here.has(key));
  let missingLocally = 0;
  const urns = new Set(absent.map(([, group]) => group.conversationUrn));
  const { applied } = await loadState(run.storage, run.provider);
  for (const conversationUrn of urns) {
    const lines = await monthLines(run, { join, applied }, { partition, conversationUrn });
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

/** A delta names the one its device wrote before; one that is mentioned nowhere any more may be lost. */
function warnOfMissingDeltas(
  run: Run,
  { join, survey, deltas }: CloudView,
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
