import { CloudError } from '../port/cloud-error.js';

/** How to sign in: Basic, a bearer token, or a function that gives a fresh bearer token before each request. */
export type WebDavCredentials =
  | { readonly username: string; readonly password: string }
  | { readonly token: string }
  | (() => Promise<string>);

/**
 * The headers that sign a request in (RFC 7617 with UTF-8, RFC 6750); none without credentials.
 *
 * @throws CloudError `unauthorized` when the function gives no token
 */
export const authorizationOf = async (
  credentials: WebDavCredentials | undefined,
): Promise<Readonly<Record<string, string>>> => {
  if (credentials === undefined) return {};
  if (typeof credentials === 'function')
    return { Authorization: `Bearer ${await fresh(credentials)}` };
  if ('token' in credentials) return { Authorization: `Bearer ${credentials.token}` };
  const bytes = new TextEncoder().encode(`${credentials.username}:${credentials.password}`);
  return { Authorization: `Basic ${btoa(String.fromCharCode(...bytes))}` };
};

const fresh = async (giveToken: () => Promise<string>): Promise<string> => {
  try {
    return await giveToken();
  } catch (cause) {
    // The application's own sign-in failed; whatever the reason, nothing can be sent without it.
    throw new CloudError(
      'unauthorized',
      'cloud-storage/webdav: no token was given; sign in again',
      {
        cause,
      },
    );
  }
};
