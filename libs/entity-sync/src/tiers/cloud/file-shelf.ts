import { FormatError } from '@chat-vault/core';
import { describeChange, describeData, placesIn } from '../../metadata/describe-data.js';
import { mergeEntityKeyData } from '../../merge/merge-entity-key-data.js';
import { type EntityKeyData } from '../../model/entity-key-data.js';
import { type EntityKeyMetadata } from '../../model/metadata.js';
import { atOnce } from './at-once.js';
import { type CloudFiles, type FileProblem } from './cloud-files.js';
import { type CloudTierSettings } from './cloud-options.js';
import { type CachedKey, FileCache } from './file-cache.js';
import { type KnownFile, type ListedFile, supersededStems } from './known-file.js';
import { type LiveFile } from './plan-write.js';
import { nextToRead } from './next-to-read.js';

/** What is known of a key as long as it consists of the same files; what was not needed yet is absent. */
interface KeyState {
  readonly signature: string;
  readonly metadata?: EntityKeyMetadata;
  readonly data?: EntityKeyData;
}

/** How often a file that cannot be used is read again, as only its way here may have been bad. */
const MAX_TRIES = 3;
/** How often everything is listed again, because files went away in between. */
const MAX_LISTINGS = 3;

/**
 * What this device knows of the files in the cloud: which are there, what they hold, which are needed. A file is read at most once. From
 * the absence of a file in a listing nothing follows: one that is needed is asked for by its name.
 */
export class FileShelf {
  readonly #files: CloudFiles;
  readonly #settings: CloudTierSettings;
  readonly #cache: FileCache;
  readonly #known = new Map<string, KnownFile>();
  /** Files that this device wrote and that no listing showed yet. */
  readonly #unlisted = new Map<string, ListedFile>();
  readonly #problems = new Map<string, FileProblem & { readonly path: string; tries: number }>();
  readonly #states = new Map<string, KeyState>();
  readonly #byKey = new Map<string, Map<string, KnownFile>>();
  #listed = new Map<string, ListedFile>();
  #listedAt = -Infinity;
  #newestMs = -Infinity;
  #isRestored = false;
  #isDirty = false;
  #refreshing: Promise<void> | undefined;

  constructor(files: CloudFiles, settings: CloudTierSettings) {
    this.#files = files;
    this.#settings = settings;
    this.#cache = new FileCache(settings.cache, files.place, settings.logger);
  }

  /** Unix ms of the last listing of which all was read, by our clock; `-Infinity` before the first. */
  get listedAt(): number {
    return this.#listedAt;
  }

  /** What listings and names say is there. */
  get listed(): ReadonlyMap<string, ListedFile> {
    return this.#listed;
  }

  /** Unix ms by the server's clock: when the newest file of the last listing came; `-Infinity` without any. */
  get newestMs(): number {
    return this.#newestMs;
  }

  get known(): ReadonlyMap<string, KnownFile> {
    return this.#known;
  }

  /** Files that are there and not used, by name. */
  get problems(): ReadonlyMap<string, FileProblem & { readonly path: string }> {
    return this.#problems;
  }

  /** Lists, and reads what is needed and not known. Calls at the same time share one. */
  refresh(): Promise<void> {
    this.#refreshing ??= this.#refresh().finally(() => (this.#refreshing = undefined));
    return this.#refreshing;
  }

  keys(): readonly string[] {
    return [...this.#byKey.keys()];
  }

  /** The files of a key, needed or not. */
  filesOf(key: string): readonly KnownFile[] {
    return [...(this.#byKey.get(key)?.values() ?? [])];
  }

  /** The files that a key consists of. */
  needed(key: string): readonly KnownFile[] {
    const files = this.filesOf(key);
    const superseded = supersededStems(files, files);
    return files.filter(({ stem }) => !superseded.has(stem));
  }

  /** The same, with their data. */
  async live(key: string): Promise<readonly LiveFile[]> {
    for (;;) {
      const needed = this.needed(key);
      const { atOnce: limit } = this.#settings;
      const files = await atOnce(limit, needed, (file) => this.#withData(file));
      // A file that turned out to be unusable is forgotten, and what it stood for is needed again.
      if (files.every((file) => file !== undefined)) return files;
    }
  }

  /** What a key holds, `undefined` for a key without files. */
  async data(key: string): Promise<EntityKeyData | undefined> {
    const signature = signatureOf(this.needed(key));
    const state = this.#states.get(key);
    if (state?.data !== undefined && state.signature === signature) return state.data;
    const live = await this.live(key);
    if (live.length === 0) return undefined;
    const toJoin = this.#toJoin(state, live);
    const data = this.#joined(toJoin);
    const metadata = metadataAfter(state, data, toJoin);
    this.#states.set(key, { signature: signatureOf(live), data, ...(metadata && { metadata }) });
    this.#letGo(key, live);
    this.#isDirty = true;
    return data;
  }

  /** The metadata of a key, without its data when it did not change since they were seen. */
  async metadata(key: string): Promise<EntityKeyMetadata | undefined> {
    const known = this.#states.get(key);
    if (known?.metadata && known.signature === signatureOf(this.needed(key))) return known.metadata;
    const data = await this.data(key);
    const state = this.#states.get(key);
    if (data === undefined || state?.data !== data) return data && describeData(data);
    const metadata = describeData(data);
    this.#states.set(key, { ...state, metadata });
    return metadata;
  }

  /** Takes up a file that was just written. */
  added(file: KnownFile): void {
    const listed = asListed(file);
    this.#unlisted.set(file.stem, listed);
    this.#listed.set(file.stem, listed);
    this.#know(file);
  }

  /** Forgets a file that was removed. */
  removed(stem: string): void {
    this.#listed.delete(stem);
    this.#unlisted.delete(stem);
    this.#forget(stem);
  }

  /** No longer believes what was read of a file: what it merged counts again, and what only it held is written anew by the next sync. */
  distrust(stem: string, path: string, problem: FileProblem): void {
    this.#forget(stem);
    this.#problems.set(stem, { ...problem, path, tries: MAX_TRIES });
    this.#isDirty = true;
  }

  /** Notes that the bytes of a file came from the cloud as they were written. */
  readBack(stem: string): void {
    const file = this.#known.get(stem);
    if (file) this.#know({ ...file, isReadBack: true });
  }

  /** Keeps what is known for the next start. */
  async save(): Promise<void> {
    if (!this.#isDirty || this.#settings.cache === undefined) return;
    this.#isDirty = false;
    const needed = new Set(this.keys().flatMap((key) => this.needed(key)));
    const keys = new Map<string, CachedKey>();
    for (const [key, { signature, metadata }] of this.#states)
      if (this.#byKey.has(key) && metadata) keys.set(key, { signature, metadata });
    await this.#cache.save([...this.#known.values()], (file) => needed.has(file), keys);
  }

  async #refresh(): Promise<void> {
    await this.#restore();
    const attempted = new Set<string>();
    for (let listing = 1; ; listing++) {
      const listedAt = this.#settings.now();
      await this.#list();
      const isGone = await this.#readNeeded(attempted);
      this.#refuseForeign();
      this.#listedAt = listedAt;
      if (!isGone || listing === MAX_LISTINGS) break;
    }
  }

  /** Files of another account are skipped one by one; when they are all there is, the whole cloud is refused. */
  #refuseForeign(): void {
    if (this.#known.size > 0) return;
    const foreign = [...this.#problems.values()].find(({ code }) => code === 'foreign-vault');
    if (!foreign) return;
    throw new FormatError(
      'foreign-vault',
      'entity-sync: the entities of another account are in this cloud; nothing was read or written. Connect the storage of this account, or use another base path.',
      { details: { path: foreign.path } },
    );
  }

  async #restore(): Promise<void> {
    if (this.#isRestored) return;
    const { files, keys } = await this.#cache.load();
    this.#isRestored = true;
    for (const file of files) this.#know(file);
    for (const [key, state] of keys) this.#states.set(key, state);
    this.#isDirty = false;
  }

  async #list(): Promise<void> {
    const before = this.#listed;
    const writtenBefore = new Set(this.#unlisted.keys());
    const listed = await this.#files.list();
    const absent = this.keys()
      .flatMap((key) => this.needed(key))
      .filter(({ stem }) => !listed.has(stem));
    await atOnce(this.#settings.atOnce, absent, async (file) => {
      if (this.#unlisted.has(file.stem) && !writtenBefore.has(file.stem)) return; // newer than the listing
      if (await this.#files.exists(file.path))
        listed.set(file.stem, before.get(file.stem) ?? asListed(file));
      else this.#unlisted.delete(file.stem);
    });
    for (const [stem, file] of this.#unlisted)
      if (listed.has(stem)) this.#unlisted.delete(stem);
      else if (!writtenBefore.has(stem)) listed.set(stem, file);
    for (const { stem, size } of [...this.#known.values()])
      if (listed.get(stem)?.sizes.includes(size) !== true) this.#forget(stem);
    for (const stem of [...this.#problems.keys()])
      if (!listed.has(stem)) this.#problems.delete(stem);
    this.#listed = listed;
    this.#newestMs = newestOf(listed.values());
  }

  /** Reads until everything that is needed is known. Whether files of the listing were gone. */
  async #readNeeded(attempted: Set<string>): Promise<boolean> {
    let isGone = false;
    for (;;) {
      const superseded = supersededStems(this.#listed.values(), this.#known.values());
      const candidates = [...this.#listed.values()].filter(
        ({ stem }) =>
          !this.#known.has(stem) &&
          !superseded.has(stem) &&
          !attempted.has(stem) &&
          this.#mayTry(stem),
      );
      if (candidates.length === 0) return isGone;
      await atOnce(this.#settings.atOnce, nextToRead(candidates), async (listed) => {
        attempted.add(listed.stem);
        const opened = await this.#open(listed);
        if (opened === 'gone') isGone = true;
      });
    }
  }

  /** Whether a file that could not be used is worth another try: its way here may have been bad, or its key may have come. */
  #mayTry(stem: string): boolean {
    const problem = this.#problems.get(stem);
    return problem === undefined || problem.code === 'unknown-key' || problem.tries < MAX_TRIES;
  }

  async #open(listed: ListedFile): Promise<KnownFile | 'problem' | 'gone'> {
    const opened = await this.#files.open(listed);
    switch (opened.kind) {
      case 'known': {
        // A listing may tell another size than the bytes have; then it is the one to compare with.
        const size = listed.sizes.includes(opened.file.size) ? opened.file.size : listed.sizes[0];
        const file = { ...opened.file, size: size ?? opened.file.size };
        this.#problems.delete(listed.stem);
        this.#know(file);
        return file;
      }
      case 'problem': {
        const tries = (this.#problems.get(listed.stem)?.tries ?? 0) + 1;
        this.#problems.set(listed.stem, { ...opened.problem, path: listed.path, tries });
        return 'problem';
      }
      case 'gone':
        this.removed(listed.stem);
        return 'gone';
    }
  }

  async #withData(file: KnownFile): Promise<LiveFile | undefined> {
    if (file.data !== undefined) return { ...file, data: file.data };
    const cached = await this.#cache.loadData(file.stem);
    if (cached !== undefined) {
      const live = { ...file, data: cached };
      this.#know(live);
      return live;
    }
    const opened = await this.#open(this.#listed.get(file.stem) ?? asListed(file));
    if (typeof opened === 'object' && opened.data !== undefined)
      return { ...opened, data: opened.data };
    this.#forget(file.stem);
    return undefined;
  }

  /** What makes up a key: what was joined before, as none of its files was forgotten since, and the new files. */
  #toJoin(state: KeyState | undefined, live: readonly LiveFile[]): readonly EntityKeyData[] {
    if (state?.data === undefined) return live.map(({ data }) => data);
    const before = new Set(state.signature.split(' '));
    const fresh = live.filter(({ stem }) => !before.has(stem));
    return [state.data, ...fresh.map(({ data }) => data)];
  }

  /** Two by two, so that a key in many parts is not copied for each of them. */
  #joined(data: readonly EntityKeyData[]): EntityKeyData {
    const [first = {}, second] = data;
    if (second === undefined) return mergeEntityKeyData({}, first, this.#settings.conflictResolver);
    if (data.length === 2)
      return mergeEntityKeyData(first, second, this.#settings.conflictResolver);
    const half = data.length >> 1;
    return mergeEntityKeyData(
      this.#joined(data.slice(0, half)),
      this.#joined(data.slice(half)),
      this.#settings.conflictResolver,
    );
  }

  /** Data of files that are not needed are not kept. */
  #letGo(key: string, live: readonly KnownFile[]): void {
    const needed = new Set(live.map(({ stem }) => stem));
    for (const { data, ...file } of this.filesOf(key))
      if (data !== undefined && !needed.has(file.stem)) this.#know(file);
  }

  #know(file: KnownFile): void {
    this.#known.set(file.stem, file);
    const files = this.#byKey.get(file.key) ?? new Map<string, KnownFile>();
    files.set(file.stem, file);
    this.#byKey.set(file.key, files);
    this.#isDirty = true;
  }

  #forget(stem: string): void {
    const file = this.#known.get(stem);
    if (!file) return;
    this.#known.delete(stem);
    // What it held may be gone with it.
    this.#states.delete(file.key);
    const files = this.#byKey.get(file.key);
    files?.delete(stem);
    if (files?.size === 0) this.#byKey.delete(file.key);
    this.#isDirty = true;
  }
}

/** The metadata of what was joined, where those of its first part were known. */
function metadataAfter(
  state: KeyState | undefined,
  joined: EntityKeyData,
  [first, ...added]: readonly EntityKeyData[],
): EntityKeyMetadata | undefined {
  if (!state?.metadata || !state.data || state.data !== first) return undefined;
  return describeChange(
    { data: state.data, metadata: state.metadata },
    joined,
    added.flatMap((data) => placesIn(data)),
  );
}

function newestOf(files: Iterable<ListedFile>): number {
  let newest = -Infinity;
  for (const { modifiedAt } of files) {
    const ms = Date.parse(modifiedAt);
    if (ms > newest) newest = ms;
  }
  return newest;
}

const asListed = (file: KnownFile): ListedFile => ({ ...file, sizes: [file.size], modifiedAt: '' });

const signatureOf = (files: readonly KnownFile[]): string =>
  files
    .map(({ stem }) => stem)
    .sort()
    .join(' ');
