import { type HttpAnswer, type HttpClient } from '../http/http-client.js';
import { parseJson } from '../http/json.js';
import { type Account } from '../oauth/account.js';
import { CloudError, type CloudErrorCode } from '../port/cloud-error.js';
import { graphError } from './graph-error.js';
import { toItemName } from './item-name.js';

/** Microsoft Graph, version 1.0. */
export const GRAPH = 'https://graph.microsoft.com/v1.0/';

/** A request about something in the app's folder. */
export interface GraphCall {
  readonly method: string;
  readonly path: string;
  /** What of it, for example `content` or `children`; the item itself by default. */
  readonly part?: string;
  /** With the `?`. */
  readonly query?: string;
  /** Sent as JSON unless it is bytes. */
  readonly body?: unknown;
  readonly signal: AbortSignal | undefined;
}

/** Takes an error of that code for an answer of nothing, and throws every other one. */
export const unless =
  (code: CloudErrorCode) =>
  (error: unknown): undefined => {
    if (!(error instanceof CloudError) || error.code !== code) throw error;
  };

/** Requests to the app's folder in a person's OneDrive, by path. */
export class Graph {
  readonly #account: Account;

  constructor(account: Account) {
    this.#account = account;
  }

  /** Sends to an address that carries its own permission: a token must not reach it. */
  get open(): HttpClient {
    return this.#account.open;
  }

  /** The JSON of a successful answer. @throws CloudError as `graphError` says */
  async ask(call: GraphCall): Promise<unknown> {
    const { method, path, part = '', query = '', body, signal } = call;
    const isBytes = body instanceof Uint8Array;
    const bytes = isBytes ? body : new TextEncoder().encode(JSON.stringify(body));
    const type = isBytes ? 'application/octet-stream' : 'application/json';
    return this.askAt(new URL(addressOf(path, part) + query), {
      task: taskOf(call),
      method,
      headers: body === undefined ? {} : { 'Content-Type': type },
      ...(body !== undefined && { body: bytes }),
      signal,
    });
  }

  /** The item itself, `undefined` when nothing is there. */
  async find({ path, signal }: Pick<GraphCall, 'path' | 'signal'>): Promise<unknown> {
    return this.ask({ method: 'GET', path, signal }).catch(unless('not-found'));
  }

  /** What `ask` does, at an address of Graph's own, such as the next page of a listing. */
  async askAt(url: URL, request: Omit<Parameters<HttpClient>[0], 'url'>): Promise<unknown> {
    const answer = await this.#account.send({ ...request, url });
    if (answer.status < 200 || answer.status > 299) throw this.refused(request.task, answer);
    return parseJson(answer.bytes);
  }

  /** What an answer means that is no success. */
  refused(task: string, answer: HttpAnswer): CloudError {
    return graphError(task, answer, this.#account.now());
  }
}

/** The name of a call in messages. */
export const taskOf = ({
  method,
  path,
  part,
}: Pick<GraphCall, 'method' | 'path' | 'part'>): string =>
  `onedrive: ${method} "${path}"${part === undefined ? '' : ` (${part})`}`;

const addressOf = (path: string, part: string): string => {
  const root = `${GRAPH}me/drive/special/approot`;
  if (path === '') return part === '' ? root : `${root}/${part}`;
  const escaped = path.split('/').map((name) => encodeURIComponent(toItemName(name)));
  return `${root}:/${escaped.join('/').replaceAll("'", '%27')}${part === '' ? '' : `:/${part}`}`;
};
