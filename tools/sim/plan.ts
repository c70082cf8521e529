/** What is to be played. */
export interface Plan {
  readonly from: number;
  readonly seeds: number;
  readonly jobs: number;
  readonly options: object;
  readonly isVerbose: boolean;
  /** A part of the names of the rules that are switched off in turn; `undefined` for none. */
  readonly rules: string | undefined;
}
