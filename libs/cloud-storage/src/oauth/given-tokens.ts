import { CloudError } from '../port/cloud-error.js';
import { type AccessTokens } from './account.js';

/** The application signs in by itself. */
export interface GivenToken {
  /**
   * Gives a valid access token; called before each request, so it keeps the one it has. When the service refused a token it is called
   * once more, with that token, and should give a new one.
   */
  readonly token: (refused?: string) => Promise<string>;
}

/** The tokens that the application gives. Calls that are refused at once ask it for another one once. */
export const givenTokens = (name: string, { token: give }: GivenToken): AccessTokens => {
  let replacing: Promise<string> | undefined;
  let last: string | undefined;
  const take = async (...refused: [string?]): Promise<string> => {
    let cause: unknown;
    try {
      const token: unknown = await give(...refused);
      // Nothing that could end the header it goes into.
      if (typeof token === 'string' && /^[\x21-\x7e]+$/.test(token)) return (last = token);
    } catch (error) {
      // The application's own sign-in failed; when it says why in our terms (offline), that is passed on.
      if (error instanceof CloudError) throw error;
      cause = error;
    }
    const message = `cloud-storage/${name}: no token was given; sign in again`;
    throw new CloudError('unauthorized', message, { cause });
  };
  return {
    current: () => take(),
    replace: (refused) => {
      // Another call was faster: there is another token already.
      if (!replacing && last !== refused) return take();
      replacing ??= take(refused).finally(() => (replacing = undefined));
      return replacing;
    },
    connect: async (_, check) => {
      await check();
    },
    disconnect: async () => undefined,
  };
};
