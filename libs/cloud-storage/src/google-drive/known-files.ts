import { type Attempt } from './drive-create.js';
import { copiesByName, type CopiesByName, type DriveEntry } from './drive-entry.js';

/** A file's path and what it is made of. */
export interface Target {
  readonly path: string;
  readonly folder: string;
  /** The parts of the folder's path. */
  readonly parents: readonly string[];
  readonly name: string;
}

/**
 * What this page knows of files by path: what the last listings showed, and what it made itself, which listings may lack for a while. It
 * saves requests, and nothing is concluded from it: before a file is said to be absent, Google is asked.
 */
export class KnownFiles {
  readonly #listed = new Map<string, CopiesByName>();
  /** By path, made here and in no listing yet. */
  readonly #made = new Map<string, Made>();
  readonly #attempts = new Map<string, Attempt>();

  /** Notes a whole listing of a folder; gives the copies in it. */
  noteListing(folder: string, entries: readonly DriveEntry[]): CopiesByName {
    const copies = copiesByName(entries);
    this.#listed.set(folder, copies);
    for (const [path, made] of this.#made) {
      if (made.target.folder !== folder) continue;
      if (copies.has(made.target.name)) this.#made.delete(path);
      else this.#made.set(path, { ...made, isMissed: true });
    }
    return copies;
  }

  noteMade(target: Target, entry: DriveEntry): void {
    this.#made.set(target.path, { target, entry, isMissed: false });
    this.#attempts.delete(target.path);
  }

  /** What is kept of making the file, until it is made or forgotten. */
  attemptOf(path: string): Attempt {
    const attempt = this.#attempts.get(path) ?? {};
    this.#attempts.set(path, attempt);
    return attempt;
  }

  /** Whether the folder was listed and neither that nor this page has the name. */
  isNew({ path, folder, name }: Target): boolean {
    const listed = this.#listed.get(folder);
    return listed !== undefined && !listed.has(name) && !this.#made.has(path);
  }

  /** Copies that can be read without asking where they are, best first. */
  copiesOf({ path, folder, name }: Target): readonly DriveEntry[] {
    const made = this.#made.get(path);
    return this.#listed.get(folder)?.get(name) ?? (made && !made.isMissed ? [made.entry] : []);
  }

  /** The file that this page made and that no listing has shown yet. */
  madeHere(path: string): DriveEntry | undefined {
    return this.#made.get(path)?.entry;
  }

  /** The ids that this page gave to a file of the path, made or perhaps made. */
  ownIds(path: string): readonly string[] {
    const ids = [this.madeHere(path)?.id, this.#attempts.get(path)?.id];
    return ids.filter((id) => id !== undefined);
  }

  /** Forgets what was made, for it is removed. */
  forget(path: string): void {
    this.#made.delete(path);
    this.#attempts.delete(path);
  }

  forgetAll(): void {
    for (const map of [this.#listed, this.#made, this.#attempts]) map.clear();
  }
}

interface Made {
  readonly target: Target;
  readonly entry: DriveEntry;
  /** Whether a listing lacked it since: it is late, or gone. */
  readonly isMissed: boolean;
}
