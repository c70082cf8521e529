/** One measured number. */
export interface Figure {
  /** What was measured, such as `restore of 100,000 messages`. */
  readonly what: string;
  /** Figures of the same row, one after the other, are shown together under this name; default `what`. */
  readonly row?: string;
  readonly value: number;
  readonly unit:
    | 'ms'
    | 'ms of latency'
    | 'requests'
    | 'round trips'
    | 'bytes'
    | 'bytes up'
    | 'bytes down'
    | 'KB'
    | 'KiB'
    | 'MiB'
    | 'ratio'
    | 'files'
    | 'messages';
  /** The greatest value that is well; none when the figure only informs. */
  readonly budget?: number;
}

/** A measurement with a name to call it by. It makes what it needs and removes it again. */
export interface Benchmark {
  /** In kebab case, for `npm run bench -- --only NAME`. */
  readonly name: string;
  run(context: BenchmarkContext): Promise<readonly Figure[]>;
}

/** What every benchmark may use, as plain data: half of them run in a page. */
export interface BenchmarkSettings {
  /** Decides all data that is made up, so that two runs measure the same. */
  readonly seed: number;
  /** Whether the corpus is the whole real one, and not the sample that is in the repository. */
  readonly isWholeCorpus: boolean;
}

/** The settings, and the chat that is measured with. */
export interface BenchmarkContext extends BenchmarkSettings {
  /** The corpus as newline-delimited JSON. */
  readCorpus(): Promise<string>;
}

/** Whether a figure keeps to its budget. */
export const isWithinBudget = ({ value, budget }: Figure): boolean =>
  budget === undefined || value <= budget;
