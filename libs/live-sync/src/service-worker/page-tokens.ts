import { accountKey, type LiveAccount, markedMessage } from '../host/worker-messages.js';
import { type LiveWorkerScope } from './live-worker-scope.js';

/** A page that does not answer by then hangs, or has no application in it. */
const ANSWER_MS = 5_000;

/** Access tokens, which the pages have: the worker asks one, and keeps the last in memory for when they are all gone. */
export class PageTokens {
  readonly #options: PageTokensOptions;
  readonly #asked = new Map<string, Answer>();
  readonly #last = new Map<string, string>();

  constructor(options: PageTokensOptions) {
    this.#options = options;
  }

  /**
   * What the first page answers; `null` when nobody is signed in there. When none answers, the last token, but not the one that was
   * refused; then what the application has.
   *
   * @throws Error when there is none of these: it may be another time.
   */
  async token(account: LiveAccount, refused?: string): Promise<string | null> {
    const key = accountKey(account);
    const answer = await this.#ask(account, refused);
    if (answer === undefined) {
      const last = this.#last.get(key);
      if (last !== undefined && last !== refused) return last;
      const own = await this.#options.ownToken?.(account, refused);
      if (own !== undefined) return own;
      throw new Error('live-sync: no page is there to ask for a token');
    }
    if (answer === null) this.#last.delete(key);
    else this.#last.set(key, answer);
    return answer;
  }

  /** A page has answered: `undefined` when it cannot say. */
  answered(id: string, token: string | null | undefined): void {
    const asked = this.#asked.get(id);
    if (!asked) return;
    asked.waiting -= 1;
    if (token !== undefined || asked.waiting === 0) asked.settle(token);
  }

  /** The person has left. */
  forget(account: LiveAccount): void {
    this.#last.delete(accountKey(account));
  }

  async #ask(account: LiveAccount, refused?: string): Promise<string | null | undefined> {
    const { scope, newId, after } = this.#options;
    const pages = await scope.clients.matchAll({ type: 'window', includeUncontrolled: true });
    if (pages.length === 0) return undefined;
    const id = newId();
    try {
      return await new Promise<string | null | undefined>((resolve) => {
        const stop = after(ANSWER_MS, () => resolve(undefined));
        const settle = (token: string | null | undefined): void => {
          stop();
          resolve(token);
        };
        this.#asked.set(id, { waiting: pages.length, settle });
        const message = { kind: 'token-wanted', id, account, refused: refused ?? null } as const;
        for (const page of pages) page.postMessage(markedMessage(message));
      });
    } finally {
      this.#asked.delete(id);
    }
  }
}

interface Answer {
  waiting: number;
  readonly settle: (token: string | null | undefined) => void;
}

/** What `PageTokens` needs. */
export interface PageTokensOptions {
  readonly scope: Pick<LiveWorkerScope, 'clients'>;
  /** What the application gives when no page answers. */
  readonly ownToken?: (account: LiveAccount, refused?: string) => Promise<string | null>;
  readonly newId: () => string;
  readonly after: (ms: number, run: () => void) => () => void;
}
