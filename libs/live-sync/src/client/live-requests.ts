import { LiveError } from '../live-error.js';
import { PROTOCOL_VERSION, VERSION_HEADER } from '../protocol/limits.js';
import { responseToError } from './failure.js';
import { type LiveEnvironment } from './live-environment.js';
import { tokenSubject } from './token-subject.js';

/** The requests of one person to the server. */
export class LiveRequests {
  readonly #url: string;
  readonly #userId: string;
  readonly #token: (refused?: string) => Promise<string | null>;
  readonly #environment: Pick<LiveEnvironment, 'fetch' | 'now'>;

  constructor(options: {
    readonly url: string;
    readonly userId: string;
    readonly token: (refused?: string) => Promise<string | null>;
    readonly environment: Pick<LiveEnvironment, 'fetch' | 'now'>;
  }) {
    this.#url = options.url.replace(/\/+$/, '');
    this.#userId = options.userId;
    this.#token = options.token;
    this.#environment = options.environment;
  }

  /**
   * A response of status 200. A token that is refused is replaced once.
   * @throws LiveError for every other answer, and for none
   */
  async send(
    path: string,
    init: RequestInit & { readonly signal: AbortSignal },
  ): Promise<Response> {
    const token = await this.#askToken();
    let response = await this.#fetch(path, init, token);
    if (response.status === 401) {
      const fresh = await this.#askToken(token);
      if (fresh !== token) {
        await drop(response);
        response = await this.#fetch(path, init, fresh);
      }
    }
    if (response.status === 200) return response;
    throw await responseToError(response, this.#environment.now());
  }

  /** What comes after a cursor. @throws LiveError; `cursor-expired` also for a cursor that the server cannot read */
  async sendSince(
    path: string,
    query: { readonly since: string | undefined; readonly limit?: number },
    init: RequestInit & { readonly signal: AbortSignal },
  ): Promise<Response> {
    const { since, limit } = query;
    const search = new URLSearchParams({
      ...(since !== undefined && { since }),
      ...(limit !== undefined && { limit: `${limit}` }),
    });
    try {
      return await this.send(search.size > 0 ? `${path}?${search}` : path, init);
    } catch (error) {
      if (since === undefined || !(error instanceof LiveError) || error.code !== 'malformed') {
        throw error;
      }
      throw new LiveError('cursor-expired', 'live-sync: the server does not know the cursor', {
        cause: error,
        details: error.details,
      });
    }
  }

  async #fetch(path: string, init: RequestInit, token: string): Promise<Response> {
    const headers = {
      ...(init.headers as Record<string, string> | undefined),
      authorization: `Bearer ${token}`,
      [VERSION_HEADER]: `${PROTOCOL_VERSION}`,
      // The service worker of Angular keeps out of it: it would hold a stream back.
      'ngsw-bypass': 'true',
    };
    try {
      return await this.#environment.fetch(`${this.#url}${path}`, {
        ...init,
        headers,
        cache: 'no-store',
      });
    } catch (cause) {
      init.signal?.throwIfAborted();
      throw new LiveError('network', 'live-sync: the server could not be reached', { cause });
    }
  }

  async #askToken(refused?: string): Promise<string> {
    let token: string | null;
    try {
      token = await this.#token(refused);
    } catch (cause) {
      throw new LiveError('network', 'live-sync: no token could be got', { cause });
    }
    if (token === null) {
      if (refused !== undefined) return refused;
      throw new LiveError('signed-out', 'live-sync: nobody is signed in');
    }
    const subject = tokenSubject(token);
    if (subject === undefined || subject === this.#userId) return token;
    throw new LiveError(
      'wrong-account',
      'live-sync: the token is of another person; sign in again',
    );
  }
}

/** Lets go of an answer that nobody reads, so that its connection is free; one that broke is. */
const drop = async ({ body }: Response): Promise<void> => body?.cancel().catch(() => undefined);
