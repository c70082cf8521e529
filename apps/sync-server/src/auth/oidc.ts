import { createRemoteJWKSet, jwtVerify } from 'jose';
import { type Timers } from '../timers.ts';
import { type Authenticator, IssuerUnavailable } from './authenticator.ts';
import { identityOf } from './verify-token.ts';

/** Only signatures by a pair of keys: a secret would be a public key of the issuer taken for one. */
const ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];

/** Seconds that the issuer's clock may be off. */
const CLOCK_TOLERANCE = 30;

/** Which issuer's tokens are taken. */
export interface OidcOptions {
  /** As in `iss`; its keys are found by OpenID Connect Discovery. */
  readonly issuer: string;
  /** As in `aud`. */
  readonly audience: string;
  readonly timers: Timers;
}

/** Tokens of an OpenID Connect issuer, checked by the keys that it publishes (JWKS), which are fetched when needed and kept. */
export function oidc({ issuer, audience, timers }: OidcOptions): Authenticator {
  let keys: Promise<ReturnType<typeof createRemoteJWKSet>> | undefined;
  const findKeys = () => {
    keys ??= discover(issuer).catch((error: unknown) => {
      keys = undefined; // asked again next time
      throw new IssuerUnavailable('the issuer cannot be asked', { cause: error });
    });
    return keys;
  };
  return {
    async authenticate(token) {
      const key = await findKeys();
      return identityOf(() =>
        jwtVerify(token, key, {
          algorithms: ALGORITHMS,
          issuer,
          audience,
          clockTolerance: CLOCK_TOLERANCE,
          requiredClaims: ['exp', 'sub'],
          currentDate: new Date(timers.now()),
        }),
      );
    },
    isReady: () =>
      findKeys().then(
        () => true,
        () => false,
      ),
  };
}

async function discover(issuer: string): Promise<ReturnType<typeof createRemoteJWKSet>> {
  const address = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const response = await fetch(address, { signal: AbortSignal.timeout(10_000) });
  if (!response.ok) throw new Error(`${address} answered ${response.status}`);
  const { jwks_uri: jwksUri, issuer: named } = (await response.json()) as Readonly<
    Record<string, unknown>
  >;
  if (named !== issuer) throw new Error(`${address} is of another issuer than ${issuer}`);
  if (typeof jwksUri !== 'string') throw new Error(`${address} names no jwks_uri`);
  return createRemoteJWKSet(new URL(jwksUri), { cooldownDuration: 10_000 });
}
