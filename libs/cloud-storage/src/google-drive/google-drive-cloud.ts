import { createHttpClient } from '../http/http-client.js';
import { fieldsOf } from '../http/json.js';
import { parseRange } from '../path/byte-range.js';
import { isPathPart, joinPath, parseFilePath, parseFolderPath } from '../path/cloud-path.js';
import { type CloudError } from '../port/cloud-error.js';
import {
  type ByteRange,
  type CallOptions,
  type CloudFile,
  type CloudSpace,
  type CloudStorage,
} from '../port/cloud-storage.js';
import { Turns } from '../retry/turns.js';
import { DriveApi, type Caller } from './drive-api.js';
import { createOnce } from './drive-create.js';
import { copiesByName, type DriveEntry } from './drive-entry.js';
import { driveFailure } from './drive-error.js';
import { DriveFolders, FILES, FOLDERS, nameIs } from './drive-folders.js';
import { readBest } from './drive-read.js';
import { upload } from './drive-upload.js';
import { openTokens, type GoogleDriveAccess } from './google-access.js';
import { KnownFiles, type Target } from './known-files.js';

/** Who gets in, and where in the person's Google Drive the files are. */
export type GoogleDriveCloudOptions = GoogleDriveAccess & {
  /**
   * `visible` (default): a folder in My Drive that the person sees; scope `drive.file`. `appDataFolder`: hidden, and deleted by Google when
   * the person disconnects the application in the settings of Google Drive; scope `drive.appdata`.
   */
  readonly space?: 'visible' | 'appDataFolder';
  /** Name of the visible folder, directly in My Drive; default `Chat Vault`. */
  readonly folderName?: string;
  /** Default `google-drive`. */
  readonly providerId?: string;
  /** Default `Google Drive`. */
  readonly displayName?: string;
  /** Where the API is; default `https://www.googleapis.com`. */
  readonly baseUrl?: string;
  readonly fetch?: typeof globalThis.fetch;
  /** Longest silence of Google before a call is `unavailable`, in ms; default 60,000. Uploads have longer, by their size. */
  readonly timeoutMs?: number;
  /** Clock for `Retry-After` dates and for looking for other devices' folders again, Unix ms. */
  readonly now?: () => number;
};

/**
 * A person's Google Drive, by its REST API (version 3). Names are labels there: folders of one name are read as one, of files of one name
 * the best copy counts (docs/decisions/0071-google-drive-by-ids.md). With `clientId` the token ends after about an hour; calls then say
 * `unauthorized` until `connect({ interactive: true })` from a click. Shared drives are not supported.
 *
 * @throws CloudError `invalid` for a name or address that cannot be one
 */
export const googleDriveCloud = (options: GoogleDriveCloudOptions): CloudStorage =>
  new GoogleDrive(options);

/** An address without user name, query and the slash at its end. */
const BASE_URL = /^(https?:\/\/[\w.-]+(?::\d+)?[\w./~-]*?)\/?$/;

const SCOPES = 'https://www.googleapis.com/auth/drive.';

class GoogleDrive implements CloudStorage {
  readonly providerId: string;
  readonly displayName: string;
  /** Users of other programs have seen listings that lacked new files for about an hour. */
  readonly listingLagMs = 3_600_000;
  readonly #api: DriveApi;
  readonly #folders: DriveFolders;
  readonly #known = new KnownFiles();
  /** Where the root of the storage is, below the space's own root. */
  readonly #root: readonly string[];
  /** One at a time for each path, as two at once could not see each other's file. */
  readonly #turns = new Turns();
  /** Whose Google Drive it is, once known. */
  #account: unknown;

  constructor(options: GoogleDriveCloudOptions) {
    const { space = 'visible', folderName = 'Chat Vault', now = () => Date.now() } = options;
    const [, baseUrl] = BASE_URL.exec(options.baseUrl ?? 'https://www.googleapis.com') ?? [];
    if (baseUrl === undefined || !isPathPart(folderName)) {
      throw driveFailure('invalid', 'bad baseUrl or folderName');
    }
    const isVisible = space === 'visible';
    this.providerId = options.providerId ?? 'google-drive';
    this.displayName = options.displayName ?? 'Google Drive';
    this.#root = isVisible ? [folderName] : [];
    this.#api = new DriveApi({
      baseUrl,
      space: isVisible ? 'drive' : space,
      openTokens: () => openTokens(options, SCOPES + (isVisible ? 'file' : 'appdata')),
      send: createHttpClient(options),
      now,
    });
    this.#folders = new DriveFolders({
      api: this.#api,
      base: isVisible ? 'root' : space,
      now,
      onMade: (parts) => this.#known.noteListing(parts.slice(this.#root.length).join('/'), []),
    });
  }

  async connect({ interactive }: { readonly interactive: boolean }): Promise<void> {
    const tokens = await this.#api.tokens();
    await tokens.connect(interactive, async () => {
      const { user } = await this.#about({ task: 'connect', signal: undefined });
      const account = fieldsOf(user)['permissionId'];
      if (account === undefined) throw driveFailure('invalid', 'no account is named');
      if (account !== this.#account) this.#forgetAll();
      this.#account = account;
    });
  }

  async disconnect(): Promise<void> {
    this.#forgetAll();
    await this.#api.signOut();
  }

  isConnected(): boolean {
    return this.#api.isAccepted;
  }

  async space({ signal }: CallOptions = {}): Promise<CloudSpace> {
    const { storageQuota } = await this.#about({ task: 'space', signal });
    const { usage, limit } = fieldsOf(storageQuota);
    const used = Number(usage);
    // Some accounts have no limit.
    const freeBytes = Math.max(0, Number(limit) - used);
    return { ...(used >= 0 && { usedBytes: used }), ...(freeBytes >= 0 && { freeBytes }) };
  }

  async list(folder: string, options: CallOptions = {}): Promise<readonly CloudFile[]> {
    const caller = callerOf('list', folder, options);
    const entries = await this.#search(parseFolderPath(folder), FILES, caller);
    const copies = this.#known.noteListing(folder, entries);
    return [...copies].flatMap(([name, [best]]) =>
      best ? [toFile(joinPath(folder, name), best)] : [],
    );
  }

  async listFolders(folder: string, options: CallOptions = {}): Promise<readonly string[]> {
    const caller = callerOf('listFolders', folder, options);
    const entries = await this.#search(parseFolderPath(folder), FOLDERS, caller);
    return [...new Set(entries.map(({ name }) => name))].filter(isPathPart);
  }

  async read(
    path: string,
    options: CallOptions & { readonly range?: ByteRange } = {},
  ): Promise<Uint8Array> {
    const target = parseTarget(path);
    const range = options.range && parseRange(options.range);
    const caller = callerOf('read', path, options);
    const known = this.#known.copiesOf(target);
    const find = () => this.#find(target, caller);
    return readBest(this.#api, { known, find }, range, caller);
  }

  async create(path: string, bytes: Uint8Array, options: CallOptions = {}): Promise<void> {
    const target = parseTarget(path);
    const caller = callerOf('create', path, options);
    await this.#turns.run(path, caller, async () => {
      if (!this.#known.isNew(target)) {
        const copies = await this.#find(target, caller);
        if (copies.some(({ size }) => size === bytes.length)) return;
        if (copies[0]) throw otherSize(path, copies[0].size, bytes.length);
      }
      const entry = await this.#make(target, bytes, caller);
      const { size = bytes.length } = entry;
      this.#known.noteMade(target, { ...entry, size });
      if (size !== bytes.length) throw otherSize(path, size, bytes.length);
    });
  }

  async remove(path: string, options: CallOptions = {}): Promise<void> {
    const target = parseTarget(path);
    const caller = callerOf('remove', path, options);
    await this.#turns.run(path, caller, async () => {
      const copies = await this.#copiesNow(target, caller);
      // With those that this page made and no search shows yet.
      const ids = [...copies.map(({ id }) => id), ...this.#known.ownIds(path)];
      for (const id of new Set(ids)) {
        const url = `/drive/v3/files/${id}`;
        await this.#api.expect([200, 204, 404], { ...caller, method: 'DELETE', url });
      }
      this.#known.forget(path);
    });
  }

  /** Whose Google Drive it is, and how full. */
  #about(caller: Caller): Promise<Readonly<Record<string, unknown>>> {
    const query = { fields: 'user(permissionId),storageQuota' };
    return this.#api.ask({ ...caller, url: '/drive/v3/about', query });
  }

  /** Uploads under a new id, or the one of an earlier try, into the folder as it is now. */
  #make(target: Target, bytes: Uint8Array, caller: Caller): Promise<DriveEntry> {
    const { name, path } = target;
    const attempt = this.#known.attemptOf(path);
    return this.#folders.use(caller, async () => {
      const parent = await this.#folders.make([...this.#root, ...target.parents], caller);
      if (parent === undefined) return undefined;
      return createOnce(this.#api, attempt, caller, (id) =>
        upload(this.#api, attempt, caller, { id, name, parent, bytes }),
      );
    });
  }

  /** The copies of a file, best first; none only when Google was asked for it by name and by the id that this page gave it. */
  async #find(target: Target, caller: Caller): Promise<readonly DriveEntry[]> {
    const copies = await this.#copiesNow(target, caller);
    if (copies.length > 0) return copies;
    const made = this.#known.madeHere(target.path);
    return made && (await this.#api.stat(made.id, caller)) ? [made] : [];
  }

  async #copiesNow(target: Target, caller: Caller): Promise<readonly DriveEntry[]> {
    const { name, parents } = target;
    const wanted = `${nameIs(name)} and ${FILES}`;
    // Google compares names as people do, not by their bytes.
    return copiesByName(await this.#search(parents, wanted, caller)).get(name) ?? [];
  }

  /** What is directly in the folder, in all folders of that path, and matches. */
  #search(
    parents: readonly string[],
    condition: string,
    caller: Caller,
  ): Promise<readonly DriveEntry[]> {
    return this.#folders.use(caller, async () => {
      const ids = await this.#folders.find([...this.#root, ...parents], caller);
      return this.#api.search(ids, condition, caller);
    });
  }

  #forgetAll(): void {
    this.#known.forgetAll();
    this.#folders.forget();
    this.#api.forgetIds();
  }
}

const parseTarget = (path: string): Target => {
  const parts = parseFilePath(path);
  const parents = parts.slice(0, -1);
  return { path, folder: parents.join('/'), parents, name: parts.at(-1) ?? '' };
};

const callerOf = (verb: string, path: string, { signal }: CallOptions): Caller => ({
  task: `${verb} "${path}"`,
  signal,
});

const toFile = (path: string, { size, modifiedAt }: DriveEntry): CloudFile => {
  if (size !== undefined && modifiedAt !== '') return { path, size, modifiedAt };
  throw driveFailure('invalid', `"${path}" has no size or time`);
};

const otherSize = (path: string, size: number | undefined, wanted: number): CloudError =>
  driveFailure('conflict', `"${path}" exists with ${size} bytes, not ${wanted}`, {
    details: { path, size },
  });
