import { type CloudError } from '@chat-vault/cloud-storage';
import { type FormatError } from '@chat-vault/core';
import { isBadFile, isMissingFile } from '../cloud/vault-reader.js';
import { type Run } from '../run/run.js';
import { skip, warn } from '../run/tally.js';
import { type DamagedFile } from '../state/engine-state.js';

/** A file as a listing shows it. */
interface ListedFile {
  readonly path: string;
  readonly size: number;
  readonly modifiedAt: string;
}

const RETRY_MS = 24 * 60 * 60 * 1000;

const isWarningOfItsOwn = (reason: string) =>
  reason === 'upgrade-required' ||
  reason === 'foreign-vault' ||
  reason === 'unsealed' ||
  reason === 'unknown-key';

/** Which files did not decode, so that they are reported each time but read again only when they changed, else once a day. */
export class DamageLog {
  readonly #run: Run;
  readonly #files: Map<string, DamagedFile>;
  readonly #toleratesMissing: boolean;
  #isChanged = false;

  constructor(
    run: Run,
    known: Readonly<Record<string, DamagedFile>>,
    options: { readonly toleratesMissing: boolean },
  ) {
    this.#run = run;
    this.#toleratesMissing = options.toleratesMissing;
    this.#files = new Map(Object.entries(known));
  }

  /** Whether the log has to be stored. */
  get isChanged(): boolean {
    return this.#isChanged;
  }

  /** Whether reading the file may bring something new; reports it when not. */
  isWorthReading(file: ListedFile): boolean {
    const known = this.#files.get(file.path);
    if (known === undefined) return true;
    if (known.reason === 'unknown-key') return true; // the key may have come since
    const age = this.#run.env.now() - known.at;
    const isSame = known.size === file.size && known.modifiedAt === file.modifiedAt;
    if (!isSame || age >= RETRY_MS || age < 0) return true;
    this.#report(file.path, known.reason);
    return false;
  }

  /**
   * Whether a failure to read the file is that file's own, so that the rest goes on; notes and reports it then. A file that is listed and not there
   * counts only when listing again did not help.
   */
  contains(file: ListedFile, error: unknown): error is FormatError | CloudError {
    if (isBadFile(error)) this.#note(file, error);
    else if (isMissingFile(error) && this.#toleratesMissing) this.#reportMissing(file.path);
    else return false;
    return true;
  }

  /** The file is well again. */
  clear(path: string): void {
    if (this.#files.delete(path)) this.#isChanged = true;
  }

  /** As it is stored. */
  toDocument(): Readonly<Record<string, DamagedFile>> {
    return Object.fromEntries(this.#files);
  }

  #note(file: ListedFile, error: FormatError): void {
    const { size, modifiedAt } = file;
    this.#files.set(file.path, { size, modifiedAt, at: this.#run.env.now(), reason: error.code });
    this.#isChanged = true;
    this.#report(file.path, error.code);
    this.#run.logger?.error(error.message, { path: file.path, code: error.code });
  }

  #reportMissing(path: string): void {
    skip(this.#run.tally, path, 'missing');
    warn(this.#run.tally, {
      code: 'missing-file',
      message: `"${path}" is listed and not there`,
      subject: path,
    });
  }

  #report(path: string, reason: string): void {
    skip(this.#run.tally, path, reason);
    const code = isWarningOfItsOwn(reason) ? reason : 'damaged-file';
    warn(this.#run.tally, { code, message: `"${path}" was not used: ${reason}`, subject: path });
  }
}
