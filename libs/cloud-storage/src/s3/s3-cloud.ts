import { createHttpClient } from '../http/http-client.js';
import { rangeHeader, takeBody } from '../http/range.js';
import { parseRange } from '../path/byte-range.js';
import { parseFilePath, parseFolderPath } from '../path/cloud-path.js';
import { type CloudError } from '../port/cloud-error.js';
import {
  type ByteRange,
  type CallOptions,
  type CloudFile,
  type CloudStorage,
} from '../port/cloud-storage.js';
import { createBucketAddress, type BucketAddress } from './bucket-address.js';
import { KeyRing, type S3Credentials } from './credentials.js';
import { parseListing, type ListingPage } from './listing.js';
import { readMembers, type Members } from './members.js';
import { isConditionRefusal, parseRefusal, refusalError } from './refusal.js';
import { s3Error } from './s3-error.js';
import { SignedClient, type S3Answer } from './signed-client.js';

/** Where the bucket is and how to get in. */
export interface S3CloudOptions {
  /** Of the service, without the bucket, for example `https://s3.eu-central-1.amazonaws.com`. */
  readonly endpoint: string;
  readonly bucket: string;
  /** As the service names it, for example `eu-central-1`; Cloudflare wants `auto`. */
  readonly region: string;
  readonly credentials: S3Credentials;
  /** The folder of the bucket that is the root of the storage, so that accounts share a bucket; default the bucket itself. */
  readonly prefix?: string;
  /** Whether the bucket is part of the path, which is the default, or of the host name. */
  readonly style?: 'path' | 'virtual';
  /** Default `s3`. */
  readonly providerId?: string;
  /** Default the name of the bucket. */
  readonly displayName?: string;
  /** How long listings may lag, in ms; default 0, as AWS and most others promise. */
  readonly listingLagMs?: number;
  readonly fetch?: typeof globalThis.fetch;
  /** Longest silence of the service before a call is `unavailable`, in ms; default 60,000. Uploads have longer, by their size. */
  readonly timeoutMs?: number;
  /** This device's clock, Unix ms. It may be wrong: requests are signed by the service's clock once that is known. */
  readonly now?: () => number;
}

/**
 * A bucket of Amazon S3 or of a service that speaks its protocol. A page needs CORS rules on the bucket: methods
 * `GET, PUT, DELETE, HEAD`, headers `Authorization, If-None-Match, Range, X-Amz-Content-Sha256, X-Amz-Date, X-Amz-Security-Token`.
 * A service that does not know `If-None-Match` on `PUT` writes a file of another size over instead of giving `conflict`
 * (docs/decisions/0070-s3-create.md).
 *
 * @throws CloudError `invalid` for options that make no sense and where there is no WebCrypto, `unauthorized` for keys that cannot be any
 */
export const s3Cloud = (options: S3CloudOptions): CloudStorage => new S3(options);

/** Not to write over a file. */
const IF_NEW = { 'If-None-Match': '*' };
/** How often a `PUT` is sent while another one of that name is under way. */
const CONFLICT_TRIES = 3;

class S3 implements CloudStorage {
  readonly providerId: string;
  readonly displayName: string;
  readonly listingLagMs: number;
  readonly #address: BucketAddress;
  readonly #keyRing: KeyRing;
  readonly #client: SignedClient;
  /** Until the service refused the condition of a `PUT` and took the file without it. */
  #takesConditions = true;

  constructor(options: S3CloudOptions) {
    const { now = () => Date.now() } = options;
    const send = createHttpClient(options);
    this.#address = createBucketAddress(options);
    this.#keyRing = new KeyRing(options.credentials);
    this.#client = new SignedClient({ send, region: options.region, keyRing: this.#keyRing, now });
    this.providerId = options.providerId ?? 's3';
    this.displayName = options.displayName ?? options.bucket;
    this.listingLagMs = options.listingLagMs ?? 0;
  }

  async connect(): Promise<void> {
    await this.#page('', { prefix: this.#address.keyPrefixOf(''), 'max-keys': '1' }, {});
  }

  async disconnect(): Promise<void> {
    this.#keyRing.forget();
  }

  async list(folder: string, options: CallOptions = {}): Promise<readonly CloudFile[]> {
    return (await this.#members(folder, options)).files;
  }

  async listFolders(folder: string, options: CallOptions = {}): Promise<readonly string[]> {
    return (await this.#members(folder, options)).folders;
  }

  async read(
    path: string,
    options: CallOptions & { readonly range?: ByteRange } = {},
  ): Promise<Uint8Array> {
    const range = options.range && parseRange(options.range);
    const answer = await this.#send('GET', path, { ...options, headers: rangeHeader(range) });
    const { status } = answer;
    if (status === 200 || (range && (status === 206 || status === 416))) {
      return takeBody(answer, { task: taskOf('GET', path), range, size: undefined });
    }
    // AWS says 403 for an absent file to keys that may list only a part of the bucket; such keys may ask whether it lists the file.
    if (answer.refusal?.reason === 'AccessDenied' && !(await this.#isListed(path, options))) {
      throw s3Error('not-found', `"${path}" is not there`, path);
    }
    throw this.#refused('GET', path, answer);
  }

  async create(path: string, bytes: Uint8Array, options: CallOptions = {}): Promise<void> {
    let isConditional = this.#takesConditions;
    let mayTakeConditions = true;
    for (let tries = 1; ; tries += 1) {
      const headers = isConditional ? IF_NEW : {};
      const answer = await this.#send('PUT', path, { ...options, headers, body: bytes });
      const { status, refusal } = answer;
      if (!refusal) {
        this.#takesConditions &&= mayTakeConditions;
        return;
      }
      if (isConditional && isConditionRefusal(refusal)) {
        mayTakeConditions = false;
        isConditional = false;
      } else if (isConditional && (status === 412 || status === 304)) {
        // Old MinIO says 304 for it, as if it had been a read.
        const size = await this.#sizeOf(path, options);
        if (size === bytes.length) return;
        if (size !== undefined) {
          throw s3Error('conflict', `"${path}" exists with another size: ${size} bytes`, path);
        }
        // It was removed meanwhile, or the service mistakes the condition.
        isConditional = false;
      } else if (refusal.reason !== 'ConditionalRequestConflict' || tries >= CONFLICT_TRIES) {
        throw this.#refused('PUT', path, answer);
      }
    }
  }

  async remove(path: string, options: CallOptions = {}): Promise<void> {
    const answer = await this.#send('DELETE', path, options);
    const error = answer.refusal && this.#refused('DELETE', path, answer);
    if (error && error.code !== 'not-found') throw error;
  }

  async #members(folder: string, options: CallOptions): Promise<Members> {
    parseFolderPath(folder);
    const prefix = this.#address.keyPrefixOf(folder);
    return readMembers({
      folder,
      keyPrefix: prefix,
      page: (token = '') =>
        this.#page(folder, { delimiter: '/', prefix, 'continuation-token': token }, options),
    });
  }

  /** A page of a listing; `undefined` when the service refuses the token in the query. */
  async #page(
    folder: string,
    query: Readonly<Record<string, string>>,
    { signal }: CallOptions,
  ): Promise<ListingPage | undefined> {
    const answer = await this.#client.request({
      task: taskOf('LIST', folder),
      method: 'GET',
      url: this.#address.urlOf('', { 'list-type': '2', 'encoding-type': 'url', ...query }),
      signal,
    });
    if (!answer.refusal) return parseListing(new TextDecoder().decode(answer.bytes));
    const error = this.#refused('LIST', folder, answer);
    const mayBeToken = query['continuation-token'] && error.code === 'invalid';
    if (mayBeToken && (answer.status === 400 || answer.status === 410)) return undefined;
    throw error;
  }

  async #isListed(path: string, options: CallOptions): Promise<boolean> {
    const prefix = this.#address.keyOf(path);
    const page = await this.#page(path, { prefix, 'max-keys': '1' }, options);
    return page?.files[0]?.key === prefix;
  }

  async #sizeOf(path: string, options: CallOptions): Promise<number | undefined> {
    const answer = await this.#send('HEAD', path, options);
    if (answer.status === 404) return undefined;
    const size = answer.headers.get('Content-Length');
    if (answer.refusal || size === null) throw this.#refused('HEAD', path, answer);
    return Number(size);
  }

  async #send(method: string, path: string, options: SendOptions): Promise<S3Answer> {
    parseFilePath(path);
    return this.#client.request({
      signal: undefined,
      ...options,
      task: taskOf(method, path),
      method,
      url: this.#address.urlOf(this.#address.keyOf(path)),
    });
  }

  #refused(method: string, path: string, answer: S3Answer): CloudError {
    const refusal = answer.refusal ?? parseRefusal(answer);
    return refusalError(taskOf(method, path), refusal, { path, nowMs: this.#client.now() });
  }
}

interface SendOptions extends CallOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
}

const taskOf = (method: string, path: string): string => `s3: ${method} "${path}"`;
