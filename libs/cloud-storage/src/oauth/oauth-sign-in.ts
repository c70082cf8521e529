import { type FormClient } from './form-client.js';
import { type Sleep } from '../time/sleep.js';
import { type SignInPage } from './sign-in-page.js';
import { type TokenStore } from './token-store.js';

/** How a person signs in with an app that is registered at the service. */
export interface OAuthSignIn {
  /** The app's id at the service; not a secret. */
  readonly clientId: string;
  /** A page of this origin that calls `completeSignIn()`, as it is registered at the service; may be relative to the page. */
  readonly redirectUri: string;
  /** Whose sign-in it is in the application: one browser keeps those of several people apart. */
  readonly account?: string;
  /** `popup` opens a window; `redirect` leaves the page and comes back to it. Default `popup`. */
  readonly signIn?: 'popup' | 'redirect';
  /** Where the sign-in is kept on this device; default IndexedDB. */
  readonly tokens?: TokenStore;
}

/** What a service calls its parts. */
export interface OAuthService {
  /** The driver's name, for messages. */
  readonly name: string;
  readonly authorizeUrl: string;
  readonly tokenUrl: string;
  readonly scope: string;
  /** What else the service wants to be asked with. */
  readonly authorizeParameters: Readonly<Record<string, string>>;
  /** Ends the sign-in at the service; absent where the service offers none. */
  readonly revoke?: (accessToken: string) => Promise<void>;
}

/** What a session is made of. */
export interface OAuthParts {
  readonly service: OAuthService;
  readonly signIn: OAuthSignIn;
  /** Tells the sign-ins of several clouds in one app apart. */
  readonly providerId: string;
  /** For the token endpoint. */
  readonly sendForm: FormClient;
  /** Unix ms. */
  readonly now: () => number;
  readonly page?: SignInPage;
  readonly sleep?: Sleep;
}
