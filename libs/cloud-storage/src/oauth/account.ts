import { createHttpClient, type HttpClient, type HttpClientOptions } from '../http/http-client.js';
import { CloudError } from '../port/cloud-error.js';
import { untilAborted } from '../port/until-aborted.js';
import { createFormClient } from './form-client.js';
import { givenTokens, type GivenToken } from './given-tokens.js';
import { type OAuthService, type OAuthSignIn } from './oauth-sign-in.js';

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

/** How somebody gets in, and how requests are sent. */
export type AccountOptions = (GivenToken | OAuthSignIn) &
  HttpClientOptions & {
    /** Unix ms. */
    readonly now?: () => number;
  };

/**
 * An account at a service. The code of a sign-in by the driver is loaded when it is first needed, as applications that give tokens
 * never need it.
 */
export class Account {
  /** Whether somebody signed in, and the sign-in has not ended since. */
  isConnected = false;
  /** Sends a request without a token. */
  readonly open: HttpClient;
  /** Unix ms. */
  readonly now: () => number;
  readonly #openTokens: () => Promise<AccessTokens>;
  #opening: Promise<AccessTokens> | undefined;

  /** `providerId` tells the sign-ins of several clouds in one app apart. */
  constructor(options: AccountOptions, service: OAuthService, providerId: string) {
    const { now = () => Date.now() } = options;
    const { name } = service;
    const open = createHttpClient(options);
    this.now = now;
    this.open = open;
    this.#openTokens = async () => {
      if ('token' in options) return givenTokens(name, options);
      const { OAuthSession } = await import('./oauth-session.js');
      const sendForm = createFormClient(open, `${name}: sign-in`, now);
      return new OAuthSession({ service, providerId, sendForm, now, signIn: options });
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
      this.open({ ...request, headers: { ...request.headers, Authorization: `Bearer ${token}` } });
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
    this.#opening ??= this.#openTokens().catch((cause: unknown) => {
      this.#opening = undefined;
      const message =
        'cloud-storage: a part of the application cannot be loaded; is there a network?';
      throw new CloudError('offline', message, { cause });
    });
    return this.#opening;
  }
}
