import { rangeHeader, takeBody } from '../http/range.js';
import { senseless } from '../http/senseless.js';
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
  type CloudStorage,
} from '../port/cloud-storage.js';
import { listChildren } from './children.js';
import { parseItem, parseOpenUrl, type DriveItem } from './drive-item.js';
import { Graph, taskOf, unless } from './graph.js';
import { toItemName } from './item-name.js';
import { quickXorHash } from './quick-xor-hash.js';
import { SessionUploads } from './session-upload.js';

/** How to get in, and how to behave. */
export type OneDriveCloudOptions = OneDriveSettings & (GivenToken | OAuthSignIn);

/** What has a default. */
export interface OneDriveSettings {
  /** Whose accounts may sign in: `common`, `consumers`, `organizations` or a directory's id; as the app is registered. Default `common`. */
  readonly tenant?: string;
  /** Default `onedrive`. */
  readonly providerId?: string;
  /** Default `OneDrive`. */
  readonly displayName?: string;
  readonly fetch?: typeof globalThis.fetch;
  /** Longest silence of the service before a call is `unavailable`, in ms; default 60,000. Uploads have longer, by their size. */
  readonly timeoutMs?: number;
  /** Files larger than this go up in parts; default 4,000,000. */
  readonly sessionAboveBytes?: number;
  /** Size of such a part, a multiple of 320 KiB; default 5 MiB. */
  readonly chunkBytes?: number;
  /** Clock for the end of tokens and for `Retry-After` dates, Unix ms. */
  readonly now?: () => number;
}

/**
 * The app's own folder in a person's OneDrive, by Microsoft Graph. Names are compared without case there; those that OneDrive refuses are
 * escaped. Removed files go to the person's recycle bin (docs/decisions/0072-dropbox-and-onedrive.md).
 *
 * @throws CloudError `invalid` for sizes or a tenant that are none
 */
export const oneDriveCloud = (options: OneDriveCloudOptions): CloudStorage => new OneDrive(options);

/** Parts but the last are multiples of this many bytes (Microsoft Graph, "Upload large files with an upload session"). */
const CHUNK_UNIT = 320 * 1024;

class OneDrive implements CloudStorage {
  readonly providerId: string;
  readonly displayName: string;
  readonly #account: Account;
  readonly #graph: Graph;
  readonly #uploads: SessionUploads;
  readonly #sessionAboveBytes: number;
  readonly #chunkBytes: number;

  constructor(options: OneDriveCloudOptions) {
    const {
      tenant = 'common',
      sessionAboveBytes = 4_000_000,
      chunkBytes = 16 * CHUNK_UNIT,
    } = options;
    const areSizes = sessionAboveBytes >= 0 && chunkBytes > 0 && chunkBytes % CHUNK_UNIT === 0;
    if (!areSizes || !/^[\w.-]+$/.test(tenant)) throw wrongSettings();
    this.providerId = options.providerId ?? 'onedrive';
    this.displayName = options.displayName ?? 'OneDrive';
    this.#sessionAboveBytes = sessionAboveBytes;
    this.#chunkBytes = chunkBytes;
    const authority = `https://login.microsoftonline.com/${tenant}/oauth2/v2.0/`;
    const service = {
      name: 'onedrive',
      authorizeUrl: `${authority}authorize`,
      tokenUrl: `${authority}token`,
      scope: 'Files.ReadWrite.AppFolder offline_access',
      authorizeParameters: { prompt: 'select_account' },
    };
    this.#account = new Account(options, service, this.providerId);
    this.#graph = new Graph(this.#account);
    this.#uploads = new SessionUploads(this.#graph);
  }

  /** Looking at the app's folder makes it, the first time. */
  connect({ interactive }: { readonly interactive: boolean }): Promise<void> {
    return this.#account.connect(interactive, () => this.#itemAt('', undefined));
  }

  disconnect(): Promise<void> {
    return this.#account.disconnect();
  }

  isConnected(): boolean {
    return this.#account.isConnected;
  }

  async list(folder: string, { signal }: CallOptions = {}): Promise<readonly CloudFile[]> {
    parseFolderPath(folder);
    const items = await listChildren(this.#graph, folder, signal);
    return items
      .filter(({ kind }) => kind === 'file')
      .map(({ part, size, modifiedAt }) => {
        const path = joinPath(folder, part);
        if (size !== undefined && modifiedAt !== undefined) return { path, size, modifiedAt };
        throw senseless(`onedrive: list "${folder}"`, 'it has no size or time');
      });
  }

  async listFolders(folder: string, { signal }: CallOptions = {}): Promise<readonly string[]> {
    parseFolderPath(folder);
    const items = await listChildren(this.#graph, folder, signal);
    return items.filter(({ kind }) => kind === 'folder').map(({ part }) => part);
  }

  /** By the address in the item's metadata: a page may not follow the redirect of `/content` with a token. */
  async read(
    path: string,
    options: CallOptions & { readonly range?: ByteRange } = {},
  ): Promise<Uint8Array> {
    parseFilePath(path);
    const range = options.range && parseRange(options.range);
    const { signal } = options;
    const { kind, size, downloadUrl } = await this.#itemAt(path, signal);
    const task = `onedrive: download "${path}"`;
    if (kind !== 'file') throw new CloudError('not-found', `cloud-storage/${task}: not a file`);
    const url = parseOpenUrl(downloadUrl, task);
    const headers = rangeHeader(range);
    const answer = await this.#graph.open({ task, method: 'GET', url, headers, signal });
    const { status } = answer;
    if (status === 200 || (range && (status === 206 || status === 416))) {
      return takeBody(answer, { task, range, size });
    }
    // What that address refuses says nothing about the sign-in or the file: the next try gets another address.
    if (status === 401 || status === 403 || status === 404) {
      throw passing(task, 'its address ended');
    }
    throw this.#graph.refused(task, answer);
  }

  async create(path: string, bytes: Uint8Array, { signal }: CallOptions = {}): Promise<void> {
    const folders = parseFilePath(path).slice(0, -1);
    try {
      await this.#write(path, bytes, signal);
    } catch (error) {
      unless('not-found')(error);
      // OneDrive makes missing folders by itself; where it does not, they are made one by one.
      await this.#makeFolders(folders, signal);
      await this.#write(path, bytes, signal);
    }
  }

  async remove(path: string, { signal }: CallOptions = {}): Promise<void> {
    parseFilePath(path);
    await this.#graph.ask({ method: 'DELETE', path, signal }).catch(unless('not-found'));
  }

  /** Writes without looking; only when something has this name already, its size and hash decide. */
  async #write(path: string, bytes: Uint8Array, signal: AbortSignal | undefined): Promise<void> {
    let isOurs = true;
    const item = await this.#send(path, bytes, signal).catch((error: unknown) => {
      unless('conflict')(error);
      isOurs = false;
      return this.#itemAt(path, signal);
    });
    const isSame = item.kind === 'file' && item.size === bytes.length;
    if (!isSame || item.part?.toLowerCase() !== nameOf(path).toLowerCase()) {
      throw otherFile(path, item);
    }
    if (typeof item.hash !== 'string' || item.hash === quickXorHash(bytes)) return;
    if (!isOurs) throw otherFile(path, item);
    // The name is free then for the next try.
    await this.remove(path);
    throw passing(`onedrive: upload "${path}"`, 'it came damaged');
  }

  async #send(
    path: string,
    bytes: Uint8Array,
    signal: AbortSignal | undefined,
  ): Promise<DriveItem> {
    const call = { method: 'PUT', path, part: 'content', signal };
    const task = taskOf(call);
    if (bytes.length <= this.#sessionAboveBytes) {
      // Without it the file would be replaced.
      const query = '?@microsoft.graph.conflictBehavior=fail';
      return parseItem(await this.#graph.ask({ ...call, query, body: bytes }), task);
    }
    return this.#uploads.upload({ path, bytes, chunkBytes: this.#chunkBytes, signal });
  }

  async #makeFolders(folders: readonly string[], signal: AbortSignal | undefined): Promise<void> {
    await this.#itemAt('', signal);
    for (const [index, name] of folders.entries()) {
      throwIfAborted(signal, 'onedrive: make folders');
      const path = folders.slice(0, index).join('/');
      const body = {
        name: toItemName(name),
        folder: {},
        '@microsoft.graph.conflictBehavior': 'fail',
      };
      const call = { method: 'POST', path, part: 'children', body, signal };
      // Something of that name may be there already.
      await this.#graph.ask(call).catch(unless('conflict'));
    }
  }

  async #itemAt(path: string, signal: AbortSignal | undefined): Promise<DriveItem> {
    const call = { method: 'GET', path, signal };
    return parseItem(await this.#graph.ask(call), taskOf(call));
  }
}

const passing = (task: string, why: string): CloudError =>
  new CloudError('unavailable', `cloud-storage/${task}: ${why}`);

const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

const otherFile = (path: string, { kind, size }: DriveItem): CloudError =>
  new CloudError('conflict', `cloud-storage/onedrive: "${path}" is a different ${kind}`, {
    details: { path, size },
  });

const wrongSettings = (): CloudError =>
  new CloudError(
    'invalid',
    'cloud-storage/onedrive: wrong chunkBytes, sessionAboveBytes or tenant',
  );
