import { CloudError } from '../port/cloud-error.js';
import { sleep as sleepForReal } from '../time/sleep.js';
import { type AccessTokens } from './account.js';
import { idbTokenStore } from './idb-token-store.js';
import { type OAuthParts } from './oauth-sign-in.js';
import { challengeFor, randomText } from './pkce.js';
import { askInPopup, openPopup } from './popup-sign-in.js';
import { keepPending, takeAnswered } from './redirect-sign-in.js';
import { type SignInAnswer } from './sign-in-answer.js';
import { type SignInPage } from './sign-in-page.js';
import { parseTokens, type TokenAnswer } from './token-endpoint.js';
import { type TokenStore } from './token-store.js';

/** A token that ends so soon is replaced first, as the request takes its time. */
const MARGIN_MS = 60_000;

/**
 * A person's sign-in: authorization code with PKCE (RFC 6749, RFC 7636, RFC 9700) for an app without a secret. The access token lives in
 * memory, the refresh token in the store, which is asked each time: another tab may have changed or removed it. Calls that need a new
 * access token at once share one request. Windows are opened by an interactive `connect` only.
 */
export class OAuthSession implements AccessTokens {
  readonly #parts: OAuthParts;
  readonly #key: string;
  #tokens: TokenStore | undefined;
  #access: TokenAnswer | undefined;
  #refreshing: Promise<string> | undefined;
  /** Ends what is under way when the person disconnects. */
  #life = new AbortController();
  #asking: AbortController | undefined;

  constructor(parts: OAuthParts) {
    this.#parts = parts;
    const { clientId, account } = parts.signIn;
    this.#key = [parts.providerId, clientId, ...(account ? [account] : [])].join(':');
  }

  /**
   * Takes up a kept sign-in, finishes one that left the page, or, when interactive, asks the person. `check` is a request that tells
   * whether the service agrees; when it is `unauthorized`, the person is asked once.
   *
   * @throws CloudError `unauthorized` when somebody has to sign in and may not be asked, `aborted` when they do not want to or disconnect
   */
  async connect(isInteractive: boolean, check: () => Promise<unknown>): Promise<void> {
    const life = this.#life.signal;
    let mayAsk = isInteractive;
    const resume = async (): Promise<void> => {
      await this.#comeBack();
      await this.current();
    };
    const ask = async (error: unknown): Promise<void> => {
      life.throwIfAborted();
      if (!mayAsk || !isUnauthorized(error)) throw error;
      mayAsk = false;
      await this.#ask();
    };
    await resume().catch(ask);
    await check().catch(async (error: unknown) => {
      await ask(error);
      await check();
    });
    life.throwIfAborted();
  }

  /** Forgets the sign-in here first; that the service should forget it too is asked for, without insisting. */
  async disconnect(): Promise<void> {
    const known = this.#good();
    this.#end('the person disconnected');
    const stored = await this.#store((tokens) => tokens.get(this.#key));
    await this.#store((tokens) => tokens.delete(this.#key));
    const { revoke } = this.#parts.service;
    if (!revoke || (!known && !stored)) return;
    try {
      const { accessToken } = known ?? (await this.#refresh(stored?.refreshToken ?? ''));
      await revoke(accessToken);
    } catch (error) {
      // Offline, or ended already: the person can remove the app on the service's page too, and nothing is left here to use.
      if (!(error instanceof CloudError)) throw error;
    }
  }

  async current(): Promise<string> {
    return this.#good()?.accessToken ?? this.#renew();
  }

  async replace(refused: string): Promise<string> {
    if (this.#access?.accessToken === refused) this.#access = undefined;
    return this.current();
  }

  /** The access token, unless it ends soon. */
  #good(): TokenAnswer | undefined {
    const access = this.#access;
    return access && access.expiresAtMs - MARGIN_MS > this.#parts.now() ? access : undefined;
  }

  #renew(): Promise<string> {
    this.#refreshing ??= this.#renewNow().finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  async #renewNow(): Promise<string> {
    const life = this.#life.signal;
    let stored = await this.#store((tokens) => tokens.get(this.#key));
    for (;;) {
      const used = stored?.refreshToken;
      if (typeof used !== 'string') throw this.#signInAgain();
      let refused: unknown;
      const answer = await this.#refresh(used).catch((error: unknown) => {
        if (!isUnauthorized(error)) throw error;
        refused = error;
        return undefined;
      });
      stored = await this.#store((tokens) => tokens.get(this.#key));
      // Another tab may have been faster, disconnected or signed in again: then what it left counts, and this answer does not.
      if (stored?.refreshToken !== used) continue;
      if (answer) {
        await this.#keep(answer, life, used);
        return answer.accessToken;
      }
      if (!life.aborted) await this.#store((tokens) => tokens.delete(this.#key));
      throw refused;
    }
  }

  /** Finishes a sign-in for which the page was left. */
  async #comeBack(): Promise<void> {
    const { page = globalThis, signIn } = this.#parts;
    if (signIn.signIn !== 'redirect') return;
    const pending = await this.#kept(async () => takeAnswered(page, this.#key));
    if (pending?.answer) await this.#redeem(pending.answer, pending.verifier);
  }

  /** Asks the person. Whatever is waited for before the window opens may make the browser refuse it. */
  async #ask(): Promise<void> {
    const { page = globalThis, service, signIn, sleep = sleepForReal } = this.#parts;
    const redirectUri = checkedRedirect(page, service.name, signIn.redirectUri);
    const popup = signIn.signIn === 'redirect' ? undefined : openPopup(page, service.name);
    this.#asking?.abort(stopped(service.name, 'another sign-in began'));
    const asking = (this.#asking = new AbortController());
    try {
      const state = randomText();
      const verifier = randomText();
      const challenge = await challengeFor(verifier);
      asking.signal.throwIfAborted();
      const url = new URL(service.authorizeUrl);
      url.search = new URLSearchParams({
        ...service.authorizeParameters,
        response_type: 'code',
        client_id: signIn.clientId,
        redirect_uri: redirectUri,
        scope: service.scope,
        state,
        code_challenge: challenge,
        code_challenge_method: 'S256',
      }).toString();
      if (!popup) {
        await this.#kept(async () => keepPending(page, this.#key, { state, verifier }));
        page.location.assign(url.href);
        // The page ends here, unless the person stops it from leaving.
        await sleep(LEAVING_MS, asking.signal);
        throw stopped(service.name, 'the page was not left');
      }
      const { name } = service;
      const request = { name, url, state, sleep, signal: asking.signal };
      await this.#redeem(await askInPopup(page, popup, request), verifier);
    } finally {
      // Another sign-in that began meanwhile goes on in the same window, as it has the same name.
      if (this.#asking === asking || !this.#asking) popup?.close();
    }
  }

  async #redeem(answer: SignInAnswer, verifier: string): Promise<void> {
    const { page = globalThis, service, signIn } = this.#parts;
    if (answer.code === undefined) throw declined(service.name, answer.error);
    const life = this.#life.signal;
    const tokens = await this.#request({
      grant_type: 'authorization_code',
      code: answer.code,
      redirect_uri: checkedRedirect(page, service.name, signIn.redirectUri),
      code_verifier: verifier,
    });
    await this.#keep(tokens, life);
  }

  /** Keeps what came, unless the person disconnected meanwhile. */
  async #keep(answer: TokenAnswer, life: AbortSignal, used?: string): Promise<void> {
    if (life.aborted) throw this.#signInAgain();
    this.#access = answer;
    const { refreshToken } = answer;
    // A new sign-in without one must not go on with that of another account.
    if (refreshToken === undefined && used === undefined) {
      await this.#store((tokens) => tokens.delete(this.#key));
    }
    if (refreshToken === undefined || refreshToken === used) return;
    await this.#store((tokens) => tokens.set(this.#key, { refreshToken }));
    if (!life.aborted) return;
    // The person disconnected while it was being kept: then it must not stay, unless somebody signed in again since.
    const stored = await this.#store((tokens) => tokens.get(this.#key));
    if (stored?.refreshToken === refreshToken) {
      await this.#store((tokens) => tokens.delete(this.#key));
    }
    throw this.#signInAgain();
  }

  #refresh(refreshToken: string): Promise<TokenAnswer> {
    return this.#request({ grant_type: 'refresh_token', refresh_token: refreshToken });
  }

  async #request(form: Readonly<Record<string, string>>): Promise<TokenAnswer> {
    const { service, sendForm, now, signIn } = this.#parts;
    const answer = await sendForm(service.tokenUrl, { client_id: signIn.clientId, ...form });
    return parseTokens(service.name, answer, now());
  }

  #end(why: string): void {
    const reason = stopped(this.#parts.service.name, why);
    this.#life.abort(reason);
    this.#asking?.abort(reason);
    this.#life = new AbortController();
    this.#access = this.#asking = undefined;
  }

  #store<Result>(call: (tokens: TokenStore) => Promise<Result>): Promise<Result> {
    return this.#kept(() => call((this.#tokens ??= this.#parts.signIn.tokens ?? idbTokenStore())));
  }

  /** Something that the device keeps, which private windows and full disks make fail. */
  async #kept<Result>(call: () => Promise<Result>): Promise<Result> {
    try {
      return await call();
    } catch (cause) {
      throw new CloudError(
        'unavailable',
        `cloud-storage/${this.#parts.service.name}: the sign-in cannot be read or kept on this device`,
        { cause },
      );
    }
  }

  #signInAgain(): CloudError {
    return new CloudError(
      'unauthorized',
      `cloud-storage/${this.#parts.service.name}: nobody is signed in; connect again`,
    );
  }
}

/** How long a page may take to be left. */
const LEAVING_MS = 30_000;

const isUnauthorized = (error: unknown): boolean =>
  error instanceof CloudError && error.code === 'unauthorized';

/** The redirect address, whole; another origin could not hand the answer over. */
const checkedRedirect = (page: SignInPage, name: string, redirectUri: string): string => {
  const base = page.location?.href;
  const url = URL.canParse(redirectUri, base) ? new URL(redirectUri, base) : undefined;
  const isOurs = base !== undefined && url?.origin === page.location.origin && url.hash === '';
  if (isOurs && globalThis.crypto.subtle) return url.href;
  throw new CloudError(
    'invalid',
    `cloud-storage/${name}: people sign in from a page served by https, and redirectUri is a page of the same origin; elsewhere give a token`,
  );
};

const stopped = (name: string, why: string): CloudError =>
  new CloudError('aborted', `cloud-storage/${name}: the sign-in ended, ${why}`);

const declined = (name: string, error = 'no reason'): CloudError => {
  if (error === 'access_denied') return stopped(name, 'access was not granted');
  const code = /^(server_error|temporarily_unavailable)$/.test(error) ? 'unavailable' : 'invalid';
  return new CloudError(
    code,
    `cloud-storage/${name}: the service refused the sign-in (${error}); check the app's registration`,
    { details: { error } },
  );
};
