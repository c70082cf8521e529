import { canonicalJson, type ClearedConversation } from '@chat-vault/core';
import { mergeClearings as mergeRecords, recordToJson } from '@chat-vault/core/records';
import { type JournalWriter } from './journal-writer.js';
import { type ClearedEntry } from './schema.js';

/** The clearings of one conversation after more came; `held` itself when they change nothing. */
export function mergeClearings(
  held: readonly ClearedEntry[],
  incoming: readonly ClearedConversation[],
  journal: JournalWriter,
): readonly ClearedEntry[] {
  if (incoming.length === 0) return held;
  const survivors = mergeRecords([...held.map(({ record }) => record), ...incoming]);
  const entries = survivors.map((record): ClearedEntry => {
    const entry = held.find((other) => isSame(other.record, record));
    if (!entry) return { record, seq: journal.nextSeq(), marks: journal.newMarks };
    if (!incoming.some((other) => isSame(other, record))) return entry;
    const marks = journal.marksOfSame(entry.seq, entry.marks);
    return marks === entry.marks ? entry : { ...entry, marks };
  });
  const isUnchanged =
    entries.length === held.length && entries.every((entry) => held.includes(entry));
  return isUnchanged ? held : entries;
}

const isSame = (a: ClearedConversation, b: ClearedConversation): boolean =>
  a === b || canonicalJson(recordToJson(a)) === canonicalJson(recordToJson(b));
