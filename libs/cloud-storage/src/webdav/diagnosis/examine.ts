import { createHttpClient, type HttpAnswer, type HttpClient } from '../../http/http-client.js';
import { statusToCode } from '../../http/http-status.js';
import { CloudError, type CloudErrorCode } from '../../port/cloud-error.js';
import { parseAutoindex } from '../autoindex.js';
import { createSignedClient } from '../credentials.js';
import { parseMultistatus, PROPFIND_BODY } from '../multistatus.js';
import { webDavCloud, type WebDavCloudOptions } from '../web-dav-cloud.js';
import { checkPreflights, explainSilence, letsIn, missingOf, type CorsBench } from './cors.js';
import { type Exchange } from './exchange.js';
import { type Finding, type WebDavFinding } from './finding.js';
import { NEEDED_BY_PAGES } from './recipes.js';
import { tryDriver } from './trial.js';

/** What an examination works with. */
export interface ExamineBench extends Pick<WebDavCloudOptions, 'credentials' | 'listing'> {
  readonly url: URL;
  readonly fetch: typeof globalThis.fetch;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
  /** The origin of the pages when it is another one than the server's. */
  readonly origin: string | undefined;
  /** What went through that `fetch` so far. */
  readonly exchanges: readonly Exchange[];
}

/**
 * Finds what is the matter: whether pages are let in, whether the folder is there and is listed, whether the driver can work in it.
 *
 * @throws CloudError `aborted`
 */
export const examine = async (bench: ExamineBench): Promise<Finding> => {
  if (isInsecure(bench.url)) return { code: 'insecure' };
  const send = clientOf(bench, bench.fetch);
  const cors = corsBench(bench, send);
  try {
    if (cors && isSendingOrigin()) {
      const refused = await checkPreflights(cors);
      if (refused) {
        // Its headers may tell which server it is.
        const { url, signal } = bench;
        await send({ task: 'webdav: GET ""', method: 'GET', url, headers: {}, signal });
        return refused;
      }
    }
    const signed = createSignedClient(send, bench.credentials);
    return (await examineFolder(bench, signed)) ?? { code: 'fine' };
  } catch (error) {
    const code = codeOf(error);
    // `invalid`: a user name or token that no header can hold.
    if (code === 'unauthorized' || code === 'invalid') return { code: 'unauthorized' };
    const isAnswered = bench.exchanges.some(({ answer }) => answer);
    if (code !== 'offline') return { code: isAnswered ? 'unavailable' : 'unreachable' };
    if (globalThis.navigator?.onLine === false) return { code: 'offline' };
    return cors && !isSendingOrigin() ? explain(cors) : { code: 'unreachable' };
  }
};

const explain = async (cors: CorsBench): Promise<Finding> => {
  try {
    return await explainSilence(cors);
  } catch (error) {
    codeOf(error);
    return { code: 'unavailable' };
  }
};

/** Why a request failed. @throws what is no failure of a request, and `aborted` */
const codeOf = (error: unknown): CloudErrorCode => {
  if (!(error instanceof CloudError) || error.code === 'aborted') throw error;
  return error.code;
};

const examineFolder = async (
  bench: ExamineBench,
  send: HttpClient,
): Promise<Finding | undefined> => {
  const answer = await look(bench, send, bench.url);
  const { status, headers } = answer;
  const location = bench.exchanges.at(-1)?.answer?.location;
  if (location !== undefined) return { code: 'redirected', location, status };
  if (bench.origin && isSendingOrigin() && !letsIn(headers, bench.origin)) {
    return { code: 'no-cors', status };
  }
  if (isListing(bench, answer)) return examineDriver(bench, send);
  if (status === 404 || status === 410) return examineParent(bench, send, status);
  const isIndexMissing = bench.listing === 'autoindex-json' && status === 200;
  if (isIndexMissing || [403, 405, 501].includes(status)) {
    return examineWithoutListing(bench, send, status);
  }
  if (status < 400) return { code: 'wrong-path', status };
  return { code: FINDINGS[statusToCode(status)] ?? 'unexpected', status };
};

const FINDINGS: Partial<Record<CloudErrorCode, WebDavFinding>> = {
  unauthorized: 'unauthorized',
  'rate-limited': 'unavailable',
  unavailable: 'unavailable',
  'quota-exceeded': 'full',
};

/** The question that each sync begins with. */
const look = (bench: ExamineBench, send: HttpClient, url: URL): Promise<HttpAnswer> => {
  const isIndexed = bench.listing === 'autoindex-json';
  const method = isIndexed ? 'GET' : 'PROPFIND';
  return send({
    task: `webdav: ${method} ""`,
    method,
    url,
    headers: isIndexed ? {} : { Depth: '0', 'Content-Type': 'application/xml; charset=utf-8' },
    ...(!isIndexed && { body: PROPFIND_BODY }),
    signal: bench.signal,
  });
};

const isListing = (bench: ExamineBench, { status, bytes }: HttpAnswer): boolean => {
  const isIndexed = bench.listing === 'autoindex-json';
  if (status !== (isIndexed ? 200 : 207)) return false;
  try {
    if (isIndexed) parseAutoindex(bytes, 'webdav');
    else parseMultistatus(new TextDecoder().decode(bytes));
    return true;
  } catch {
    // A page for people.
    return false;
  }
};

const examineDriver = async (
  bench: ExamineBench,
  send: HttpClient,
): Promise<Finding | undefined> => {
  const finding = await tryDriver(trialBench(bench, send));
  const cors = corsBench(bench, clientOf(bench, bench.fetch));
  if (finding?.code !== 'unreachable' || !cors || isSendingOrigin()) return finding;
  // The server answered before, so the browser kept this request or its answer back.
  const method = bench.exchanges.find(({ answer }) => !answer)?.method ?? '';
  const headers = await missingOf(cors, NEEDED_BY_PAGES[method] ?? []);
  return {
    ...finding,
    code: 'cors-incomplete',
    missing: headers.length > 0 ? headers : [method],
  };
};

const examineParent = async (
  bench: ExamineBench,
  send: HttpClient,
  status: number,
): Promise<Finding | undefined> => {
  const parent = new URL('..', bench.url);
  if (parent.href === bench.url.href) return { code: 'wrong-path', status };
  try {
    const isThere = isListing(bench, await look(bench, send, parent));
    return { code: isThere ? 'missing-folder' : 'wrong-path', status };
  } catch (error) {
    // Pages need not be let in there.
    if (error instanceof CloudError && error.code === 'offline')
      return { code: 'wrong-path', status };
    throw error;
  }
};

/** Whether the server takes files at all, although it shows no list of them. */
const examineWithoutListing = async (
  bench: ExamineBench,
  send: HttpClient,
  status: number,
): Promise<Finding> => {
  const tried = await tryDriver(trialBench(bench, send));
  const isWritten = bench.exchanges.some(
    ({ method, answer }) => method === 'PUT' && answer && answer.status < 300,
  );
  if (!isWritten) return { code: status === 403 ? 'forbidden' : 'not-webdav', status };
  const indexed = { ...bench, listing: 'autoindex-json' } as const;
  const hasIndex =
    bench.listing !== 'autoindex-json' && isListing(indexed, await look(indexed, send, bench.url));
  return { code: 'no-listing', status, hasIndex, ...(tried?.left && { left: tried.left }) };
};

const trialBench = (bench: ExamineBench, send: HttpClient) => ({
  cloud: webDavCloud({
    ...bench,
    url: bench.url.href,
    timeoutMs: bench.timeoutMs,
  }),
  exchanges: bench.exchanges,
  send,
  rootUrl: bench.url,
  folder: `chat-vault-probe-${crypto.randomUUID()}`,
  signal: bench.signal,
});

const clientOf = (bench: ExamineBench, fetch: typeof globalThis.fetch): HttpClient =>
  createHttpClient({ fetch, timeoutMs: bench.timeoutMs });

const corsBench = (bench: ExamineBench, send: HttpClient): CorsBench | undefined =>
  bench.origin === undefined
    ? undefined
    : {
        send,
        sendOpaque: clientOf(bench, (input, init) =>
          bench.fetch(input, { ...init, mode: 'no-cors' }),
        ),
        url: bench.url,
        origin: bench.origin,
        methods: Object.keys(NEEDED_BY_PAGES).filter(
          (method) => method !== 'PROPFIND' || bench.listing !== 'autoindex-json',
        ),
        isSignedIn: bench.credentials !== undefined,
        signal: bench.signal,
      };

/** Whether a request may say which page it comes from; then we can ask what browsers ask, and nothing is kept from us. */
const isSendingOrigin = (): boolean =>
  new Request('https://chat.example/', { headers: { Origin: 'https://chat.example' } }).headers.has(
    'Origin',
  );

/** Browsers keep secure pages from asking others in the open, but for this machine itself. */
const isInsecure = (url: URL): boolean =>
  globalThis.location?.protocol === 'https:' &&
  url.protocol === 'http:' &&
  !/^(localhost|127(\.\d+){3}|\[::1\]|.+\.localhost)$/.test(url.hostname);
