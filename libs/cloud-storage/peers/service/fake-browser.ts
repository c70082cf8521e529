import { BroadcastChannel } from 'node:worker_threads';
import { completeSignInOn } from '../../src/oauth/complete-sign-in.js';
import { type SignInPage, type SignInPopup } from '../../src/oauth/sign-in-page.js';
import { type StoredTokens, type TokenStore } from '../../src/oauth/token-store.js';
import { type Sleep } from '../../src/time/sleep.js';

/** What a test may ask of the browser. */
export interface BrowserSettings {
  /** Whether windows are refused. */
  blocksPopups?: boolean;
  /** Whether the service cuts its window off from the page (Cross-Origin-Opener-Policy): it seems closed, and has no opener. */
  cutsOff?: boolean;
  /** Whether channels do not reach the page, as for one in a frame of another site. */
  hasOwnChannels?: boolean;
  /** Whether the person leaves the service's page open and does nothing. */
  isUndecided?: boolean;
}

type PageEvents = {
  readonly message: Set<(event: MessageEvent) => void>;
  readonly focus: Set<() => void>;
};

/** A page of the app at `https://app.test/`, the windows it opens, and a person who follows what they show. */
export class FakeBrowser {
  readonly settings: BrowserSettings;
  /** The page; its address may be changed by `redirect` sign-ins. */
  readonly page: SignInPage;
  readonly popups: FakePopup[] = [];
  /** Addresses that the page itself was sent to. */
  readonly visits: string[] = [];
  /** Waits that were asked for and did not end; `pass` ends the shortest. */
  readonly waits = new Map<() => void, number>();
  readonly #fetch: typeof globalThis.fetch;
  readonly #events: PageEvents = { message: new Set(), focus: new Set() };
  readonly #storage = new Map<string, string>();
  #address = 'https://app.test/chats/7';

  constructor(fetch: typeof globalThis.fetch, settings: BrowserSettings = {}) {
    this.#fetch = fetch;
    this.settings = settings;
    this.page = this.#pageAt(() => this.#address, null);
  }

  get address(): string {
    return this.#address;
  }

  /** A wait that ends when the test says so. */
  readonly sleep: Sleep = (ms, signal) =>
    new Promise((resolve, reject) => {
      this.waits.set(resolve, ms);
      signal?.addEventListener('abort', () => {
        this.waits.delete(resolve);
        reject(signal.reason);
      });
    });

  /** Lets the shortest wait end. */
  pass(): number {
    const [first] = [...this.waits].toSorted(([, a], [, b]) => a - b);
    if (!first) throw new Error('nothing waits');
    this.waits.delete(first[0]);
    first[0]();
    return first[1];
  }

  /** The person looks at the page again. */
  focus(): void {
    for (const listener of this.#events.focus) listener();
  }

  /** Somebody sends the page a message. */
  message(origin: string, data: unknown): void {
    for (const listener of this.#events.message) listener({ origin, data } as MessageEvent);
  }

  /** Where the service sends the person from its page. */
  async answerOf(url: string): Promise<string> {
    const answer = await this.#fetch(url, { redirect: 'manual' });
    return answer.headers.get('Location') ?? '';
  }

  /** The redirect page of a window or of the page itself, opened at the address. */
  redirectPage(address: string, opener: SignInPage['opener'] = null): SignInPage {
    let href = address;
    const page = this.#pageAt(() => href, opener);
    return {
      ...page,
      history: {
        replaceState: (_data, _unused, url) => void (href = new URL(url ?? '', href).href),
      },
      location: { ...page.location, href, origin: new URL(href).origin },
    };
  }

  /** The page itself follows the service's page and comes to the redirect address. */
  async followVisit(): Promise<boolean> {
    const address = await this.answerOf(this.visits.at(-1) ?? '');
    return completeSignInOn(this.redirectPage(address), this.sleep);
  }

  #pageAt(href: () => string, opener: SignInPage['opener']): SignInPage {
    const { settings } = this;
    const isMain = () => href() === this.#address;
    const ownName = (name: string) =>
      settings.hasOwnChannels ? `${name} of ${isMain() ? 'the page' : 'a window'}` : name;
    const visit = (url: string | URL): void => {
      this.visits.push(String(url));
      if (new URL(url).origin === 'https://app.test') this.#address = String(url);
    };
    return {
      opener,
      location: {
        get href() {
          return href();
        },
        origin: 'https://app.test',
        assign: visit,
        replace: visit,
      },
      history: { replaceState: () => undefined },
      sessionStorage: storageOf(this.#storage),
      BroadcastChannel: class extends BroadcastChannel {
        constructor(name: string) {
          super(ownName(name));
        }
      } as unknown as SignInPage['BroadcastChannel'],
      open: (_url, name) => this.#open(name),
      close: () => undefined,
      addEventListener: (type: keyof PageEvents, listener: never) =>
        void this.#events[type].add(listener),
      removeEventListener: (type: keyof PageEvents, listener: never) =>
        void this.#events[type].delete(listener),
    };
  }

  /** As in a browser, a window of that name that is open already is taken, unless the service cut it off. */
  #open(name: string): SignInPopup | null {
    if (this.settings.blocksPopups) return null;
    const known = this.popups.find((popup) => popup.name === name && !popup.closed);
    if (known) return known;
    const popup = new FakePopup(this, name);
    this.popups.push(popup);
    return popup;
  }
}

/** A window that the page opened. */
export class FakePopup implements SignInPopup {
  closed = false;
  /** Where it was sent. */
  readonly visits: string[] = [];
  /** Whether the page took the answer; `undefined` until it was given. */
  isTaken: boolean | undefined;
  readonly location = {
    replace: (url: string): void => {
      this.visits.push(url);
      this.following = this.#follow(url);
    },
  };
  following: Promise<void> = Promise.resolve();
  readonly name: string;
  readonly #browser: FakeBrowser;

  constructor(browser: FakeBrowser, name: string) {
    this.#browser = browser;
    this.name = name;
  }

  close(): void {
    this.closed = true;
  }

  async #follow(url: string): Promise<void> {
    const { settings, page } = this.#browser;
    if (settings.cutsOff) this.closed = true;
    if (settings.isUndecided) return;
    const address = await this.#browser.answerOf(url);
    const opener: SignInPage['opener'] = {
      postMessage: (data: unknown) => this.#browser.message(page.location.origin, data),
    };
    const redirectPage = this.#browser.redirectPage(address, settings.cutsOff ? null : opener);
    this.isTaken = await completeSignInOn(redirectPage, this.#browser.sleep);
  }
}

/** Sign-ins in memory, as two tabs would share them. */
export class MemoryTokenStore implements TokenStore {
  readonly kept = new Map<string, StoredTokens>();
  /** Thrown by the next call. */
  failure: Error | undefined;

  async get(key: string): Promise<StoredTokens | undefined> {
    this.#maybeFail();
    return this.kept.get(key);
  }

  async set(key: string, tokens: StoredTokens): Promise<void> {
    this.#maybeFail();
    this.kept.set(key, tokens);
  }

  async delete(key: string): Promise<void> {
    this.#maybeFail();
    this.kept.delete(key);
  }

  #maybeFail(): void {
    const { failure } = this;
    this.failure = undefined;
    if (failure) throw failure;
  }
}

const storageOf = (kept: Map<string, string>): SignInPage['sessionStorage'] => ({
  get length() {
    return kept.size;
  },
  key: (index) => [...kept.keys()][index] ?? null,
  getItem: (key) => kept.get(key) ?? null,
  setItem: (key, value) => void kept.set(key, value),
  removeItem: (key) => void kept.delete(key),
});
