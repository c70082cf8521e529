import { CloudError } from '../port/cloud-error.js';
import { type FormAnswer } from './form-client.js';

/** What a service gives for a code or a refresh token. */
export interface TokenAnswer {
  readonly accessToken: string;
  /** Unix ms, on this device's clock. */
  readonly expiresAtMs: number;
  /** Kept from now on instead of the one before. */
  readonly refreshToken: string | undefined;
}

/** Errors that a new sign-in mends (RFC 6749 section 5.2; OpenID Connect Core section 3.1.2.6). */
const MENDED_BY_SIGN_IN = /^(invalid_grant|interaction_required|login_required|consent_required)$/;

/**
 * The tokens in an answer of a token endpoint (RFC 6749 sections 5.1 and 5.2).
 *
 * @throws CloudError `unauthorized` when the code or the refresh token is no longer good, `invalid` when the service refuses the
 * application, otherwise as the status says
 */
export const parseTokens = (name: string, answer: FormAnswer, nowMs: number): TokenAnswer => {
  const { status, fields } = answer;
  if (status === 400 || status === 401 || status === 403) throw refused(name, fields);
  if (status !== 200) throw answer.failure;
  const { access_token: access, refresh_token: refresh, expires_in: seconds } = fields;
  if (typeof access !== 'string' || !/^[\x21-\x7e]+$/.test(access)) {
    throw new CloudError('invalid', `cloud-storage/${name}: the sign-in gave no access token`);
  }
  const lifetimeMs = (Number(seconds) || 3600) * 1000;
  return {
    accessToken: access,
    expiresAtMs: nowMs + lifetimeMs,
    refreshToken: typeof refresh === 'string' ? refresh : undefined,
  };
};

/** What the service calls the failure is part of the error; `description` is for developers and may name the account's directory. */
const refused = (name: string, fields: Readonly<Record<string, unknown>>): CloudError => {
  const error = String(fields['error'] ?? 'no reason').slice(0, 60);
  const details = { error, description: String(fields['error_description'] ?? '').slice(0, 300) };
  return MENDED_BY_SIGN_IN.test(error)
    ? new CloudError(
        'unauthorized',
        `cloud-storage/${name}: the sign-in has ended (${error}); sign in again`,
        { details },
      )
    : new CloudError(
        'invalid',
        `cloud-storage/${name}: the sign-in was refused (${error}); check the app's registration: client id, redirect address, permissions`,
        { details },
      );
};
