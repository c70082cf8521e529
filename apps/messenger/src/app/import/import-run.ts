import { type ChatStorage } from '@chat-vault/chat-storage';
import { readImport } from './import-file';
import {
  type BadLine,
  type ImportFormat,
  type ImportOptions,
  type ImportSource,
  type InspectedImport,
} from './import-types';
import { type FetchMonth, ImportWriter } from './import-writer';

/** How many bad lines are kept for showing; all are counted. */
const BAD_LINES_SHOWN = 200;
const SENDERS_OFFERED = 12;

/** How far an import is, or how it ended. */
export interface ImportProgress {
  readonly format: ImportFormat;
  readonly bytesRead: number;
  readonly bytesTotal: number;
  /** Messages that are new here and saved. */
  readonly added: number;
  /** Messages that were already here. */
  readonly known: number;
  readonly systemEntries: number;
  readonly badCount: number;
  /** The first of them. */
  readonly badLines: readonly BadLine[];
}

/** What an import did. */
export interface ImportSummary extends ImportProgress {
  readonly conversationUrns: readonly string[];
  /** Who wrote most, most first. */
  readonly senders: readonly string[];
}

/** Lets the page draw and react. */
const yieldToPage = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

/**
 * Imports an inspected file into the storage. Aborting keeps what was saved so far; importing again adds the rest.
 * @throws StorageError; the reason of `signal` when aborted
 */
export async function runImport(
  job: {
    readonly source: ImportSource;
    readonly inspection: InspectedImport;
    readonly options: ImportOptions;
    readonly storage: ChatStorage;
    /** Given when a cloud is connected. */
    readonly fetchMonth?: FetchMonth;
    readonly onProgress: (progress: ImportProgress) => void;
  },
  signal: AbortSignal,
): Promise<ImportSummary> {
  const { source, inspection } = job;
  const writer = new ImportWriter(job.storage, job.fetchMonth);
  const senders = new Map<string, number>();
  let progress = startOf(inspection.format, source.size);
  for await (const step of readImport(source, inspection, job.options)) {
    signal.throwIfAborted();
    for (const { senderId } of step.messages) {
      senders.set(senderId, (senders.get(senderId) ?? 0) + 1);
    }
    const { added, known, refused } = await writer.add(step.messages);
    progress = {
      ...withBadLines(progress, [...step.badLines, ...refused.map(asBadLine)]),
      bytesRead: step.bytesRead,
      added: progress.added + added,
      known: progress.known + known,
      systemEntries: progress.systemEntries + step.systemEntries,
    };
    job.onProgress(progress);
    await yieldToPage();
  }
  const { added, refused } = await writer.finish();
  progress = {
    ...withBadLines(progress, refused.map(asBadLine)),
    bytesRead: source.size,
    added: progress.added + added,
  };
  job.onProgress(progress);
  const bySize = [...senders].sort(([, a], [, b]) => b - a);
  return {
    ...progress,
    conversationUrns: writer.conversationUrns,
    senders: bySize.slice(0, SENDERS_OFFERED).map(([name]) => name),
  };
}

function startOf(format: ImportFormat, bytesTotal: number): ImportProgress {
  const counts = { bytesRead: 0, added: 0, known: 0, systemEntries: 0, badCount: 0 };
  return { format, bytesTotal, ...counts, badLines: [] };
}

function withBadLines(progress: ImportProgress, bad: readonly BadLine[]): ImportProgress {
  if (bad.length === 0) return progress;
  return {
    ...progress,
    badCount: progress.badCount + bad.length,
    badLines: [...progress.badLines, ...bad].slice(0, BAD_LINES_SHOWN),
  };
}

/** The storage names the field but not the line: messages are saved in batches. */
function asBadLine(reason: string): BadLine {
  return { line: 0, reason };
}
