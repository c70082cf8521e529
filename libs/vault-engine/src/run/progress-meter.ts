import { type SyncProgress } from '../reports/reports.js';

/**
 * Counts the files and bytes of a run over all its phases, so what is told never goes back and ends in a terminal phase.
 */
export class ProgressMeter {
  readonly #tell: ((progress: SyncProgress) => void) | undefined;
  #phase: SyncProgress['phase'] = 'listing';
  #hasEnded = false;
  #filesDone = 0;
  #filesTotal = 0;
  #bytesDone = 0;
  #bytesTotal = 0;

  constructor(tell: ((progress: SyncProgress) => void) | undefined) {
    this.#tell = tell;
  }

  /** Enters a phase. */
  enter(phase: SyncProgress['phase']): void {
    this.#phase = phase;
    this.#emit();
  }

  /** Announces work. */
  expect(files: number, bytes = 0): void {
    this.#filesTotal += files;
    this.#bytesTotal += bytes;
    this.#emit();
  }

  /** Notes that work is done; totals grow with it when it was not announced. */
  done(files: number, bytes = 0): void {
    this.#filesDone += files;
    this.#bytesDone += bytes;
    this.#filesTotal = Math.max(this.#filesTotal, this.#filesDone);
    this.#bytesTotal = Math.max(this.#bytesTotal, this.#bytesDone);
    this.#emit();
  }

  /** Ends the run; when it went well, everything announced counts as done. */
  end(phase: 'done' | 'failed' | 'aborted'): void {
    if (phase === 'done') {
      this.#filesDone = this.#filesTotal;
      this.#bytesDone = this.#bytesTotal;
    }
    this.enter(phase);
    this.#hasEnded = true;
  }

  /** Downloads that were under way when the run ended are not told. */
  #emit(): void {
    if (this.#hasEnded) return;
    this.#tell?.({
      phase: this.#phase,
      filesDone: this.#filesDone,
      filesTotal: this.#filesTotal,
      bytesDone: this.#bytesDone,
      bytesTotal: this.#bytesTotal,
    });
  }
}
