import { type HttpAnswer } from '../http/http-client.js';
import { parseJson } from '../http/json.js';
import { type Account } from '../oauth/account.js';
import { dropboxError } from './dropbox-error.js';
import { headerJson } from './header-json.js';

/** One call of the API. */
export interface DropboxCall {
  /** For example `files/upload`. */
  readonly endpoint: string;
  readonly argument: unknown;
  /** What it is about, for messages. */
  readonly path: string;
  readonly signal: AbortSignal | undefined;
}

/** A call whose body, or whose answer's body, is a file. */
export interface ContentCall extends DropboxCall {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
}

/** Dropbox's HTTP API, version 2: JSON calls, and calls with content, whose arguments travel in a header. */
export class DropboxApi {
  readonly #account: Account;

  constructor(account: Account) {
    this.#account = account;
  }

  /** The JSON that the call answers with. @throws CloudError as `dropboxError` says */
  async ask(call: DropboxCall): Promise<unknown> {
    const answer = await this.#account.send({
      task: taskOf(call),
      method: 'POST',
      url: new URL(`https://api.dropboxapi.com/2/${call.endpoint}`),
      headers: { 'Content-Type': 'application/json' },
      body: new TextEncoder().encode(JSON.stringify(call.argument)),
      signal: call.signal,
    });
    if (answer.status !== 200) throw this.#refused(call, answer);
    return parseJson(answer.bytes);
  }

  /** The answer, of one of the wanted statuses. @throws CloudError as `dropboxError` says */
  async transfer(call: ContentCall, wanted: readonly number[] = [200]): Promise<HttpAnswer> {
    const answer = await this.#account.send({
      task: taskOf(call),
      method: 'POST',
      url: new URL(`https://content.dropboxapi.com/2/${call.endpoint}`),
      headers: {
        ...call.headers,
        ...(call.body && { 'Content-Type': 'application/octet-stream' }),
        'Dropbox-API-Arg': headerJson(call.argument),
      },
      ...(call.body && { body: call.body }),
      signal: call.signal,
    });
    if (!wanted.includes(answer.status)) throw this.#refused(call, answer);
    return answer;
  }

  #refused(call: DropboxCall, answer: HttpAnswer) {
    return dropboxError(taskOf(call), answer, this.#account.now());
  }
}

/** The name of a call in messages. */
export const taskOf = ({ endpoint, path }: DropboxCall): string => `dropbox: ${endpoint} "${path}"`;
