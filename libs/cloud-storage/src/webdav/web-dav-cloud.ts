import { createHttpClient, type HttpAnswer, type HttpClient } from '../http/http-client.js';
import { statusError } from '../http/http-status.js';
import { rangeHeader, takeBody } from '../http/range.js';
import { parseRetryAfter } from '../http/retry-after.js';
import { parseRange } from '../path/byte-range.js';
import { joinPath, parseFilePath, parseFolderPath } from '../path/cloud-path.js';
import { CloudError } from '../port/cloud-error.js';
import {
  type ByteRange,
  type CallOptions,
  type CloudFile,
  type CloudSpace,
  type CloudStorage,
} from '../port/cloud-storage.js';
import { untilAborted } from '../port/until-aborted.js';
import { parseAutoindex } from './autoindex.js';
import { createSignedClient, type WebDavCredentials } from './credentials.js';
import { membersOf, type DavMember } from './dav-folder.js';
import { FolderMaker } from './folder-maker.js';
import { parseMultistatus, parseSpace, PROPFIND_BODY, SPACE_BODY } from './multistatus.js';
import { parseRootUrl } from './root-url.js';

/** Where the folder is and how to get in. */
export interface WebDavCloudOptions {
  /** The folder that is the root of the storage, without user name and password; in a page it may be relative to the page. */
  readonly url: string;
  readonly credentials?: WebDavCredentials;
  /**
   * How folders are listed: by `PROPFIND`, the default, or where an nginx without it shows folders as JSON (`autoindex_format json`), by
   * `GET` of the folder; then the folder may hold no `index.html`. There is no way without a listing
   * (docs/decisions/0073-webdav-without-propfind.md).
   */
  readonly listing?: 'propfind' | 'autoindex-json';
  /** Default `webdav`. */
  readonly providerId?: string;
  /** Default the host of the URL. */
  readonly displayName?: string;
  readonly fetch?: typeof globalThis.fetch;
  /** Longest silence of the server before a call is `unavailable`, in ms; default 60,000. Uploads have longer, by their size. */
  readonly timeoutMs?: number;
  /** Clock for `Retry-After` dates, Unix ms. */
  readonly now?: () => number;
}

/**
 * A folder on a WebDAV server (RFC 4918). A page of another origin needs CORS: methods `PROPFIND, GET, PUT, DELETE, MKCOL`, headers
 * `Authorization, Content-Type, Depth, If-None-Match, Range`. A server that ignores `If-None-Match` on `PUT` (nginx and rclone do)
 * writes a file of another size over instead of giving `conflict` (docs/decisions/0030-webdav-create.md).
 *
 * @throws CloudError `invalid` for a URL that is not one of HTTP or holds a password
 */
export const webDavCloud = (options: WebDavCloudOptions): CloudStorage => new WebDav(options);

class WebDav implements CloudStorage {
  readonly providerId: string;
  readonly displayName: string;
  readonly #root: URL;
  readonly #isIndexed: boolean;
  readonly #send: HttpClient;
  readonly #now: () => number;
  readonly #folders = new FolderMaker(async (folder) => {
    const { status } = await this.#request('MKCOL', folder, { isFolder: true });
    return status;
  });

  constructor(options: WebDavCloudOptions) {
    this.#root = parseRootUrl(options.url);
    this.providerId = options.providerId ?? 'webdav';
    this.displayName = options.displayName ?? this.#root.host;
    this.#isIndexed = options.listing === 'autoindex-json';
    const send = createHttpClient(options);
    this.#send = createSignedClient(send, options.credentials);
    this.#now = options.now ?? (() => Date.now());
  }

  async connect(): Promise<void> {
    await (this.#isIndexed ? this.#members('', {}) : this.#properties('', '0', {}));
  }

  async list(folder: string, options: CallOptions = {}): Promise<readonly CloudFile[]> {
    const members = await this.#members(folder, options);
    return members.filter(({ isFolder }) => !isFolder).map((member) => toFile(folder, member));
  }

  async listFolders(folder: string, options: CallOptions = {}): Promise<readonly string[]> {
    const members = await this.#members(folder, options);
    return members.filter(({ isFolder }) => isFolder).map(({ name }) => name);
  }

  async read(
    path: string,
    options: CallOptions & { readonly range?: ByteRange } = {},
  ): Promise<Uint8Array> {
    parseFilePath(path);
    const range = options.range && parseRange(options.range);
    const answer = await this.#request('GET', path, { ...options, headers: rangeHeader(range) });
    const { status } = answer;
    if (status !== 200 && !(range && (status === 206 || status === 416))) {
      throw this.#refused('GET', path, answer);
    }
    if (status === 200) refuseUnpacked(answer, path);
    return takeBody(answer, { task: taskOf('GET', path), range, size: undefined });
  }

  async create(path: string, bytes: Uint8Array, options: CallOptions = {}): Promise<void> {
    const folder = parseFilePath(path).slice(0, -1);
    const put = (headers: Readonly<Record<string, string>>) =>
      this.#request('PUT', path, { ...options, headers, body: bytes });
    const isNew = { 'If-None-Match': '*' };
    const wasThere = this.#folders.knows(folder);
    let answer = await put(isNew);
    if (mayLackFolder(answer.status)) {
      if (wasThere) this.#folders.forget(folder);
      // nginx says 500 for a missing folder and for real failures: make folders only where none was seen.
      if (answer.status !== 500 || !wasThere) {
        // Folders are made for all who wait for them, so one who gives up only stops waiting.
        await untilAborted(this.#folders.make(folder), options.signal, taskOf('PUT', path));
        answer = await put(isNew);
      }
    }
    if (answer.status === 412) {
      const size = await this.#sizeOf(path, options);
      if (size === bytes.length) return;
      if (size !== undefined) throw otherSize(path, size, bytes.length);
      // Refused as existing although it does not: the server mistakes the condition (sabre/dav once did).
      answer = await put({});
    }
    if (!isWritten(answer.status)) throw this.#refused('PUT', path, answer);
    this.#folders.noteExists(folder);
  }

  async remove(path: string, options: CallOptions = {}): Promise<void> {
    parseFilePath(path);
    const answer = await this.#request('DELETE', path, options);
    if (!isWritten(answer.status) && answer.status !== 404 && answer.status !== 410) {
      throw this.#refused('DELETE', path, answer);
    }
  }

  async space(options: CallOptions = {}): Promise<CloudSpace> {
    const xml = this.#isIndexed ? undefined : await this.#propfind('', '0', SPACE_BODY, options);
    return xml === undefined ? {} : parseSpace(xml);
  }

  async #members(folder: string, options: CallOptions): Promise<readonly DavMember[]> {
    const parts = parseFolderPath(folder);
    const members = await (this.#isIndexed
      ? this.#indexed(folder, options)
      : this.#found(folder, options));
    if (members) this.#folders.noteExists(parts);
    return members ?? [];
  }

  async #found(folder: string, options: CallOptions) {
    const resources = await this.#properties(folder, '1', options);
    return resources && membersOf(resources, this.#urlOf(folder, true), taskOf('PROPFIND', folder));
  }

  async #indexed(folder: string, options: CallOptions) {
    const answer = await this.#request('GET', folder, { ...options, isFolder: true });
    if (answer.status === 404) return undefined;
    if (answer.status !== 200) throw this.#refused('GET', folder, answer);
    return parseAutoindex(answer.bytes, taskOf('GET', folder));
  }

  async #sizeOf(path: string, options: CallOptions): Promise<number | undefined> {
    if (this.#isIndexed) {
      const files = await this.list(path.slice(0, Math.max(0, path.lastIndexOf('/'))), options);
      return files.find((file) => file.path === path)?.size;
    }
    const answer = await this.#ask(path, '0', PROPFIND_BODY, options);
    if (isUnlisted(answer)) return this.#lengthOf(path, options);
    const xml = this.#xmlOf(path, answer);
    if (xml === undefined) return undefined;
    const resource = parseMultistatus(xml).find(({ status }) => status < 300);
    return resource && sizeOf(resource.size, path);
  }

  /** The size of a file on a server without PROPFIND; what is packed on the way has another length. */
  async #lengthOf(path: string, options: CallOptions): Promise<number | undefined> {
    const answer = await this.#request('HEAD', path, options);
    if (answer.status === 404) return undefined;
    if (answer.status !== 200) throw this.#refused('HEAD', path, answer);
    const length = answer.headers.get('Content-Length') ?? '';
    const isSize = /^\d+$/.test(length) && !answer.headers.has('Content-Encoding');
    return sizeOf(isSize ? Number(length) : undefined, path);
  }

  /** What the server knows of a folder and its members (depth 1) or of one thing alone (0); `undefined` when it is not there. */
  async #properties(path: string, depth: '0' | '1', options: CallOptions) {
    const xml = await this.#propfind(path, depth, PROPFIND_BODY, options);
    return xml === undefined ? undefined : parseMultistatus(xml);
  }

  async #propfind(path: string, depth: '0' | '1', body: Uint8Array, options: CallOptions) {
    return this.#xmlOf(path, await this.#ask(path, depth, body, options));
  }

  #ask(path: string, depth: '0' | '1', body: Uint8Array, options: CallOptions) {
    return this.#request('PROPFIND', path, {
      ...options,
      isFolder: depth === '1' || path === '',
      headers: { Depth: depth, 'Content-Type': 'application/xml; charset=utf-8' },
      body,
    });
  }

  #xmlOf(path: string, answer: HttpAnswer): string | undefined {
    if (answer.status === 404) return undefined;
    if (answer.status !== 207) throw this.#refused('PROPFIND', path, answer);
    return new TextDecoder().decode(answer.bytes);
  }

  async #request(method: string, path: string, options: RequestOptions): Promise<HttpAnswer> {
    return this.#send({
      task: taskOf(method, path),
      method,
      url: this.#urlOf(path, options.isFolder ?? false),
      headers: options.headers ?? {},
      ...(options.body && { body: options.body }),
      signal: options.signal,
    });
  }

  #urlOf(path: string, isFolder: boolean): URL {
    const escaped = path.split('/').map(encodeURIComponent).join('/');
    return new URL(`${this.#root.href}${escaped}${isFolder && path !== '' ? '/' : ''}`);
  }

  #refused(method: string, path: string, answer: HttpAnswer): CloudError {
    const task = taskOf(method, path);
    const { status, headers } = answer;
    const lacksListing = method === 'PROPFIND' && isUnlisted(answer);
    if (lacksListing || status < 400) {
      const why = lacksListing
        ? 'the server does not list folders; turn PROPFIND on there'
        : 'this is not WebDAV; check the address';
      return new CloudError(
        'invalid',
        `cloud-storage/${task} was answered with ${status}: ${why}`,
        {
          details: { path, status },
        },
      );
    }
    const retryAfterMs = parseRetryAfter(headers.get('Retry-After'), this.#now());
    return statusError(task, { status, retryAfterMs, details: { path } });
  }
}

interface RequestOptions extends CallOptions {
  /** Whether the URL ends with a slash, as servers want it for folders. */
  readonly isFolder?: boolean;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
}

const taskOf = (method: string, path: string): string => `webdav: ${method} "${path}"`;

const toFile = (folder: string, { name, size, modifiedAt }: DavMember): CloudFile => {
  const path = joinPath(folder, name);
  if (modifiedAt === undefined) throw lacking('getlastmodified', path);
  return { path, size: sizeOf(size, path), modifiedAt };
};

const sizeOf = (size: number | undefined, path: string): number => {
  if (size === undefined) throw lacking('getcontentlength', path);
  return size;
};

const lacking = (property: string, path: string): CloudError =>
  new CloudError(
    'invalid',
    `cloud-storage/webdav: the server does not tell ${property} of "${path}", which is needed`,
    { details: { path } },
  );

const otherSize = (path: string, size: number, wanted: number): CloudError =>
  new CloudError(
    'conflict',
    `cloud-storage/webdav: "${path}" exists with ${size} bytes instead of ${wanted}; write under another name`,
    { details: { path, size } },
  );

/** Whether the server does not know PROPFIND. */
const isUnlisted = ({ status }: HttpAnswer): boolean => status === 405 || status === 501;

const isWritten = (status: number): boolean => status >= 200 && status < 207;

/** The standard says 409, some say 404, and nginx has only 500 for it. */
const mayLackFolder = (status: number): boolean =>
  status === 409 || status === 404 || status === 500;

/** A server that declares a stored `.gz` file to be the coding of a text makes every client unpack it. */
const refuseUnpacked = ({ headers, bytes }: HttpAnswer, path: string): void => {
  const isCoded = /gzip/i.test(headers.get('Content-Encoding') ?? '');
  if (!isCoded || !path.endsWith('.gz') || (bytes[0] === 0x1f && bytes[1] === 0x8b)) return;
  throw new CloudError(
    'invalid',
    `cloud-storage/webdav: the server sends "${path}" with Content-Encoding gzip, so it arrives unpacked; remove its setting for .gz files (AddEncoding)`,
    { details: { path } },
  );
};
