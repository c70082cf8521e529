import { fieldsOf, parseCount, parseJson } from '../http/json.js';
import { rangeHeader, takeBody } from '../http/range.js';
import { Account } from '../oauth/account.js';
import { type GivenToken } from '../oauth/given-tokens.js';
import { type OAuthSignIn } from '../oauth/oauth-sign-in.js';
import { parseRange } from '../path/byte-range.js';
import { joinPath, parseFilePath, parseFolderPath } from '../path/cloud-path.js';
import { throwIfAborted } from '../port/abort.js';
import { CloudError } from '../port/cloud-error.js';
import {
  type ByteRange,
  type CallOptions,
  type CloudFile,
  type CloudSpace,
  type CloudStorage,
} from '../port/cloud-storage.js';
import { Turns } from '../retry/turns.js';
import { contentHash } from './content-hash.js';
import { DropboxApi, taskOf, type ContentCall } from './dropbox-api.js';
import { apiPath, listFolder, type DropboxEntry } from './folder-listing.js';
import { SessionUploads } from './session-upload.js';

/** How to get in, and how to behave. */
export type DropboxCloudOptions = DropboxSettings & (GivenToken | OAuthSignIn);

/** What has a default. */
export interface DropboxSettings {
  /** Default `dropbox`. */
  readonly providerId?: string;
  /** Default `Dropbox`. */
  readonly displayName?: string;
  readonly fetch?: typeof globalThis.fetch;
  /** Longest silence of the service before a call is `unavailable`, in ms; default 60,000. Uploads have longer, by their size. */
  readonly timeoutMs?: number;
  /** Files larger than this go up in parts; default 150,000,000, the most that Dropbox takes at once. */
  readonly sessionAboveBytes?: number;
  /** Size of such a part; default 8 MiB. */
  readonly chunkBytes?: number;
  /** Clock for the end of tokens and for `Retry-After` dates, Unix ms. */
  readonly now?: () => number;
}

/**
 * The app's own folder in a person's Dropbox ("App folder" access). Names are compared without case there. Writes go one at a time, as
 * Dropbox locks the folder for each (docs/decisions/0072-dropbox-and-onedrive.md).
 *
 * @throws CloudError `invalid` for sizes that are none
 */
export const dropboxCloud = (options: DropboxCloudOptions): CloudStorage => new Dropbox(options);

class Dropbox implements CloudStorage {
  readonly providerId: string;
  readonly displayName: string;
  readonly #account: Account;
  readonly #api: DropboxApi;
  readonly #uploads: SessionUploads;
  readonly #writes = new Turns();
  readonly #sessionAboveBytes: number;
  readonly #chunkBytes: number;

  constructor(options: DropboxCloudOptions) {
    this.providerId = options.providerId ?? 'dropbox';
    this.displayName = options.displayName ?? 'Dropbox';
    this.#sessionAboveBytes = parseSize(options.sessionAboveBytes ?? 150_000_000);
    this.#chunkBytes = parseSize(options.chunkBytes ?? 8 * 1024 * 1024);
    const revoke = async (token: string): Promise<void> => {
      const once = new Account({ ...options, token: async () => token }, SERVICE, '');
      const api = new DropboxApi(once);
      await api.ask({ endpoint: 'auth/token/revoke', argument: null, path: '', signal: undefined });
    };
    this.#account = new Account(options, { ...SERVICE, revoke }, this.providerId);
    this.#api = new DropboxApi(this.#account);
    this.#uploads = new SessionUploads(this.#api);
  }

  connect({ interactive }: { readonly interactive: boolean }): Promise<void> {
    return this.#account.connect(interactive, () =>
      this.#ask('files/list_folder', '', { path: '', limit: 1 }),
    );
  }

  disconnect(): Promise<void> {
    return this.#account.disconnect();
  }

  isConnected(): boolean {
    return this.#account.isConnected;
  }

  async list(folder: string, options: CallOptions = {}): Promise<readonly CloudFile[]> {
    const entries = await this.#entries(folder, options);
    return entries.flatMap((entry) =>
      entry.kind === 'file'
        ? [
            {
              path: joinPath(folder, entry.name),
              size: entry.size,
              modifiedAt: entry.modifiedAt,
            },
          ]
        : [],
    );
  }

  async listFolders(folder: string, options: CallOptions = {}): Promise<readonly string[]> {
    const entries = await this.#entries(folder, options);
    return entries.filter(({ kind }) => kind === 'folder').map(({ name }) => name);
  }

  async read(
    path: string,
    options: CallOptions & { readonly range?: ByteRange } = {},
  ): Promise<Uint8Array> {
    parseFilePath(path);
    const range = options.range && parseRange(options.range);
    const call: ContentCall = {
      endpoint: 'files/download',
      argument: { path: apiPath(path) },
      path,
      signal: options.signal,
      headers: rangeHeader(range),
    };
    const answer = await this.#api.transfer(call, range ? [200, 206, 416] : [200]);
    const told = answer.headers.get('Dropbox-API-Result') ?? '';
    const metadata = fieldsOf(parseJson(new TextEncoder().encode(told)));
    return takeBody(answer, { task: taskOf(call), range, size: parseCount(metadata['size']) });
  }

  async create(path: string, bytes: Uint8Array, options: CallOptions = {}): Promise<void> {
    parseFilePath(path);
    const { signal } = options;
    throwIfAborted(signal, `dropbox: create "${path}"`);
    const hash = await contentHash(bytes);
    try {
      const caller = { task: `dropbox: create "${path}"`, signal };
      await this.#writes.run('', caller, () => this.#write(path, bytes, hash, signal));
    } catch (error) {
      if (!(error instanceof CloudError)) throw error;
      // The same content is no conflict for Dropbox, so this is another file; unless several of us wrote it at once.
      if (error.code !== 'conflict' || (await this.#hashOf(path, signal)) !== hash) throw error;
    }
  }

  async remove(path: string, options: CallOptions = {}): Promise<void> {
    parseFilePath(path);
    const { signal } = options;
    try {
      const caller = { task: `dropbox: remove "${path}"`, signal };
      await this.#writes.run('', caller, () =>
        this.#ask('files/delete_v2', path, { path: apiPath(path) }, signal),
      );
    } catch (error) {
      if (!(error instanceof CloudError) || error.code !== 'not-found') throw error;
    }
  }

  /** A team's room is shared by its members. */
  async space(options: CallOptions = {}): Promise<CloudSpace> {
    const usage = fieldsOf(await this.#ask('users/get_space_usage', '', null, options.signal));
    const allocation = fieldsOf(usage['allocation']);
    const usedBytes = parseCount(usage['used']);
    const allUsed = parseCount(allocation['used']) ?? usedBytes;
    const allocated = parseCount(allocation['allocated']);
    if (usedBytes === undefined || allUsed === undefined || allocated === undefined) return {};
    return { usedBytes, freeBytes: Math.max(0, allocated - allUsed) };
  }

  async #entries(folder: string, { signal }: CallOptions): Promise<readonly DropboxEntry[]> {
    parseFolderPath(folder);
    try {
      return await listFolder(this.#api, folder, signal);
    } catch (error) {
      // A folder that is not there has no files; that is no failure.
      if (error instanceof CloudError && error.code === 'not-found') return [];
      throw error;
    }
  }

  /** Writes without looking; `strict_conflict: false` lets the same content at the same path succeed. */
  async #write(
    path: string,
    bytes: Uint8Array,
    hash: string,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const commit = {
      path: apiPath(path),
      mode: 'add',
      autorename: false,
      mute: true,
      strict_conflict: false,
    };
    let metadata: unknown;
    if (bytes.length > this.#sessionAboveBytes) {
      const chunkBytes = this.#chunkBytes;
      metadata = await this.#uploads.upload({ path, bytes, commit, chunkBytes, signal });
    } else {
      const argument = { ...commit, content_hash: hash };
      const call: ContentCall = { endpoint: 'files/upload', argument, path, signal, body: bytes };
      metadata = parseJson((await this.#api.transfer(call)).bytes);
    }
    const { content_hash: written, rev } = fieldsOf(metadata);
    if (written === hash) return;
    await this.#withdraw(path, rev);
    throw new CloudError(
      'unavailable',
      `cloud-storage/dropbox: "${path}" arrived damaged and was taken back; try again`,
      { details: { path } },
    );
  }

  /** Removes what arrived damaged, and nothing that somebody else wrote since, so that the name is free for the next try. */
  async #withdraw(path: string, rev: unknown): Promise<void> {
    if (typeof rev !== 'string') return;
    await this.#ask('files/delete_v2', path, { path: apiPath(path), parent_rev: rev });
  }

  async #hashOf(path: string, signal: AbortSignal | undefined): Promise<unknown> {
    const argument = { path: apiPath(path) };
    const metadata = await this.#ask('files/get_metadata', path, argument, signal);
    return fieldsOf(metadata)['content_hash'];
  }

  #ask(endpoint: string, path: string, argument: unknown, signal?: AbortSignal): Promise<unknown> {
    return this.#api.ask({ endpoint, argument, path, signal });
  }
}

const SERVICE = {
  name: 'dropbox',
  authorizeUrl: 'https://www.dropbox.com/oauth2/authorize',
  tokenUrl: 'https://api.dropboxapi.com/oauth2/token',
  scope: 'account_info.read files.metadata.read files.content.read files.content.write',
  // Without it Dropbox gives no refresh token.
  authorizeParameters: { token_access_type: 'offline' },
};

const parseSize = (bytes: number): number => {
  if (Number.isSafeInteger(bytes) && bytes > 0) return bytes;
  throw new CloudError(
    'invalid',
    'cloud-storage/dropbox: sessionAboveBytes and chunkBytes are whole numbers of bytes',
  );
};
