import { errors, type JWTPayload } from 'jose';
import { type Identity, IssuerUnavailable, Unauthorized } from './authenticator.ts';

const MOST_ID_LENGTH = 512;

/** The person that a verified token names. @throws Unauthorized | IssuerUnavailable */
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

/** What says that the token itself is wrong; everything else says that the keys could not be had. */
const OF_THE_TOKEN = [
  errors.JWTExpired,
  errors.JWTClaimValidationFailed,
  errors.JWTInvalid,
  errors.JWSInvalid,
  errors.JWSSignatureVerificationFailed,
  errors.JOSEAlgNotAllowed,
  errors.JOSENotSupported,
  errors.JWKSNoMatchingKey,
  errors.JWKSMultipleMatchingKeys,
];

async function verified<Result>(verify: () => Promise<Result>): Promise<Result> {
  try {
    return await verify();
  } catch (error) {
    if (error instanceof errors.JWTExpired) throw new Unauthorized('The token is over.');
    if (OF_THE_TOKEN.some((kind) => error instanceof kind)) {
      throw new Unauthorized('The token does not hold.');
    }
    throw new IssuerUnavailable('the keys of the issuer cannot be had', { cause: error });
  }
}
