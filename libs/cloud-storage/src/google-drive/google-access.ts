import { type AccessTokens } from '../oauth/account.js';
import { givenTokens, type GivenToken } from '../oauth/given-tokens.js';
import { driveFailure } from './drive-error.js';
import { type GoogleOAuth2 } from './google-identity.js';
import { loadLater } from './load-later.js';

/** A person signs in at Google, about once an hour, by `connect({ interactive: true })` from a click. */
export interface GoogleSignIn {
  /** The OAuth client of type "Web application". */
  readonly clientId: string;
  /** The account's e-mail address, where known: the person need not choose again. */
  readonly loginHint?: string;
  /** Gives `google.accounts.oauth2` of Google Identity Services; default: adds Google's script to the page, on the first sign-in. */
  readonly loadIdentity?: () => Promise<GoogleOAuth2>;
}

/** Where access tokens come from: the application, or Google's own sign-in in a page. */
export type GoogleDriveAccess = GivenToken | GoogleSignIn;

/** Opens the tokens for the scope. The code of the sign-in is loaded only where the application gives no tokens. */
export const openTokens = async (
  access: GoogleDriveAccess,
  scope: string,
): Promise<AccessTokens> => {
  if ('token' in access) return givenTokens('google-drive', access);
  const { PersonTokens } = await loadLater(() => import('./person-tokens.js'));
  return new PersonTokens({ signIn: access, scope, fail: driveFailure });
};
