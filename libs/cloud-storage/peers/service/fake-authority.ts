import { createHash, randomBytes } from 'node:crypto';

/** An app that is registered at the imitation. */
export interface RegisteredApp {
  readonly clientId: string;
  /** `*` stands for any. */
  readonly redirectUris: readonly string[];
}

/** The answer of the token endpoint. */
export interface TokenReply {
  readonly status: number;
  readonly json: Readonly<Record<string, unknown>>;
}

interface GivenCode {
  readonly clientId: string;
  readonly redirectUri: string;
  readonly challenge: string;
}

/**
 * Our imitation of an OAuth 2.0 authorization server for apps without a secret, by RFC 6749 and RFC 7636: codes are good once, only with
 * their verifier and redirect address; refresh tokens may rotate. The person agrees at once, unless told otherwise.
 */
export class FakeAuthority {
  readonly app: RegisteredApp;
  /** Whether each refresh gives another refresh token and ends the one before. */
  readonly rotates: boolean;
  /** What the person does; `access_denied` and the like instead of agreeing. */
  refusal: string | undefined;
  /** Whether sign-ins come without a refresh token. */
  withoutRefreshToken = false;
  expiresIn = 14_400;
  readonly #codes = new Map<string, GivenCode>();
  readonly #refreshTokens = new Set<string>();
  readonly #accessTokens = new Set<string>();

  constructor(app: RegisteredApp, rotates: boolean) {
    this.app = app;
    this.rotates = rotates;
  }

  /** An access token as an app's own server would get it. */
  issueAccessToken(): string {
    const token = `access-${randomBytes(12).toString('hex')}`;
    this.#accessTokens.add(token);
    return token;
  }

  /** A refresh token as a person who agreed would give it. */
  issueRefreshToken(): string {
    const token = `refresh-${randomBytes(12).toString('hex')}`;
    this.#refreshTokens.add(token);
    return token;
  }

  /** Whether the request carries a good access token. */
  isAuthorized(headers: Readonly<Record<string, string>>): boolean {
    const [, token = ''] = /^Bearer (.+)$/.exec(headers['authorization'] ?? '') ?? [];
    return this.#accessTokens.has(token);
  }

  /** Ends every access token, as time does. */
  expireAccessTokens(): void {
    this.#accessTokens.clear();
  }

  /** Ends every sign-in, as a person does on the service's page. */
  revokeAll(): void {
    this.#accessTokens.clear();
    this.#refreshTokens.clear();
  }

  get refreshTokenCount(): number {
    return this.#refreshTokens.size;
  }

  /** Where the authorization endpoint sends the person; throws what it would show as an error page. */
  authorize(query: URLSearchParams): string {
    const redirectUri = query.get('redirect_uri') ?? '';
    const challenge = query.get('code_challenge') ?? '';
    const isFine =
      query.get('client_id') === this.app.clientId &&
      this.app.redirectUris.some((uri) => uri === '*' || uri === redirectUri) &&
      query.get('response_type') === 'code' &&
      query.get('code_challenge_method') === 'S256' &&
      /^[\w-]{43}$/.test(challenge);
    if (!isFine) throw new Error(`the authorization request is wrong: ${query}`);
    const answer = new URL(redirectUri);
    answer.searchParams.set('state', query.get('state') ?? '');
    if (this.refusal !== undefined) answer.searchParams.set('error', this.refusal);
    else {
      const code = `code-${randomBytes(12).toString('hex')}`;
      this.#codes.set(code, { clientId: this.app.clientId, redirectUri, challenge });
      answer.searchParams.set('code', code);
    }
    return answer.href;
  }

  /** What the token endpoint answers. */
  token(form: URLSearchParams): TokenReply {
    if (form.get('client_id') !== this.app.clientId) return failed('invalid_client');
    switch (form.get('grant_type')) {
      case 'authorization_code':
        return this.#redeem(form);
      case 'refresh_token':
        return this.#refresh(form.get('refresh_token') ?? '');
      default:
        return failed('unsupported_grant_type');
    }
  }

  #redeem(form: URLSearchParams): TokenReply {
    const code = form.get('code') ?? '';
    const given = this.#codes.get(code);
    this.#codes.delete(code);
    const challenge = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url');
    const isGood = given?.challenge === challenge && given.redirectUri === form.get('redirect_uri');
    return isGood ? this.#grant(true) : failed('invalid_grant');
  }

  #refresh(token: string): TokenReply {
    if (!this.#refreshTokens.has(token)) return failed('invalid_grant');
    if (this.rotates) this.#refreshTokens.delete(token);
    return this.#grant(this.rotates);
  }

  #grant(withRefreshToken: boolean): TokenReply {
    const isGiven = withRefreshToken && !this.withoutRefreshToken;
    const json = {
      access_token: this.issueAccessToken(),
      token_type: 'bearer',
      expires_in: this.expiresIn,
      ...(isGiven && { refresh_token: this.issueRefreshToken() }),
    };
    return { status: 200, json };
  }
}

const failed = (error: string): TokenReply => ({
  status: 400,
  json: { error, error_description: 'as the imitation says' },
});
