import { CloudError } from '../port/cloud-error.js';
import { Turns } from '../retry/turns.js';
import { type Caller, type DriveApi } from './drive-api.js';
import { createOnce, type Attempt } from './drive-create.js';
import { FOLDER_TYPE, oldestFirst } from './drive-entry.js';

/**
 * Other devices' folders of the same names are looked for again after a minute at least, an hour at most, and between them as long as the
 * newest one is old: who makes a second one does not see the first yet, which ends when that is older than searches lag.
 */
const LEAST_MS = 60_000;
const MOST_MS = 3_600_000;

/** What finding folders needs. */
export interface DriveFoldersParts {
  readonly api: DriveApi;
  /** The id that all paths begin at. */
  readonly base: string;
  readonly now: () => number;
  /** Called when a folder was made, which is empty then. */
  readonly onMade: (parts: readonly string[]) => void;
}

/**
 * The ids of folders by path. Two devices that begin at the same moment make two folders of one name, and Google Drive keeps both. All of
 * them count when something is looked for; what is new goes into the oldest.
 */
export class DriveFolders {
  readonly #parts: DriveFoldersParts;
  readonly #known = new Map<string, { readonly ids: readonly string[]; readonly until: number }>();
  readonly #attempts = new Map<string, Attempt>();
  readonly #turns = new Turns();

  constructor(parts: DriveFoldersParts) {
    this.#parts = parts;
  }

  /**
   * What the work gives. When it meets a folder that was known and is gone (404, or it gives nothing), once more with folders looked up
   * anew; then it is `unavailable`, never `not-found`, as that would say so of the file.
   */
  async use<Result>(caller: Caller, work: () => Promise<Result | undefined>): Promise<Result> {
    for (let tries = 1; tries <= 2; tries += 1) {
      try {
        const result = await work();
        if (result !== undefined) return result;
      } catch (error) {
        if (!(error instanceof CloudError && error.code === 'not-found')) throw error;
      }
      this.#known.clear();
    }
    throw this.#parts.api.unavailable(caller, 'its folder is gone');
  }

  /**
   * Every folder of the path, the oldest first; none when it does not exist. One at a time for each path, so that calls which come together
   * ask once. Inside `use`.
   */
  find(parts: readonly string[], caller: Caller): Promise<readonly string[]> {
    const key = parts.join('/');
    return this.#turns.run(`find ${key}`, caller, async () => {
      const name = parts.at(-1);
      if (name === undefined) return [this.#parts.base];
      const known = this.#known.get(key);
      const freshMs = known ? known.until - this.#parts.now() : 0;
      if (known && freshMs > 0 && freshMs <= MOST_MS) return known.ids;
      const parents = await this.find(parts.slice(0, -1), caller);
      const found = await this.#parts.api.search(parents, `${nameIs(name)} and ${FOLDERS}`, caller);
      // Google compares names as people do, not by their bytes.
      const exact = oldestFirst(found.filter((folder) => folder.name === name));
      const ids = exact.map(({ id }) => id);
      return this.#know(key, ids, exact.at(-1)?.createdAt);
    });
  }

  /**
   * The folder that new files of the path go into, made when there is none; `undefined` when a folder above is gone, although it was
   * known. One at a time for each path, so that it is made once. Inside `use`.
   */
  make(parts: readonly string[], caller: Caller): Promise<string | undefined> {
    const key = parts.join('/');
    return this.#turns.run(`make ${key}`, caller, async () => {
      const [existing] = await this.find(parts, caller);
      if (existing !== undefined) return existing;
      const parent = await this.make(parts.slice(0, -1), caller);
      if (parent === undefined) return undefined;
      const { api, onMade } = this.#parts;
      const attempt = this.#attempts.get(key) ?? {};
      this.#attempts.set(key, attempt);
      const folder = await createOnce(api, attempt, caller, (id) =>
        api.post(caller, {
          url: '/drive/v3/files',
          query: { fields: 'id,trashed' },
          metadata: { id, name: parts.at(-1), mimeType: FOLDER_TYPE, parents: [parent] },
        }),
      );
      if (!folder) return undefined;
      this.#attempts.delete(key);
      this.#know(key, [folder.id]);
      onMade(parts);
      return folder.id;
    });
  }

  /** Forgets where folders are and what was being made, for the account is another. */
  forget(): void {
    this.#known.clear();
    this.#attempts.clear();
  }

  /** Keeps the folders of a path, the newest of which was made at `madeAt`, unless there are none. */
  #know(key: string, ids: readonly string[], madeAt = ''): readonly string[] {
    const now = this.#parts.now();
    const freshMs = Math.min(Math.max(now - Date.parse(madeAt) || 0, LEAST_MS), MOST_MS);
    if (ids.length > 0) this.#known.set(key, { ids, until: now + freshMs });
    return ids;
  }
}

/** The condition for folders. */
export const FOLDERS = `mimeType = '${FOLDER_TYPE}'`;

/** The condition for all else. */
export const FILES = `mimeType != '${FOLDER_TYPE}'`;

/** The condition for things of that name. */
export const nameIs = (name: string): string => `name = '${name.replace(/[\\']/g, '\\$&')}'`;
