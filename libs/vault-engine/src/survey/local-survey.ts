import { type ClearedConversation } from '@chat-vault/core';
import { monthsOf } from '../compaction/months-of.js';
import { type Run } from '../run/run.js';

/** What this device holds besides the content of its months. */
export interface LocalSurvey {
  /** Months of which there is anything, not only messages. */
  readonly months: ReadonlySet<string>;
  readonly cleared: readonly ClearedConversation[];
}

/** What a device holds that was not asked. */
export const NOTHING_LOCAL: LocalSurvey = { months: new Set(), cleared: [] };

/** Reads the whole local store once. */
export async function surveyLocal(run: Run): Promise<LocalSurvey> {
  const months = new Set<string>();
  const cleared: ClearedConversation[] = [];
  for await (const content of run.storage.exportAll()) {
    for (const month of monthsOf(content)) months.add(month);
    cleared.push(...content.cleared);
  }
  return { months, cleared };
}
