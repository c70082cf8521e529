import { type HttpAnswer, type HttpClient } from '../http/http-client.js';
import { fieldsOf, parseJson } from '../http/json.js';
import { type AccessTokens } from '../oauth/account.js';
import { type CloudError } from '../port/cloud-error.js';
import { untilAborted } from '../port/until-aborted.js';
import { ENTRY_FIELDS, parseEntry, parseId, type DriveEntry } from './drive-entry.js';
import { driveError, driveFailure } from './drive-error.js';

/** What the API is reached with. */
export interface DriveApiParts {
  /** Without a slash at its end. */
  readonly baseUrl: string;
  readonly space: 'drive' | 'appDataFolder';
  readonly openTokens: () => Promise<AccessTokens>;
  readonly send: HttpClient;
  readonly now: () => number;
}

/** A request to the API. */
export interface DriveRequest {
  /** For messages, for example `read "a/b"`. */
  readonly task: string;
  readonly signal: AbortSignal | undefined;
  /** Default `GET`. */
  readonly method?: string;
  /** From the base URL, or a whole address that Google gave. */
  readonly url: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  /** Whether a 401 is an answer like others, and not sent again with a new token. */
  readonly isSentOnce?: boolean;
}

/** What is sent to make something: what it is called and where it is, and the bytes of a file. */
export interface Posted extends Pick<DriveRequest, 'url' | 'query' | 'headers'> {
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly media?: Uint8Array;
}

/** For whom, and for which call, something is asked. */
export type Caller = Pick<DriveRequest, 'task' | 'signal'>;

/** Google answers at most so many a page, and gives so many ids. */
const PAGE = '1000';
const IDS = '100';
const JSON_TYPE = 'application/json; charset=UTF-8';

/** Google Drive's REST API, version 3, as one person in one space. */
export class DriveApi {
  readonly #parts: DriveApiParts;
  #ids: string[] = [];
  #tokens: Promise<AccessTokens> | undefined;
  /** Whether the last answer was to a valid token. */
  isAccepted = false;

  constructor(parts: DriveApiParts) {
    this.#parts = parts;
  }

  /** Where tokens come from. */
  tokens(): Promise<AccessTokens> {
    this.#tokens ??= this.#parts.openTokens().catch((error: unknown) => {
      this.#tokens = undefined;
      throw error;
    });
    return this.#tokens;
  }

  /** Forgets the tokens, and those that are still to come; where none were asked for there are none. */
  async signOut(): Promise<void> {
    const tokens = this.#tokens;
    this.#tokens = undefined;
    this.isAccepted = false;
    await (await tokens)?.disconnect();
  }

  /** Sends it with a token; after a 401 once more with another one, when there is one. */
  async send(request: DriveRequest): Promise<HttpAnswer> {
    const { signal, task } = request;
    const opened = this.tokens();
    const tokens = await untilAborted(opened, signal, task);
    const token = await untilAborted(tokens.current(), signal, task);
    let answer = await this.#sendWith(token, request);
    if (answer.status === 401 && !request.isSentOnce) {
      const other = await untilAborted(tokens.replace(token), signal, task);
      if (other !== token) answer = await this.#sendWith(other, request);
    }
    if (opened === this.#tokens) this.isAccepted = answer.status !== 401;
    return answer;
  }

  /** The same, where every other answer than these is a failure. */
  async expect(statuses: readonly number[], request: DriveRequest): Promise<HttpAnswer> {
    const answer = await this.send(request);
    if (!statuses.includes(answer.status)) throw this.failure(request, answer);
    return answer;
  }

  /** The fields of an answer of success. */
  async ask(request: DriveRequest): Promise<Readonly<Record<string, unknown>>> {
    return fieldsOf(parseJson((await this.expect([200], request)).bytes));
  }

  /** The error that an answer means. */
  failure({ task }: Caller, answer: HttpAnswer): CloudError {
    return driveError(`google-drive: ${task}`, answer, this.#parts.now());
  }

  /** Sends metadata as JSON, with the bytes of a file behind it where there are any. */
  async post(caller: Caller, { metadata, media, ...request }: Posted): Promise<HttpAnswer> {
    const json = JSON.stringify(metadata);
    // The id is new, so the bytes cannot hold this boundary.
    const line = `--chat-vault-${metadata['id']}`;
    const head = (type: unknown) => `${line}\r\nContent-Type: ${type}\r\n\r\n`;
    const body = media
      ? [head(JSON_TYPE), json, '\r\n', head(metadata['mimeType']), media, `\r\n${line}--`]
      : [json];
    const type = media ? `multipart/related; boundary=${line.slice(2)}` : JSON_TYPE;
    return this.send({
      ...caller,
      ...request,
      method: 'POST',
      headers: { 'Content-Type': type, ...request.headers },
      body: new Uint8Array(await new Blob(body as BlobPart[]).arrayBuffer()),
    });
  }

  /** Nothing is wrong with the request, but the answer cannot be relied on. */
  unavailable({ task }: Caller, why: string): CloudError {
    return driveFailure('unavailable', `${task}: ${why}`);
  }

  /**
   * Everything in any of the folders that matches and is not in the trash, of all pages. One folder a query: with several Google has
   * answered with nothing.
   *
   * @throws CloudError `unavailable` when it cannot be sure to have everything
   */
  async search(
    parents: readonly string[],
    condition: string,
    caller: Caller,
  ): Promise<readonly DriveEntry[]> {
    const found: DriveEntry[] = [];
    // One after another: this is one call of the few that may be under way.
    for (const parent of parents) {
      const query = `'${parent}' in parents and ${condition} and trashed = false`;
      // A token for the next page may expire on the way; then everything is asked again, once.
      const pages = (await this.#pages(query, caller)) ?? (await this.#pages(query, caller));
      if (!pages) throw this.unavailable(caller, 'it came cut short');
      found.push(...pages);
    }
    return found;
  }

  /** What is known of an id; `undefined` when it is not there, or in the trash. */
  async stat(id: string, caller: Caller): Promise<DriveEntry | undefined> {
    const answer = await this.expect([200, 404], {
      ...caller,
      url: `/drive/v3/files/${id}`,
      query: { fields: ENTRY_FIELDS },
    });
    const entry = answer.status === 200 ? parseEntry(parseJson(answer.bytes)) : undefined;
    return entry?.isTrashed ? undefined : entry;
  }

  /** An id for a file or folder to be made, so that making it again makes no other. */
  async takeId(caller: Caller): Promise<string> {
    const known = this.#ids.pop();
    if (known !== undefined) return known;
    const { ids } = await this.ask({
      ...caller,
      url: '/drive/v3/files/generateIds',
      query: { count: IDS, space: this.#parts.space },
    });
    const [first, ...others] = Array.isArray(ids) ? ids.map(parseId) : [];
    this.#ids.push(...others);
    return parseId(first);
  }

  /** Forgets the ids in store: Google refused one, or they are of another account. */
  forgetIds(): void {
    this.#ids = [];
  }

  /** All pages; `undefined` when Google gives none of them, a part, or never an end. */
  async #pages(q: string, caller: Caller): Promise<readonly DriveEntry[] | undefined> {
    const { space } = this.#parts;
    const found: DriveEntry[] = [];
    for (let pageToken = ''; ;) {
      const fields = `nextPageToken,incompleteSearch,files(${ENTRY_FIELDS})`;
      const answer = await this.send({
        ...caller,
        url: '/drive/v3/files',
        query: { q, spaces: space, pageSize: PAGE, fields, ...(pageToken && { pageToken }) },
      });
      if (pageToken && (answer.status === 400 || answer.status === 410)) return undefined;
      if (answer.status !== 200) throw this.failure(caller, answer);
      const page = fieldsOf(parseJson(answer.bytes));
      const { files, incompleteSearch: isPart, nextPageToken: next = '' } = page;
      if (!Array.isArray(files) || isPart === true || typeof next !== 'string') return undefined;
      for (const file of files) found.push(parseEntry(file));
      if (next === '') return found;
      if (next === pageToken) return undefined;
      pageToken = next;
    }
  }

  #sendWith(token: string, request: DriveRequest): Promise<HttpAnswer> {
    const { baseUrl, send } = this.#parts;
    const { task, method = 'GET', body, signal } = request;
    const url = new URL(request.url.startsWith('/') ? baseUrl + request.url : request.url);
    if (request.query) url.search = `${new URLSearchParams(request.query)}`;
    // An upload goes where Google says, a token only to Google's API.
    const isOurs = url.origin === new URL(baseUrl).origin;
    return send({
      task: `google-drive: ${task}`,
      method,
      url,
      headers: { ...(isOurs && { Authorization: `Bearer ${token}` }), ...request.headers },
      ...(body && { body }),
      signal,
    });
  }
}
