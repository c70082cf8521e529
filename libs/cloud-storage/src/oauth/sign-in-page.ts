/** The channel between the page that signs in and the redirect page; both are of one origin. */
export const SIGN_IN_CHANNEL = 'chat-vault-sign-in';

/** Where a sign-in that leaves the page is kept meanwhile, in `sessionStorage`, followed by the key of its tokens. */
export const PENDING_PREFIX = 'chat-vault-sign-in:';

/** What a sign-in needs of a page: a part of `window`. */
export interface SignInPage {
  readonly location: Pick<Location, 'origin' | 'href' | 'assign' | 'replace'>;
  readonly sessionStorage: Pick<Storage, 'length' | 'key' | 'getItem' | 'setItem' | 'removeItem'>;
  readonly history: Pick<History, 'replaceState'>;
  readonly opener: Pick<Window, 'postMessage'> | null;
  readonly BroadcastChannel: new (
    name: string,
  ) => Pick<BroadcastChannel, 'postMessage' | 'close' | 'onmessage'>;
  open(url: string, name: string, features: string): SignInPopup | null;
  close(): void;
  addEventListener(type: 'message', listener: (event: MessageEvent) => void): void;
  addEventListener(type: 'focus', listener: () => void): void;
  removeEventListener(type: 'message', listener: (event: MessageEvent) => void): void;
  removeEventListener(type: 'focus', listener: () => void): void;
}

/** The window that a person signs in with. */
export interface SignInPopup {
  readonly closed: boolean;
  readonly location: { replace(url: string): void };
  close(): void;
}
