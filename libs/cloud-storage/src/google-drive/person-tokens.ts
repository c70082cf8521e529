// Loaded when it is first needed; without imports of code, as those would cut what is loaded at once into pieces.
import { type AccessTokens } from '../oauth/account.js';
import { type CloudErrorCode } from '../port/cloud-error.js';
import { type GoogleSignIn } from './google-access.js';
import { type GoogleOAuth2 } from './google-identity.js';

/** What signing in needs. */
export interface PersonTokensParts {
  readonly signIn: GoogleSignIn;
  readonly scope: string;
  /** Makes the errors. */
  readonly fail: (code: CloudErrorCode, why: string) => Error;
}

/**
 * The access tokens of a person who signs in in Google's window (Google Identity Services, token model). They are in memory only, and end
 * after about an hour; Google gives a page nothing that renews them, and its window may only follow a click.
 */
export class PersonTokens implements AccessTokens {
  readonly #parts: PersonTokensParts;
  #token: string | undefined;
  #giveUp: (error: Error) => void = () => undefined;

  constructor(parts: PersonTokensParts) {
    this.#parts = parts;
  }

  async current(): Promise<string> {
    if (this.#token !== undefined) return this.#token;
    throw this.#parts.fail('unauthorized', 'nobody is signed in; sign in');
  }

  async replace(refused: string): Promise<string> {
    return refused;
  }

  async connect(isInteractive: boolean, check: () => Promise<unknown>): Promise<void> {
    if (isInteractive) this.#token = await this.#ask();
    await check();
  }

  async disconnect(): Promise<void> {
    this.#token = undefined;
  }

  async #ask(): Promise<string> {
    const { signIn, scope: wanted, fail } = this.#parts;
    const { clientId, loginHint } = signIn;
    const identity = await (signIn.loadIdentity ?? (() => loadGoogleIdentity(fail)))();
    return new Promise((resolve, reject) => {
      // The person chose not to.
      const stop = (why: string) => reject(fail('aborted', `the sign-in ended, ${why}`));
      const refuse = (why: string) => reject(fail('unauthorized', `${why}; sign in again`));
      this.#giveUp(fail('aborted', 'the sign-in ended, another one began'));
      this.#giveUp = reject;
      const client = identity.initTokenClient({
        client_id: clientId,
        scope: wanted,
        prompt: '',
        ...(loginHint !== undefined && { login_hint: loginHint }),
        callback: ({ access_token: token, scope = '', error }) => {
          if (error === 'access_denied') stop('access was not granted');
          else if (!token) refuse(`Google gave no token (${error})`);
          else if (scope.split(' ').includes(wanted)) resolve(token);
          else refuse('the box that lets the application keep files was not ticked');
        },
        error_callback: ({ type }) => {
          if (type === 'popup_closed') stop('its window was closed');
          else refuse(`Google's window did not open (${type}), allow pop-ups`);
        },
      });
      client.requestAccessToken();
    });
  }
}

interface GoogleWindow {
  readonly google?: { readonly accounts?: { readonly oauth2?: GoogleOAuth2 } };
}

/**
 * Adds Google's script to the page, unless it is there, and gives what it brings.
 *
 * @throws CloudError `offline` when it cannot be fetched, `invalid` outside of a page
 */
export const loadGoogleIdentity = async (
  fail: PersonTokensParts['fail'],
  url = 'https://accounts.google.com/gsi/client',
): Promise<GoogleOAuth2> => {
  const loaded = () => (globalThis as GoogleWindow).google?.accounts?.oauth2;
  if (!loaded() && globalThis.document && !(await addScript(url))) {
    throw fail(
      'offline',
      `${url} did not load; there is no network, or the page's policy or an extension blocks it`,
    );
  }
  const identity = loaded();
  if (identity) return identity;
  throw fail('invalid', 'Google signs people in on pages only; elsewhere give a token');
};

const addScript = (url: string): Promise<boolean> =>
  new Promise((resolve) => {
    const script = document.createElement('script');
    script.src = url;
    script.onload = () => resolve(true);
    script.onerror = () => {
      script.remove();
      resolve(false);
    };
    document.head.append(script);
  });
