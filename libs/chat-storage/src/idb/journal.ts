import { type MetaRow } from './schema.js';

/**
 * The journal has no store of its own: every record carries the sequence of its last change here, so there is one entry a
 * key, a later write moves it to the end, and a bulk write costs no row more (docs/decisions/0020-journal-in-pages.md).
 * Marks name the providers that need not be sent a record: it came from them. `0` is none.
 */
export type Marks = number | readonly number[];

/** Where a provider stands in the journal. */
export interface JournalPosition {
  /** Sequence up to which the provider has our changes. */
  confirmed: number;
  /**
   * Sequence at which the provider was (last) found to have nothing. It takes a sequence of its own, so it also serves as
   * the provider's mark: marks from an earlier life of the provider no longer count.
   */
  since: number;
}

/** The state of a provider that is not known: it lacks everything. */
export const unknownProvider = (meta: MetaRow): JournalPosition => ({
  confirmed: 0,
  since: meta.seq + 1,
});

/** The position of a provider, which is known from now on. */
export function knownProvider(meta: MetaRow, provider: string): JournalPosition {
  const known = meta.providers.get(provider);
  return known ?? restartProvider(meta, provider);
}

/** Makes everything in the store pending for a provider. */
export function restartProvider(meta: MetaRow, provider: string, confirmed = 0): JournalPosition {
  const position = { confirmed, since: ++meta.seq };
  meta.providers.set(provider, position);
  return position;
}

/** Whether pages written before the provider was known may hold what it lacks: then all are read, not only indexed ones. */
export const lacksOldRecords = (position: JournalPosition): boolean =>
  position.confirmed < position.since - 1;

/** Whether a provider lacks the record with this sequence and these marks. */
export const isPending = (position: JournalPosition, seq: number, marks: Marks): boolean =>
  seq > position.confirmed && !hasMark(marks, position.since);

/** Whether any of the connected providers lacks the record. */
export function isPendingAnywhere(meta: MetaRow, seq: number, marks: Marks): boolean {
  for (const position of meta.providers.values()) {
    if (isPending(position, seq, marks)) return true;
  }
  return false;
}

/** `marks` and one more. */
export const withMark = (marks: Marks, mark: number): Marks =>
  marks === 0 ? mark : typeof marks === 'number' ? [marks, mark] : [...marks, mark];

const hasMark = (marks: Marks, mark: number): boolean =>
  typeof marks === 'number' ? marks === mark : marks.includes(mark);
