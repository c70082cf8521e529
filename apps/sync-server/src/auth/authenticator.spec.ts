import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, type GenerateKeyPairResult, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ManualTimers } from '../testing/manual-timers.ts';
import { IssuerUnavailable, Unauthorized } from './authenticator.ts';
import { developmentLogin } from './development-login.ts';
import { oidc } from './oidc.ts';

const NOW = Date.UTC(2024, 5, 1);
const HOUR = 60 * 60 * 1000;

/** An OpenID Connect issuer that publishes the keys it is told to. */
class Issuer {
  readonly #server: Server;
  keys: object[] = [];
  requests: string[] = [];
  url = '';
  isDown = false;
  areKeysDown = false;

  constructor() {
    this.#server = createServer((request, response) => {
      this.requests.push(request.url ?? '');
      if (this.isDown || (this.areKeysDown && request.url === '/keys'))
        return void response.writeHead(500).end();
      const isDiscovery = request.url === '/.well-known/openid-configuration';
      const body = isDiscovery
        ? { issuer: this.url, jwks_uri: `${this.url}/keys` }
        : { keys: this.keys };
      response.setHeader('content-type', 'application/json').end(JSON.stringify(body));
    });
  }

  async start(): Promise<void> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

const publicKey = async (pair: GenerateKeyPairResult, kid: string) => ({
  ...(await exportJWK(pair.publicKey)),
  kid,
  alg: 'RS256',
  use: 'sig',
});

describe('oidc', () => {
  const issuer = new Issuer();
  let pair: GenerateKeyPairResult;
  beforeAll(async () => {
    await issuer.start();
    pair = await generateKeyPair('RS256', { extractable: true });
    issuer.keys = [await publicKey(pair, 'one')];
  });
  afterAll(() => issuer.stop());

  const timers = new ManualTimers(NOW);
  const authenticator = () => oidc({ issuer: issuer.url, audience: 'chat', timers });
  const token = (change: Record<string, unknown> = {}, key = pair, kid = 'one') =>
    new SignJWT({ iss: issuer.url, aud: 'chat', sub: 'anna', exp: NOW / 1000 + 60, ...change })
      .setProtectedHeader({ alg: 'RS256', kid })
      .sign(key.privateKey);

  it('takes a token of the issuer, and asks for its keys once', async () => {
    const one = authenticator();
    expect(await one.authenticate(await token())).toEqual({
      userId: 'anna',
      expiresAt: NOW + 60_000,
    });
    issuer.requests = [];
    await one.authenticate(await token({ sub: 'ben' }));
    expect(issuer.requests).toEqual([]);
    expect(await one.isReady()).toBe(true);
  });

  it.each([
    ['over', { exp: NOW / 1000 - 31 }],
    ['without an end', { exp: undefined }],
    ['for somebody else', { aud: 'mail' }],
    ['of another issuer', { iss: 'https://evil.example' }],
    ['of nobody', { sub: undefined }],
    ['of an empty name', { sub: '' }],
    ['of a name that cannot be stored', { sub: 'a\u0000' }],
    ['not valid yet', { nbf: NOW / 1000 + 3600 }],
  ])('refuses a token that is %s', async (_title, change) => {
    await expect(authenticator().authenticate(await token(change))).rejects.toThrow(Unauthorized);
  });

  it('refuses a token of an unknown key, one that was changed, and none at all', async () => {
    const other = await generateKeyPair('RS256', { extractable: true });
    const [head, , signature] = (await token()).split('.');
    const body = Buffer.from(JSON.stringify({ sub: 'zoe' })).toString('base64url');
    for (const text of [
      await token({}, other),
      await token({}, other, 'unknown'),
      `${head}.${body}.${signature}`,
      'nonsense',
      'a.b.c',
    ]) {
      await expect(authenticator().authenticate(text)).rejects.toThrow(Unauthorized);
    }
  });

  it('refuses a token without signature, and one signed with the public key as a secret', async () => {
    const claims = Buffer.from(
      JSON.stringify({ iss: issuer.url, aud: 'chat', sub: 'anna', exp: NOW / 1000 + 60 }),
    ).toString('base64url');
    const none = Buffer.from('{"alg":"none"}').toString('base64url');
    await expect(authenticator().authenticate(`${none}.${claims}.`)).rejects.toThrow(Unauthorized);
    const secret = new TextEncoder().encode(JSON.stringify(issuer.keys[0]));
    const confused = await new SignJWT({ iss: issuer.url, aud: 'chat', sub: 'anna' })
      .setProtectedHeader({ alg: 'HS256', kid: 'one' })
      .setExpirationTime(NOW / 1000 + 60)
      .sign(secret);
    await expect(authenticator().authenticate(confused)).rejects.toThrow(Unauthorized);
  });

  it('does not blame the token when the issuer does not answer, and asks again', async () => {
    issuer.isDown = true;
    const one = authenticator();
    const error = await one.authenticate(await token()).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(IssuerUnavailable);
    expect(await one.isReady()).toBe(false);
    issuer.isDown = false;
    expect(await one.authenticate(await token())).toMatchObject({ userId: 'anna' });
  });

  it('does not blame the token when only the keys do not come', async () => {
    issuer.areKeysDown = true;
    const one = authenticator();
    await expect(one.authenticate(await token())).rejects.toThrow(IssuerUnavailable);
    issuer.areKeysDown = false;
    expect(await one.authenticate(await token())).toMatchObject({ userId: 'anna' });
  });
});

describe('developmentLogin', () => {
  const timers = new ManualTimers(NOW);
  const login = (secret: string) =>
    developmentLogin({ secret: Buffer.from(secret.padEnd(32)), tokenLifeMs: HOUR, timers });

  it('makes tokens that all instances with the secret take for an hour', async () => {
    const { token, expiresAt } = await login('shared').issue('anna');
    expect(expiresAt).toBe(NOW + HOUR);
    expect(await login('shared').authenticate(token)).toEqual({ userId: 'anna', expiresAt });
    await expect(login('other').authenticate(token)).rejects.toThrow(Unauthorized);
    timers.advance(HOUR);
    await expect(login('shared').authenticate(token)).rejects.toThrow('over');
  });
});
