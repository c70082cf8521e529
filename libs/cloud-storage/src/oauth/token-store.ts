/** What is kept of a sign-in between two starts of the application. */
export interface StoredTokens {
  /** Gives access tokens without the person; as secret as a password. */
  readonly refreshToken: string;
}

/**
 * Where sign-ins are kept on this device. What a `get` gives after a `set` resolved is what was set; several tabs may share one store.
 * A rejection fails the call that needed the sign-in, with `CloudError` `unavailable`.
 */
export interface TokenStore {
  get(key: string): Promise<StoredTokens | undefined>;
  set(key: string, tokens: StoredTokens): Promise<void>;
  /** Deleting what is not there is success. */
  delete(key: string): Promise<void>;
}
