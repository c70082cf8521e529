import { abortedError, throwIfAborted } from '../port/abort.js';
import { CloudError } from '../port/cloud-error.js';

/** A request; its headers hold the credentials and are never part of an error. */
export interface HttpRequest {
  /** For messages, for example `webdav: PUT "a/b"`. */
  readonly task: string;
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  readonly signal?: AbortSignal | undefined;
}

/** An answer of whatever status, read to its end. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Uint8Array;
}

/** What a client may be told. */
export interface HttpClientOptions {
  readonly fetch?: typeof globalThis.fetch;
  /** Longest silence of the service, in ms; default 60,000. An upload has longer, by its size, as nothing tells how far it is. */
  readonly timeoutMs?: number;
}

/** Sends one request and reads the whole answer. */
export type HttpClient = (request: HttpRequest) => Promise<HttpAnswer>;

/** Slower uplinks than this (16 KiB a second) are taken for dead. */
const UPLOAD_BYTES_PER_MS = 16;

/**
 * A client without cookies, caches and sign-in dialogues of the browser. It rejects with `CloudError` `offline` when nothing answered,
 * `unavailable` when the answer did not come in time or broke off, `aborted` for the caller; any status is an answer.
 */
export const createHttpClient =
  ({
    fetch = (input, init) => globalThis.fetch(input, init),
    timeoutMs = 60_000,
  }: HttpClientOptions): HttpClient =>
  async (request) => {
    const { task, signal } = request;
    throwIfAborted(signal, task);
    const silence = new Deadline(signal);
    let isAnswered = false;
    try {
      const uploadMs = (request.body?.length ?? 0) / UPLOAD_BYTES_PER_MS;
      silence.restart(timeoutMs + uploadMs);
      const response = await fetch(request.url, {
        method: request.method,
        headers: request.headers,
        ...(request.body && { body: request.body as Uint8Array<ArrayBuffer> }),
        cache: 'no-store',
        credentials: 'omit',
        signal: silence.signal,
      });
      isAnswered = true;
      const bytes = await readBody(response, () => silence.restart(timeoutMs));
      if (isShort(request, response, bytes)) throw new Error(`only ${bytes.length} bytes came`);
      return { status: response.status, headers: response.headers, bytes };
    } catch (cause) {
      if (signal?.aborted) throw abortedError(signal, task);
      if (silence.isOver) {
        throw new CloudError('unavailable', `cloud-storage/${task} was not answered in time`);
      }
      if (isAnswered) {
        throw new CloudError('unavailable', `cloud-storage/${task}: the answer broke off`, {
          cause,
        });
      }
      throw unreachable(request, cause);
    } finally {
      silence.end();
    }
  };

/** Aborts its signal when it is not restarted in time, or with the caller's signal. */
class Deadline {
  isOver = false;
  readonly #aborter = new AbortController();
  readonly #caller: AbortSignal | undefined;
  readonly #follow = () => this.#aborter.abort();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(caller: AbortSignal | undefined) {
    this.#caller = caller;
    caller?.addEventListener('abort', this.#follow, { once: true });
  }

  get signal(): AbortSignal {
    return this.#aborter.signal;
  }

  restart(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.isOver = true;
      this.#aborter.abort();
    }, ms);
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#caller?.removeEventListener('abort', this.#follow);
  }
}

const readBody = async (response: Response, onProgress: () => void): Promise<Uint8Array> => {
  const reader = response.body?.getReader();
  if (!reader) return new Uint8Array(await response.arrayBuffer());
  const chunks: Uint8Array[] = [];
  for (;;) {
    onProgress();
    const { done, value } = await reader.read();
    if (done) break;
    chunks.push(value);
  }
  const bytes = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.length;
  }
  return bytes;
};

/**
 * Whether fewer bytes came than the headers promise. A network stack notices that; a bridge to one may not. Answers of another origin
 * hide whether they were compressed on the way, and with it what the length counts; `HEAD` has the length of what it does not send.
 */
const isShort = ({ method }: HttpRequest, response: Response, bytes: Uint8Array): boolean => {
  const { headers, type } = response;
  if (method === 'HEAD' || type === 'cors' || headers.has('Content-Encoding')) return false;
  return bytes.length < Number(headers.get('Content-Length') ?? 0);
};

/** A browser tells a missing network from a missing CORS header to nobody, so the message names both. */
const unreachable = ({ task, url }: HttpRequest, cause: unknown): CloudError => {
  const page = globalThis.location?.origin;
  const isOtherOrigin = page !== undefined && page !== 'null' && page !== url.origin;
  const cors = isOtherOrigin
    ? `, or it does not let pages of ${page} in (it must answer with CORS headers)`
    : '';
  return new CloudError(
    'offline',
    `cloud-storage/${task}: ${url.host} cannot be reached; there is no network, the server is gone${cors}`,
    { cause, details: { server: url.host } },
  );
};
