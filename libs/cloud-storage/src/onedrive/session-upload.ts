import { type HttpAnswer } from '../http/http-client.js';
import { fieldsOf, parseCount, parseJson } from '../http/json.js';
import { CloudError } from '../port/cloud-error.js';
import { parseItem, parseOpenUrl, type DriveItem } from './drive-item.js';
import { taskOf, type Graph } from './graph.js';
import { toItemName } from './item-name.js';

/** One file on its way in parts. */
export interface SessionUpload {
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly chunkBytes: number;
  readonly signal: AbortSignal | undefined;
}

interface UploadSession {
  readonly path: string;
  readonly url: URL;
}

/** A part may get lost so often in one call before the call fails. */
const MAX_LOSSES = 3;

/**
 * Uploads large files in parts. Sessions are remembered as long as the caller keeps the bytes, so the same bytes given again for the same
 * path, after a failure, go on where they were: the service is asked what it lacks.
 */
export class SessionUploads {
  readonly #graph: Graph;
  readonly #sessions = new WeakMap<Uint8Array, UploadSession>();

  constructor(graph: Graph) {
    this.#graph = graph;
  }

  /** The item that was made. @throws CloudError `conflict` when something is at that path already, else as the service answered */
  async upload(upload: SessionUpload): Promise<DriveItem> {
    const { bytes, path } = upload;
    for (let opened = 0; opened < 2;) {
      const known = this.#sessions.get(bytes);
      const isKnown = known?.path === path;
      if (!isKnown) opened += 1;
      const session = isKnown ? known : await this.#open(upload);
      const item = await this.#fill(upload, session, isKnown);
      this.#sessions.delete(bytes);
      if (item !== undefined) return parseItem(item, nameOf(upload));
      // The session is gone: it expired, or the file is complete and only the reply was lost, or somebody else was faster.
      if (await this.#graph.find(upload)) throw new CloudError('conflict', nameOf(upload));
    }
    throw this.#failed(upload, 'lost its session');
  }

  async #open(upload: SessionUpload): Promise<UploadSession> {
    const { bytes, path, signal } = upload;
    const call = { method: 'POST', path, part: 'createUploadSession', signal };
    const name = toItemName(path.slice(path.lastIndexOf('/') + 1));
    // Here the behaviour is part of the item; in the address it would be ignored, and the file replaced.
    const item = { '@microsoft.graph.conflictBehavior': 'fail', name };
    const answer = await this.#graph.ask({ ...call, body: { item } });
    const url = parseOpenUrl(fieldsOf(answer)['uploadUrl'], taskOf(call));
    this.#sessions.set(bytes, { path, url });
    return { path, url };
  }

  /** Sends what the service lacks. Gives the item, `undefined` when the service no longer knows the session. */
  async #fill(upload: SessionUpload, { url }: UploadSession, isKnown: boolean): Promise<unknown> {
    let offset = isKnown ? await this.#ask(upload, url) : 0;
    for (let losses = 0; offset !== undefined;) {
      const answer = await this.#put(upload, url, offset);
      if (answer && answer.status !== 202) return parseJson(answer.bytes);
      const next: number | undefined = answer
        ? this.#nextOffset(upload, answer)
        : await this.#ask(upload, url);
      if (next !== undefined && next <= offset && (losses += 1) >= MAX_LOSSES) {
        throw this.#failed(upload, 'does not get on');
      }
      offset = next;
    }
    return undefined;
  }

  /** The answer of success to a part; `undefined` when the service should be asked what became of it. */
  async #put(upload: SessionUpload, url: URL, from: number): Promise<HttpAnswer | undefined> {
    const { bytes, chunkBytes } = upload;
    const body = bytes.subarray(from, from + chunkBytes);
    const range = `bytes ${from}-${from + body.length - 1}/${bytes.length}`;
    try {
      const content = { headers: { 'Content-Range': range }, body };
      const answer = await this.#send(upload, 'PUT', url, content);
      const { status } = answer;
      if (status >= 200 && status < 300) return answer;
      if (status === 404 || status === 416) return undefined;
      throw this.#graph.refused(nameOf(upload), answer);
    } catch (error) {
      const { code, retryAfterMs } = error as Partial<CloudError>;
      const mayPass = code === 'offline' || code === 'unavailable';
      if (!mayPass || retryAfterMs !== undefined) throw error;
      return undefined;
    }
  }

  /** From where on the service lacks bytes; `undefined` when it no longer knows the session. */
  async #ask(upload: SessionUpload, url: URL): Promise<number | undefined> {
    const answer = await this.#send(upload, 'GET', url);
    if (answer.status === 404 || answer.status === 410) return undefined;
    if (answer.status !== 200) throw this.#graph.refused(nameOf(upload), answer);
    return this.#nextOffset(upload, answer);
  }

  /** Without a token: the address is permission enough, and a token makes the service refuse it. */
  #send(
    upload: SessionUpload,
    method: string,
    url: URL,
    content: {
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: Uint8Array;
    } = {},
  ): Promise<HttpAnswer> {
    const { signal } = upload;
    return this.#graph.open({ task: nameOf(upload), method, url, headers: {}, ...content, signal });
  }

  /** The first of the ranges that the service lacks, such as `["26-", "80-99"]`. */
  #nextOffset(upload: SessionUpload, { bytes }: HttpAnswer): number {
    const ranges = fieldsOf(parseJson(bytes))['nextExpectedRanges'];
    const starts = (Array.isArray(ranges) ? ranges : []).map((range) => Number.parseInt(range, 10));
    const offset = parseCount(Math.min(...starts));
    if (offset !== undefined && offset < upload.bytes.length) return offset;
    throw this.#failed(upload, 'cannot tell how far it is');
  }

  #failed(upload: SessionUpload, why: string): CloudError {
    return new CloudError('unavailable', `cloud-storage/${nameOf(upload)} ${why}; try again later`);
  }
}

const nameOf = ({ path }: SessionUpload): string => `onedrive: upload "${path}"`;
