import { sleep as sleepForReal, type Sleep } from '../time/sleep.js';
import { findPending, returnToPage } from './redirect-sign-in.js';
import { parseSignInAnswer, type SignInAnswer } from './sign-in-answer.js';
import { SIGN_IN_CHANNEL, type SignInPage } from './sign-in-page.js';

/** How long the page that asked may take to say that it has the answer. */
const PATIENCE_MS = 5000;

/**
 * For the page whose address is the redirect address: hands what the service said on to the page that asked, and closes this window or
 * goes back. Gives whether that page took it; when it is `false`, tell the person to close the window and to try again. The code is worth nothing without the verifier
 * that the asking page holds; it is removed from the address all the same.
 */
export const completeSignIn = (): Promise<boolean> => completeSignInOn(globalThis);

/** `completeSignIn` of any page. */
export const completeSignInOn = async (
  page: SignInPage,
  sleep: Sleep = sleepForReal,
): Promise<boolean> => {
  const { href } = page.location;
  const answer = parseSignInAnswer(Object.fromEntries(new URL(href).searchParams));
  if (!answer) return false;
  page.history.replaceState(null, '', new URL(href).pathname);
  const pending = findPending(page, answer.state);
  if (pending) {
    returnToPage(page, pending, answer);
    return true;
  }
  const isTaken = await handOver(page, answer, sleep);
  // Otherwise the page stays, to tell the person.
  if (isTaken) page.close();
  return isTaken;
};

/** Over the channel, as services may cut this window off from its opener; and to the opener, as a page in a frame has other channels. */
const handOver = async (page: SignInPage, answer: SignInAnswer, sleep: Sleep): Promise<boolean> => {
  const channel = new page.BroadcastChannel(SIGN_IN_CHANNEL);
  const waiting = new AbortController();
  try {
    const taken = new Promise<boolean>((resolve) => {
      channel.onmessage = ({ data }) => {
        if (data?.taken === answer.state) resolve(true);
      };
    });
    channel.postMessage(answer);
    page.opener?.postMessage(answer, page.location.origin);
    const expired = sleep(PATIENCE_MS, waiting.signal).then(
      () => false,
      () => false,
    );
    return await Promise.race([taken, expired]);
  } finally {
    waiting.abort();
    channel.close();
  }
};
