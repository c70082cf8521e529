import { describe } from 'vitest';
import { type CloudStorage } from '../port/cloud-storage.js';
import { type HttpCall } from './faulty-fetch.js';
import { checkAnswers } from './http-conformance/answers.js';
import { type HttpBench } from './http-conformance/http-bench.js';
import { checkLosses } from './http-conformance/losses.js';
import { checkTokens } from './http-conformance/tokens.js';

/** How the suite makes the driver that it tests. */
export interface HttpConformanceOptions {
  /** The driver, new, all of whose requests go through this `fetch`. Without `withRetry`. */
  readonly create: (fetch: typeof globalThis.fetch) => CloudStorage | Promise<CloudStorage>;
  /** Reaches the service; default the global `fetch`. */
  readonly fetch?: typeof globalThis.fetch;
  /** Whether a request looks up what is in a folder; default `PROPFIND` and every `GET` or `POST` that asks for a list. */
  readonly isListing?: (call: HttpCall) => boolean;
  /** For drivers that sign in with bearer tokens. */
  readonly tokens?: {
    /** The driver, new, which gets its tokens from the function. */
    readonly create: (
      fetch: typeof globalThis.fetch,
      giveToken: () => Promise<string>,
    ) => CloudStorage | Promise<CloudStorage>;
    /** Reaches the service whatever token the request has; default `fetch` of the suite. */
    readonly fetch?: typeof globalThis.fetch;
  };
  /** For one test; default 60,000 ms. */
  readonly timeoutMs?: number;
}

/**
 * Registers the tests of what a driver over HTTP makes of a bad network and odd answers: lost replies, answers cut short, ranges ignored,
 * every status, lagging listings, tokens that die. Complements `cloudStorageConformance`; works in folders of its own, which it leaves
 * behind. Needs Vitest.
 */
export const httpCloudConformance = (name: string, options: HttpConformanceOptions): void => {
  const fetch: typeof globalThis.fetch =
    options.fetch ?? ((input, init) => globalThis.fetch(input, init));
  const bench: HttpBench = {
    create: options.create,
    fetch,
    isListing: options.isListing ?? looksLikeListing,
    tokens: options.tokens && { fetch, ...options.tokens },
    newFolder: () => `conformance-${crypto.randomUUID()}`,
  };
  describe(`CloudStorage over HTTP: ${name}`, { timeout: options.timeoutMs ?? 60_000 }, () => {
    checkLosses(bench);
    checkAnswers(bench);
    if (bench.tokens) checkTokens(bench.tokens, bench.newFolder);
  });
};

const looksLikeListing = ({ method, url }: HttpCall): boolean =>
  method === 'PROPFIND' || /list|files\?q=|children/.test(`${url.pathname}${url.search}`);
