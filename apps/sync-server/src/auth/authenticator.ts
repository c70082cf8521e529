/** Who sends a request. */
export interface Identity {
  /** The subject of the token: the id of the person everywhere in the protocol. */
  readonly userId: string;
  /** When the token ends, Unix milliseconds. */
  readonly expiresAt: number;
}

/** The token is missing, not ours, changed or over; `detail` says what without the token. */
export class Unauthorized extends Error {
  override readonly name = 'Unauthorized';
}

/** Tokens cannot be checked now, which is not their fault: the issuer does not answer. */
export class IssuerUnavailable extends Error {
  override readonly name = 'IssuerUnavailable';
}

/** Tells from a token who sends it. */
export interface Authenticator {
  /** @throws Unauthorized | IssuerUnavailable */
  authenticate(token: string): Promise<Identity>;
  /** Whether tokens can be checked now. */
  isReady(): Promise<boolean>;
}
