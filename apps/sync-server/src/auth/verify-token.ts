import { errors, type JWTPayload } from 'jose';
import { type Identity, Unauthorized } from './authenticator.ts';

const MOST_ID_LENGTH = 512;

/** The person that a verified token names. @throws Unauthorized */
export async function identityOf(
  verify: () => Promise<{ readonly payload: JWTPayload }>,
): Promise<Identity> {
  const { sub, exp } = (await verified(verify)).payload;
  if (typeof sub !== 'string' || sub === '' || sub.length > MOST_ID_LENGTH || isUnstorable(sub)) {
    throw new Unauthorized('The subject of the token is not an id.');
  }
  if (typeof exp !== 'number') throw new Unauthorized('The token has no end.');
  return { userId: sub, expiresAt: exp * 1000 };
}

const isUnstorable = (text: string): boolean => text.includes('\u0000') || /\p{Cs}/u.test(text);

async function verified<Result>(verify: () => Promise<Result>): Promise<Result> {
  try {
    return await verify();
  } catch (error) {
    if (error instanceof errors.JWTExpired) throw new Unauthorized('The token is over.');
    // The keys could not be fetched: that is not the fault of the token.
    if (error instanceof errors.JWKSTimeout || !(error instanceof errors.JOSEError)) throw error;
    throw new Unauthorized('The token does not hold.');
  }
}
