import { createHash } from 'node:crypto';

/** What happened in a scenario: lines for a person, and a hash over these and every call of a cloud, which two runs of one seed must share. */
export class EventLog {
  readonly #lines: string[] = [];
  readonly #hash = createHash('sha256');

  get lines(): readonly string[] {
    return this.#lines;
  }

  /** Hex of 64 bits. Ends the log. */
  end(): string {
    return this.#hash.digest('hex').slice(0, 16);
  }

  say(line: string): void {
    this.#lines.push(line);
    this.#hash.update(`${line}\n`);
  }

  /** A call on its way to a cloud; not for reading. */
  call(who: string, { operation, path, bytes }: LoggedCall): void {
    this.#hash.update(`${who} ${operation} ${path}\n`);
    if (bytes) this.#hash.update(bytes);
  }
}

/** What of a call counts. */
export interface LoggedCall {
  readonly operation: string;
  readonly path: string;
  readonly bytes?: Uint8Array;
}
