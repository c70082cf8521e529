import { describe } from 'vitest';
import { type CloudStorage } from '../port/cloud-storage.js';
import { someBytes } from './conformance/bench.js';
import { type HttpCall } from './faulty-fetch.js';
import { checkAnswers } from './http-conformance/answers.js';
import { type HttpBench } from './http-conformance/http-bench.js';
import { checkLosses } from './http-conformance/losses.js';
import { checkPages } from './http-conformance/pages.js';
import { checkTokenEnds } from './http-conformance/token-ends.js';
import { checkTokens } from './http-conformance/tokens.js';

/** How the suite makes the driver that it tests. */
export interface HttpConformanceOptions {
  /** The driver, new, all of whose requests go through this `fetch`. Without `withRetry`. */
  readonly create: (fetch: typeof globalThis.fetch) => CloudStorage | Promise<CloudStorage>;
  /** Reaches the service; default the global `fetch`. */
  readonly fetch?: typeof globalThis.fetch;
  /** Whether a request looks up what is in a folder; default `PROPFIND` and every `GET` or `POST` that asks for a list. */
  readonly isListing?: (call: HttpCall) => boolean;
  /** For drivers whose sign-in ends and is renewed: with bearer tokens, or keys that live for a while. */
  readonly tokens?: {
    /** The driver, new, which gets its tokens from the function. */
    readonly create: (
      fetch: typeof globalThis.fetch,
      giveToken: (refused?: string) => Promise<string>,
    ) => CloudStorage | Promise<CloudStorage>;
    /** Reaches the service whatever token the request has; default `fetch` of the suite. */
    readonly fetch?: typeof globalThis.fetch;
    /** The token of a request, `null` for one that needs none; default the bearer token. */
    readonly tokenOf?: (headers: Headers) => string | null;
    /** The answer to a token that ended; default 401. */
    readonly refused?: () => Response;
  };
  /** For services that list in pages. */
  readonly pages?: {
    /** Reaches the service, which gives small pages: a hundred entries or so; default `fetch` of the suite. */
    readonly fetch?: typeof globalThis.fetch;
    /** Whether a request asks for a page behind the first. */
    readonly isLaterPage: (call: HttpCall) => boolean;
    /** The answer to a request for a page that the service no longer knows. */
    readonly expired: () => Response;
  };
  /** Bytes of a file that the driver sends in several parts; default none. */
  readonly largeBytes?: number;
  /** How many files or folders of that path the service keeps, where it may keep several and listings show one. */
  readonly copiesOf?: (path: string) => number | Promise<number>;
  /** For one test; default 60,000 ms. */
  readonly timeoutMs?: number;
}

/**
 * Registers the tests of what a driver over HTTP makes of a bad network and odd answers: lost replies, answers cut short, ranges ignored,
 * every status, lagging listings, pages that expire, tokens that die at any request, also half-way through an upload in parts. Complements `cloudStorageConformance`; works in folders of its own, which it leaves
 * behind. Needs Vitest.
 */
export const httpCloudConformance = (name: string, options: HttpConformanceOptions): void => {
  const fetch: typeof globalThis.fetch =
    options.fetch ?? ((input, init) => globalThis.fetch(input, init));
  const bench: HttpBench = {
    create: options.create,
    fetch,
    isListing: options.isListing ?? looksLikeListing,
    tokens: options.tokens && {
      fetch,
      tokenOf: bearerOf,
      refused: () => new Response(null, { status: 401 }),
      ...options.tokens,
    },
    pages: options.pages && { fetch, ...options.pages },
    large: options.largeBytes === undefined ? undefined : someBytes(options.largeBytes),
    copiesOf: options.copiesOf,
    newFolder: () => `conformance-${crypto.randomUUID()}`,
  };
  describe(`CloudStorage over HTTP: ${name}`, { timeout: options.timeoutMs ?? 60_000 }, () => {
    checkLosses(bench);
    checkAnswers(bench);
    if (bench.pages) checkPages(bench, bench.pages);
    if (bench.tokens) {
      checkTokens(bench.tokens, bench.newFolder);
      checkTokenEnds(bench, bench.tokens);
    }
  });
};

const looksLikeListing = ({ method, url }: HttpCall): boolean =>
  method === 'PROPFIND' || /list|files\?q=|children/.test(`${url.pathname}${url.search}`);

/** Some services give addresses that are secrets themselves and want no token. */
const bearerOf = (headers: Headers): string | null =>
  headers.get('Authorization')?.replace(/^Bearer /, '') ?? null;
