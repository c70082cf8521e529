import { CloudError } from '../port/cloud-error.js';
import { type Sleep } from '../time/sleep.js';
import { parseSignInAnswer, type SignInAnswer } from './sign-in-answer.js';
import { SIGN_IN_CHANNEL, type SignInPage, type SignInPopup } from './sign-in-page.js';

/** How long a person may take. */
const PATIENCE_MS = 600_000;

/** How long to wait on for a window that seems closed: one that the service cut off from this page looks the same. */
const CLOSED_PATIENCE_MS = 60_000;

/** One sign-in in a window of its own. */
export interface PopupRequest {
  /** The driver's name, for messages. */
  readonly name: string;
  readonly url: URL;
  readonly state: string;
  /** Ends it, with a `CloudError` as the reason. */
  readonly signal: AbortSignal;
  readonly sleep: Sleep;
}

/**
 * Opens the window, still empty; to be called before anything is waited for, as browsers allow it only right after a click.
 *
 * @throws CloudError `unauthorized` when the browser does not allow it
 */
export const openPopup = (page: SignInPage, name: string): SignInPopup => {
  const popup = page.open('', SIGN_IN_CHANNEL, 'popup,width=520,height=700');
  if (popup) return popup;
  throw new CloudError(
    'unauthorized',
    `cloud-storage/${name}: the browser did not open the window to sign in; allow pop-ups of this page and try again`,
  );
};

/**
 * Shows the service's page in the window and gives its answer to this sign-in, and to no other.
 *
 * @throws CloudError `aborted` when the person takes no decision
 */
export const askInPopup = (
  page: SignInPage,
  popup: SignInPopup,
  request: PopupRequest,
): Promise<SignInAnswer> => {
  const { name, state, signal, sleep } = request;
  const channel = new page.BroadcastChannel(SIGN_IN_CHANNEL);
  const waiting = new AbortController();
  let end: () => void = () => undefined;
  const answered = new Promise<SignInAnswer>((resolve, reject) => {
    const giveUpAfter = (ms: number): void => {
      const stopped = new CloudError('aborted', `cloud-storage/${name}: nobody signed in`);
      sleep(ms, waiting.signal).then(
        () => reject(stopped),
        () => undefined,
      );
    };
    const take = (data: unknown): void => {
      const answer = parseSignInAnswer(data);
      if (answer?.state !== state) return;
      channel.postMessage({ taken: state });
      resolve(answer);
    };
    const onMessage = ({ origin, data }: MessageEvent): void => {
      if (origin === page.location.origin) take(data);
    };
    const onFocus = (): void => {
      if (popup.closed) giveUpAfter(CLOSED_PATIENCE_MS);
    };
    const onAbort = (): void => reject(signal.reason);
    end = () => {
      page.removeEventListener('message', onMessage);
      page.removeEventListener('focus', onFocus);
      signal.removeEventListener('abort', onAbort);
      waiting.abort();
      channel.close();
    };
    channel.onmessage = ({ data }) => take(data);
    page.addEventListener('message', onMessage);
    page.addEventListener('focus', onFocus);
    signal.addEventListener('abort', onAbort);
    giveUpAfter(PATIENCE_MS);
    popup.location.replace(request.url.href);
  });
  return answered.finally(() => end());
};
