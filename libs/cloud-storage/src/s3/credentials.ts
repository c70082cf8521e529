import { CloudError } from '../port/cloud-error.js';
import { untilAborted } from '../port/until-aborted.js';
import { s3Error } from './s3-error.js';

/** Keys that requests are signed with. */
export interface S3Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Comes with keys that live for hours, for example of AWS STS. */
  readonly sessionToken?: string;
}

/**
 * The keys, or a function that gives them. The function is asked before the first request, and once more when the service says that the
 * keys are wrong or out of date.
 */
export type S3Credentials = S3Keys | (() => Promise<S3Keys>);

/** Holds the keys in use; calls that need them at the same time ask for them once. */
export class KeyRing {
  readonly #credentials: S3Credentials;
  #asked: Promise<S3Keys> | undefined;
  #known: S3Keys | undefined;

  /** @throws CloudError `unauthorized` for keys that cannot be sent */
  constructor(credentials: S3Credentials) {
    this.#credentials = typeof credentials === 'function' ? credentials : parseKeys(credentials);
  }

  /**
   * The keys to sign with.
   *
   * @throws CloudError `unauthorized` when the function gives none, or what it throws of this kind itself; `aborted`
   */
  async keys(task: string, signal: AbortSignal | undefined): Promise<S3Keys> {
    const credentials = this.#credentials;
    if (typeof credentials !== 'function') return credentials;
    return untilAborted((this.#asked ??= this.#ask(credentials)), signal, task);
  }

  /** Forgets keys that the service refused. Whether there may be others. */
  refuse(keys: S3Keys): boolean {
    if (this.#known === keys) this.forget();
    return typeof this.#credentials === 'function';
  }

  forget(): void {
    this.#asked = this.#known = undefined;
  }

  async #ask(giveKeys: () => Promise<S3Keys>): Promise<S3Keys> {
    try {
      return (this.#known = parseKeys(await giveKeys()));
    } catch (cause) {
      this.forget();
      // The application's own sign-in failed; whatever the reason, nothing can be signed without it.
      throw cause instanceof CloudError
        ? cause
        : s3Error('unauthorized', 'no keys were given; sign in again', undefined, { cause });
    }
  }
}

/** A copy of the keys; a message never repeats them. */
const parseKeys = (keys: S3Keys): S3Keys => {
  const { accessKeyId, secretAccessKey, sessionToken } = keys;
  const parts: readonly unknown[] = [accessKeyId, secretAccessKey, sessionToken ?? '-'];
  if (!parts.every((part) => typeof part === 'string' && /^[\x21-\x7e]+$/.test(part))) {
    throw s3Error('unauthorized', 'the keys are incomplete, or hold signs that no key has');
  }
  return { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) };
};
