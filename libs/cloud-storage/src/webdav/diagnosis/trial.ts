import { type HttpClient } from '../../http/http-client.js';
import { throwIfAborted } from '../../port/abort.js';
import { CloudError } from '../../port/cloud-error.js';
import { type CloudStorage } from '../../port/cloud-storage.js';
import { type Exchange } from './exchange.js';
import { type Finding } from './finding.js';

/** What a trial of the driver works with. */
export interface TrialBench {
  readonly cloud: CloudStorage;
  /** What the driver exchanged so far. */
  readonly exchanges: readonly Exchange[];
  /** Signed in; for what the driver itself never does. */
  readonly send: HttpClient;
  readonly rootUrl: URL;
  /** A name that nothing has yet. */
  readonly folder: string;
  readonly signal: AbortSignal | undefined;
}

/**
 * Lets the driver do once all that it will ever do, with a small file in a folder of its own, and removes both again. `undefined`: all of
 * it works.
 *
 * @throws CloudError `aborted`, after removing what was written
 */
export const tryDriver = async (bench: TrialBench): Promise<Finding | undefined> => {
  let finding: Finding | undefined;
  let left: readonly string[];
  try {
    finding = (await tryWriting(bench)) ?? (await tryReading(bench));
  } finally {
    left = await cleanUp(bench);
  }
  if (left.length === 0) return finding;
  if (finding) return { ...finding, left };
  // The driver makes folders and never removes one, so a folder that stays is no fault.
  const isFileLeft = left.includes(pathOf(bench));
  return isFileLeft
    ? { code: 'no-removing', status: lastStatus(bench, 'DELETE'), left }
    : { code: 'fine', left };
};

const tryWriting = async (bench: TrialBench): Promise<Finding | undefined> => {
  const { cloud, exchanges, signal } = bench;
  const before = exchanges.length;
  try {
    // Carried to its end even when the caller gives up, so that it is known what has to be removed.
    await cloud.create(pathOf(bench), PROBE);
    throwIfAborted(signal, 'a diagnosis');
    return undefined;
  } catch (error) {
    const code = codeOf(error);
    if (code === 'unauthorized') return { code, status: 401 };
    if (code === 'quota-exceeded') return { code: 'full', status: 507 };
    const refused = exchanges
      .slice(before)
      .map(({ answer }) => answer?.status ?? 0)
      .find((status) => [403, 405, 501].includes(status));
    if (refused !== undefined) return { code: 'read-only', status: refused };
    return failed(bench, code);
  }
};

const tryReading = async (bench: TrialBench): Promise<Finding | undefined> => {
  const { cloud, folder, signal } = bench;
  const path = pathOf(bench);
  try {
    const bytes = await cloud.read(path, signalOf(signal));
    if (!isSame(bytes, PROBE)) return { code: 'altered' };
    const range = { offset: 10, length: 5 };
    const part = await cloud.read(path, { range, ...signalOf(signal) });
    const isRanged = lastStatus(bench, 'GET') === 206;
    if (!isSame(part, PROBE.slice(10, 15))) return { code: 'altered' };
    const files = await cloud.list(folder, signalOf(signal));
    if (!files.some((file) => file.path === path && file.size === PROBE.length)) {
      return { code: 'listing-lags' };
    }
    return isRanged ? undefined : { code: 'ranges-ignored', status: 200 };
  } catch (error) {
    const code = codeOf(error);
    const last = bench.exchanges.at(-1);
    if (code === 'invalid' && last?.method === 'GET') {
      return { code: 'altered', status: last.answer?.status };
    }
    return failed(bench, code);
  }
};

/** Removes what was written, also for a caller who gave up; gives what could not be removed. */
const cleanUp = async (bench: TrialBench): Promise<readonly string[]> => {
  const { cloud, exchanges, folder, rootUrl, send } = bench;
  const mayBeThere = (wanted: string) =>
    exchanges.some(({ method, answer }) => method === wanted && (!answer || answer.status < 300));
  const path = pathOf(bench);
  const left: string[] = [];
  if (mayBeThere('PUT')) await cloud.remove(path).catch(() => left.push(path));
  if (mayBeThere('MKCOL')) {
    const url = new URL(`${rootUrl.href}${folder}/`);
    const task = `webdav: DELETE "${folder}"`;
    const status = await send({ task, method: 'DELETE', url, headers: {} }).then(
      (answer) => answer.status,
      () => 0,
    );
    if (status !== 404 && (status < 200 || status > 299)) left.push(folder);
  }
  return left;
};

/** A failure that says the same wherever it happens. */
const failed = (bench: TrialBench, code: CloudError['code']): Finding => {
  const status = bench.exchanges.at(-1)?.answer?.status;
  switch (code) {
    case 'unauthorized':
    case 'forbidden':
      return { code, status };
    case 'unavailable':
    case 'rate-limited':
      return { code: 'unavailable', status };
    case 'offline':
      return { code: 'unreachable' };
    default:
      return { code: 'unexpected', status };
  }
};

const codeOf = (error: unknown): CloudError['code'] => {
  if (!(error instanceof CloudError) || error.code === 'aborted') throw error;
  return error.code;
};

const lastStatus = ({ exchanges }: TrialBench, method: string): number | undefined =>
  exchanges.findLast((exchange) => exchange.method === method)?.answer?.status;

const pathOf = ({ folder }: TrialBench): string => `${folder}/probe.json.gz`;

const signalOf = (signal: AbortSignal | undefined) => (signal ? { signal } : {});

const isSame = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, index) => byte === b[index]);

/** `{"probe":true}` as gzip, so that a server which unpacks such files on the way is found out. */
const PROBE = Uint8Array.from(atob('H4sIAAAAAAAAA6tWKijKT0pVsiopKk2tBQCpJxu7DgAAAA=='), (sign) =>
  sign.charCodeAt(0),
);
