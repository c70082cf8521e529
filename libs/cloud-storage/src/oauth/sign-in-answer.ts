/** What a service sent to the redirect page (RFC 6749 sections 4.1.2 and 4.1.2.1). */
export interface SignInAnswer {
  /** Tells which sign-in this answers. */
  readonly state: string;
  readonly code?: string;
  /** Why there is no code, for example `access_denied`. */
  readonly error?: string;
}

/** The answer in what came from elsewhere; `undefined` when it is none. */
export const parseSignInAnswer = (value: unknown): SignInAnswer | undefined => {
  const { state, code, error } = (value ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof state !== 'string' || state === '') return undefined;
  return {
    state,
    ...(typeof code === 'string' && { code }),
    ...(typeof error === 'string' && { error: error.slice(0, 60) }),
  };
};
