import { type HttpClient } from '../../http/http-client.js';
import { CloudError } from '../../port/cloud-error.js';
import { type Finding } from './finding.js';
import { NEEDED_BY_PAGES } from './recipes.js';

/** What the checks of CORS work with. */
export interface CorsBench {
  /** Without credentials. */
  readonly send: HttpClient;
  /** The same, of answers that a page may not read: it tells only whether somebody answers. */
  readonly sendOpaque: HttpClient;
  readonly url: URL;
  /** The origin of the page that is to use the server. */
  readonly origin: string;
  /** The methods that will be used. */
  readonly methods: readonly string[];
  readonly isSignedIn: boolean;
  readonly signal: AbortSignal | undefined;
}

/**
 * Asks in a browser's stead what a browser asks in advance; only where nothing keeps us from sending `Origin`, so not in a page.
 * `undefined`: pages are let in with all that they need.
 */
export const checkPreflights = async (bench: CorsBench): Promise<Finding | undefined> => {
  const missing = new Set<string>();
  for (const method of bench.methods) {
    const headers = neededHeaders(bench, method);
    const { status, headers: told } = await bench.send({
      ...request(bench, 'OPTIONS'),
      headers: {
        Origin: bench.origin,
        'Access-Control-Request-Method': method,
        'Access-Control-Request-Headers': headers.join(',').toLowerCase(),
      },
    });
    if (status === 401) return { code: 'preflight-unauthorized', status };
    if (status < 200 || status > 299 || !letsIn(told, bench.origin)) {
      return { code: 'no-cors', status };
    }
    const allowed = (name: string) => listOf(told.get(`Access-Control-Allow-${name}`));
    const isSafe = method === 'GET';
    if (!isSafe && !isAllowed(allowed('Methods'), method)) missing.add(method);
    for (const header of headers) {
      if (!isAllowed(allowed('Headers'), header)) missing.add(header);
    }
  }
  return missing.size > 0 ? { code: 'cors-incomplete', missing: [...missing] } : undefined;
};

/** Whether an answer may be read by pages of that origin. */
export const letsIn = (headers: Headers, origin: string): boolean =>
  ['*', origin].includes(headers.get('Access-Control-Allow-Origin') ?? '');

/**
 * Why a page got no answer. A browser tells nobody, so it is asked for less and less: an answer that may not be read shows that the
 * server is there, a plain one that may be read that it knows pages, and each special header or method alone which one is refused.
 */
export const explainSilence = async (bench: CorsBench): Promise<Finding> => {
  if (!(await isAnswered(bench.sendOpaque(request(bench, 'GET'))))) return { code: 'unreachable' };
  let status: number;
  try {
    ({ status } = await bench.send(request(bench, 'GET')));
  } catch (error) {
    if (isSilence(error)) return { code: 'no-cors' };
    throw error;
  }
  const special = [...new Set(bench.methods.flatMap((method) => neededHeaders(bench, method)))];
  const missing = await missingOf(bench, special);
  const isPropfindAllowed =
    !bench.methods.includes('PROPFIND') ||
    (await isAnswered(bench.send(request(bench, 'PROPFIND'))));
  if (!isPropfindAllowed) missing.unshift('PROPFIND');
  // The range of a few bytes is safe for some browsers, so it says nothing of what is asked in advance.
  const isAllRefused =
    !isPropfindAllowed && special.every((name) => name === 'Range' || missing.includes(name));
  if (isAllRefused && status === 401) return { code: 'preflight-unauthorized', status };
  return missing.length > 0 ? { code: 'cors-incomplete', missing } : { code: 'unreachable' };
};

/** Which of these headers a page may not send. Nothing is changed by trying. */
export const missingOf = async (
  bench: CorsBench,
  headers: readonly string[],
): Promise<string[]> => {
  const missing: string[] = [];
  for (const name of headers) {
    const one = { ...request(bench, 'GET'), headers: { [name]: HARMLESS[name] ?? '' } };
    if (!(await isAnswered(bench.send(one)))) missing.push(name);
  }
  return missing;
};

const HARMLESS: Readonly<Record<string, string>> = {
  Authorization: 'Bearer none',
  'Content-Type': 'application/xml',
  Depth: '0',
  'If-None-Match': '"none"',
  Range: 'bytes=0-0',
};

const request = (bench: CorsBench, method: string) => ({
  task: `webdav: ${method} "" for a diagnosis`,
  method,
  url: bench.url,
  headers: {},
  signal: bench.signal,
});

const neededHeaders = (bench: CorsBench, method: string): readonly string[] => [
  ...(bench.isSignedIn ? ['Authorization'] : []),
  ...(NEEDED_BY_PAGES[method] ?? []),
];

const isAnswered = async (answer: Promise<unknown>): Promise<boolean> => {
  try {
    await answer;
    return true;
  } catch (error) {
    if (isSilence(error)) return false;
    throw error;
  }
};

const isSilence = (error: unknown): boolean =>
  error instanceof CloudError && error.code === 'offline';

const listOf = (header: string | null): readonly string[] =>
  (header ?? '').split(',').map((item) => item.trim().toLowerCase());

/** "*" stands for all but `Authorization`, which has to be named. */
const isAllowed = (allowed: readonly string[], item: string): boolean =>
  allowed.includes(item.toLowerCase()) || (allowed.includes('*') && item !== 'Authorization');
