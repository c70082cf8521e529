import {
  isPending,
  isPendingAnywhere,
  knownProvider,
  type JournalPosition,
  type Marks,
  withMark,
} from './journal.js';
import { type MetaRow } from './schema.js';

/** The journal in one transaction: hands out sequences, and marks what comes from a provider as not needed by it. */
export class JournalWriter {
  /** Marks of a record that is written now. */
  readonly newMarks: Marks;
  readonly #meta: MetaRow;
  readonly #source: JournalPosition | undefined;

  /** `source` is the provider that the records come from; what no cloud holds has none. */
  constructor(meta: MetaRow, source: string | undefined) {
    this.#meta = meta;
    this.#source = source === undefined ? undefined : knownProvider(meta, source);
    this.newMarks = this.#source?.since ?? 0;
  }

  nextSeq(): number {
    return ++this.#meta.seq;
  }

  /** The marks of a record that the source was found to hold byte for byte. */
  marksOfSame(seq: number, marks: Marks): Marks {
    const source = this.#source;
    return source && isPending(source, seq, marks) ? withMark(marks, source.since) : marks;
  }

  isPending(seq: number, marks: Marks): boolean {
    return isPendingAnywhere(this.#meta, seq, marks);
  }

  /** The newest of these sequences that some connected provider may lack. */
  newestPending(seqs: readonly number[], marks: readonly Marks[]): number | undefined {
    let newest: number | undefined;
    seqs.forEach((seq, index) => {
      const isNewer = newest === undefined || seq > newest;
      if (isNewer && this.isPending(seq, marks[index] as Marks)) newest = seq;
    });
    return newest;
  }
}
