import { type HttpClient } from '../http/http-client.js';
import { CloudError } from '../port/cloud-error.js';
import { untilAborted } from '../port/until-aborted.js';
import { createFormClient } from './form-client.js';
import { givenTokens, type GivenToken } from './given-tokens.js';
import { type OAuthParts, type OAuthSignIn } from './oauth-sign-in.js';

/** Where the access token of each request comes from, and how a person gets in and out. */
export interface AccessTokens {
  /** @throws CloudError `unauthorized` when a person has to sign in */
  current(): Promise<string>;
  /** Another one than the one that the service refused, or the same when there is no other. */
  replace(refused: string): Promise<string>;
  /** Signs in as far as needed; `check` is a request that tells whether the service agrees. */
  connect(isInteractive: boolean, check: () => Promise<unknown>): Promise<void>;
  disconnect(): Promise<void>;
}

/** What an account needs of its driver. */
export interface AccountParts extends Omit<OAuthParts, 'signIn' | 'sendForm'> {
  readonly send: HttpClient;
}

/**
 * An account at a service. The code of a sign-in by the driver is loaded when it is first needed, as applications that give tokens
 * never need it.
 */
export class Account {
  /** Whether somebody signed in, and the sign-in has not ended since. */
  isConnected = false;
  readonly #open: () => Promise<AccessTokens>;
  readonly #send: HttpClient;
  #opening: Promise<AccessTokens> | undefined;

  constructor(access: GivenToken | OAuthSignIn, parts: AccountParts) {
    const { send, now } = parts;
    const { name } = parts.service;
    this.#send = send;
    this.#open = async () => {
      if ('token' in access) return givenTokens(name, access);
      const { OAuthSession } = await import('./oauth-session.js');
      const sendForm = createFormClient(send, `${name}: sign-in`, now);
      return new OAuthSession({ ...parts, sendForm, signIn: access });
    };
  }

  async connect(isInteractive: boolean, check: () => Promise<unknown>): Promise<void> {
    await (await this.#tokens()).connect(isInteractive, check);
    this.isConnected = true;
  }

  async disconnect(): Promise<void> {
    this.isConnected = false;
    await (await this.#tokens()).disconnect();
  }

  /** Sends a request with an access token; when the service refuses it (401), once more with another one. */
  readonly send: HttpClient = async (request) => {
    const { task, signal } = request;
    const sendWith = (token: string) =>
      this.#send({ ...request, headers: { ...request.headers, Authorization: `Bearer ${token}` } });
    const asking = this.#tokens().then((tokens) => tokens.current());
    const token = await untilAborted(asking.catch(this.#lost), signal, task);
    const answer = await sendWith(token);
    if (answer.status !== 401) return answer;
    const replacing = this.#tokens().then((tokens) => tokens.replace(token));
    const other = await untilAborted(replacing.catch(this.#lost), signal, task);
    return other === token ? answer : sendWith(other);
  };

  readonly #lost = (error: unknown): never => {
    if (error instanceof CloudError && error.code === 'unauthorized') this.isConnected = false;
    throw error;
  };

  #tokens(): Promise<AccessTokens> {
    this.#opening ??= this.#open().catch((cause: unknown) => {
      this.#opening = undefined;
      const message =
        'cloud-storage: a part of the application cannot be loaded; is there a network?';
      throw new CloudError('offline', message, { cause });
    });
    return this.#opening;
  }
}
