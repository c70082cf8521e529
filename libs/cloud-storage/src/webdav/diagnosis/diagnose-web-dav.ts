import { parseRootUrl } from '../root-url.js';
import { type WebDavCloudOptions } from '../web-dav-cloud.js';
import { examine } from './examine.js';
import { observed, type Exchange } from './exchange.js';
import { type Finding, type WebDavFinding } from './finding.js';
import { guessServer, recipesFor, type WebDavRecipe, type WebDavServer } from './recipes.js';
import { wordsOf } from './words.js';

/** The settings to try, and who is to use them. */
export interface WebDavDiagnosisOptions extends Pick<
  WebDavCloudOptions,
  'url' | 'credentials' | 'listing' | 'fetch'
> {
  /** Longest silence of the server, in ms; default 20,000. */
  readonly timeoutMs?: number;
  /**
   * The origin of the pages that are to use the server, like `https://messenger.example`. In a page it is the page's own; elsewhere
   * (Node) nothing is asked about CORS without it.
   */
  readonly origin?: string;
  readonly signal?: AbortSignal;
}

/** What is the matter with a WebDAV server, and what to do about it. */
export interface WebDavDiagnosis {
  readonly code: WebDavFinding;
  /** Whether the driver works with these settings. */
  readonly isUsable: boolean;
  /** What is the matter, for a person. */
  readonly message: string;
  /** What helps, for a person; empty when all is well. */
  readonly hint: string;
  /** The status that the server answered with, where it did. */
  readonly status: number | undefined;
  /** Methods and headers that the server does not allow to pages. */
  readonly missing: readonly string[];
  /** What the check wrote and could not remove, from the root of the storage. */
  readonly left: readonly string[];
  /** Which server it is, when that can be told. */
  readonly server: WebDavServer | undefined;
  /** Settings to copy where those of the server have to change: of this server, or of all when it is not known. */
  readonly recipes: readonly WebDavRecipe[];
}

/**
 * Finds out whether a WebDAV server can keep chats and, if not, why: it is asked as the driver asks, a small file is written to a new
 * folder (`chat-vault-probe-…`), read, listed and removed again. Browsers hide why a request failed, so in a page the reason is found by
 * asking for less and less. A repeated run may find the next thing.
 *
 * @throws CloudError `aborted`; everything else is a finding
 */
export const diagnoseWebDav = async (options: WebDavDiagnosisOptions): Promise<WebDavDiagnosis> => {
  let url: URL;
  try {
    url = parseRootUrl(options.url);
  } catch {
    // What is wrong with it are the words of the finding.
    return describe({ code: 'bad-address' }, undefined, [], '');
  }
  const { fetch, exchanges } = observed(
    options.fetch ?? ((input, init) => globalThis.fetch(input, init)),
  );
  const origin = pageOrigin(options, url);
  const finding = await examine({
    timeoutMs: TIMEOUT_MS,
    ...options,
    fetch,
    url,
    origin,
    exchanges,
  });
  return describe(finding, url, exchanges, origin ?? EXAMPLE_ORIGIN);
};

const TIMEOUT_MS = 20_000;
const EXAMPLE_ORIGIN = 'https://messenger.example';

const USABLE: readonly WebDavFinding[] = ['fine', 'ranges-ignored', 'listing-lags'];

/** The origin of the pages that will ask, unless it is the server's own. */
const pageOrigin = (options: WebDavDiagnosisOptions, url: URL): string | undefined => {
  const page = globalThis.location?.origin;
  const origin = page === undefined || page === 'null' ? options.origin : page;
  return origin === url.origin ? undefined : origin;
};

/** What settings of the server can change. */
const WITH_RECIPE: readonly WebDavFinding[] = [
  'no-cors',
  'preflight-unauthorized',
  'cors-incomplete',
  'not-webdav',
  'no-listing',
  'read-only',
  'no-removing',
  'altered',
];

const describe = (
  finding: Finding,
  url: URL | undefined,
  exchanges: readonly Exchange[],
  origin: string,
): WebDavDiagnosis => {
  const headers = exchanges.flatMap(({ answer }) => answer?.headers ?? []);
  const server = url && guessServer(url, headers);
  return {
    code: finding.code,
    isUsable: USABLE.includes(finding.code),
    ...wordsOf(finding, url?.host ?? '', server === 'nextcloud'),
    status: finding.status,
    missing: finding.missing ?? [],
    left: finding.left ?? [],
    server,
    recipes: WITH_RECIPE.includes(finding.code) ? recipesFor(server, origin) : [],
  };
};
