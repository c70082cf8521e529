import { jwtVerify, SignJWT } from 'jose';
import { type Timers } from '../timers.ts';
import { type Authenticator } from './authenticator.ts';
import { identityOf } from './verify-token.ts';

const ISSUER = 'chat-vault-development';
const AUDIENCE = 'chat-sync';
const ALGORITHM = 'HS256';

/** A sign-in for development: whoever says a name is that person. */
export interface DevelopmentLogin extends Authenticator {
  /** A token for a person, with its end, Unix milliseconds. */
  issue(userId: string): Promise<{ readonly token: string; readonly expiresAt: number }>;
}

/** Short-lived tokens under a secret that all instances share. */
export function developmentLogin(options: {
  readonly secret: Uint8Array;
  readonly tokenLifeMs: number;
  readonly timers: Timers;
}): DevelopmentLogin {
  const { secret, tokenLifeMs, timers } = options;
  return {
    async issue(userId) {
      const now = Math.floor(timers.now() / 1000);
      const end = now + Math.floor(tokenLifeMs / 1000);
      const token = await new SignJWT()
        .setProtectedHeader({ alg: ALGORITHM })
        .setIssuer(ISSUER)
        .setAudience(AUDIENCE)
        .setSubject(userId)
        .setIssuedAt(now)
        .setExpirationTime(end)
        .sign(secret);
      return { token, expiresAt: end * 1000 };
    },
    authenticate: (token) =>
      identityOf(() =>
        jwtVerify(token, secret, {
          algorithms: [ALGORITHM],
          issuer: ISSUER,
          audience: AUDIENCE,
          requiredClaims: ['exp', 'sub'],
          currentDate: new Date(timers.now()),
        }),
      ),
    isReady: async () => true,
  };
}
