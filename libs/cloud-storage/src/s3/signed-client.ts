import { type HttpAnswer, type HttpClient } from '../http/http-client.js';
import { throwIfAborted } from '../port/abort.js';
import { type KeyRing, type S3Keys } from './credentials.js';
import { isClockRefusal, isKeysRefusal, parseRefusal, type Refusal } from './refusal.js';
import { s3Error } from './s3-error.js';

/** A request that is yet to be signed. */
export interface S3Request {
  /** For messages, for example `s3: PUT "a/b"`. */
  readonly task: string;
  readonly method: string;
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  readonly signal: AbortSignal | undefined;
}

/** An answer, with what it refuses unless its status is one of success. */
export type S3Answer = HttpAnswer & { readonly refusal?: Refusal };

/** What a client needs. */
export interface SignedClientOptions {
  readonly send: HttpClient;
  readonly region: string;
  readonly keyRing: KeyRing;
  /** This device's clock, Unix ms. */
  readonly now: () => number;
}

/**
 * Signs requests and sends them. The hash of a body is signed with it, so that a service refuses what was damaged on its way. What a
 * service refuses for its time is signed once more by the service's clock, and what it refuses for its keys with other keys, if there
 * may be any.
 */
export class SignedClient {
  readonly #options: SignedClientOptions;
  /** How far the service's clock is ahead of this device's. */
  #clockOffsetMs = 0;

  /** @throws CloudError `invalid` for a region that cannot be signed, and where there is no WebCrypto to sign with */
  constructor(options: SignedClientOptions) {
    if (!/^[\w.-]+$/.test(options.region)) {
      throw s3Error('invalid', `"${options.region}" is not the name of a region`);
    }
    if (!globalThis.crypto?.subtle) {
      throw s3Error('invalid', 'only a page from https:// or localhost can sign requests');
    }
    this.#options = options;
  }

  /** The service's clock as far as it is known, Unix ms. */
  now(): number {
    return this.#options.now() + this.#clockOffsetMs;
  }

  /** @throws CloudError `offline`, `unavailable`, `aborted`, or `unauthorized` when there are no keys */
  async request(request: S3Request): Promise<S3Answer> {
    const { keyRing, now } = this.#options;
    const { task, signal } = request;
    throwIfAborted(signal, task);
    let mayCorrectClock = true;
    let mayRenewKeys = true;
    for (;;) {
      const keys = await keyRing.keys(task, signal);
      const answer = await this.#sendSigned(request, keys);
      if (answer.status >= 200 && answer.status < 300) return answer;
      const refusal = parseRefusal(answer);
      if (mayCorrectClock && isClockRefusal(refusal) && refusal.serverMs) {
        this.#clockOffsetMs = refusal.serverMs - now();
        mayCorrectClock = false;
      } else if (mayRenewKeys && isKeysRefusal(refusal) && keyRing.refuse(keys)) {
        mayRenewKeys = false;
      } else {
        return { ...answer, refusal };
      }
    }
  }

  async #sendSigned(request: S3Request, keys: S3Keys): Promise<HttpAnswer> {
    const { signRequest } = await loadSigner();
    const headers = await signRequest(
      { headers: {}, body: new Uint8Array(), ...request },
      { keys, region: this.#options.region, nowMs: this.now() },
    );
    return this.#options.send({ ...request, headers });
  }
}

/** With the first request, as the library that signs weighs a third of the driver. */
const loadSigner = () =>
  import('./sign-request.js').catch((cause: unknown) => {
    const message = 'its code cannot be loaded';
    throw s3Error('offline', message, undefined, { cause });
  });
