import { type CloudStorage } from '../../port/cloud-storage.js';
import { faultyFetch, type HttpCall, type HttpFault } from '../faulty-fetch.js';

type Fetch = typeof globalThis.fetch;
type Maybe<Value> = Value | Promise<Value>;

/** What the tests of drivers over HTTP work with. */
export interface HttpBench {
  readonly create: (fetch: Fetch) => Maybe<CloudStorage>;
  readonly fetch: Fetch;
  readonly isListing: (call: HttpCall) => boolean;
  readonly tokens: TokenBench | undefined;
  readonly pages: PageBench | undefined;
  /** What `create` sends besides a small file. */
  readonly large: Uint8Array | undefined;
  readonly copiesOf: ((path: string) => Maybe<number>) | undefined;
  readonly newFolder: () => string;
}

/** The same for drivers whose sign-in ends. */
export interface TokenBench {
  readonly create: (
    fetch: Fetch,
    giveToken: (refused?: string) => Promise<string>,
  ) => Maybe<CloudStorage>;
  readonly fetch: Fetch;
  readonly tokenOf: (headers: Headers) => string | null;
  readonly refused: () => Response;
}

/** The same for services that list in pages. */
export interface PageBench {
  readonly fetch: Fetch;
  readonly isLaterPage: (call: HttpCall) => boolean;
  readonly expired: () => Response;
}

/** A new driver whose requests meet the faults, and what it sent. */
export const createFaulty = async (
  bench: HttpBench,
  faultOf: (call: HttpCall) => HttpFault | undefined,
) => {
  const { fetch, calls } = faultyFetch(bench.fetch, faultOf);
  return { cloud: await bench.create(fetch), calls };
};

/** One call of the port on a file. */
export type PortCall = (
  cloud: CloudStorage,
  path: string,
  signal?: AbortSignal,
) => Promise<unknown>;

/** Every call of the port that reads, on a file and its folder. */
export const READS: Readonly<Record<string, PortCall>> = {
  list: (cloud, path, signal) => cloud.list(folderOf(path), signalOf(signal)),
  listFolders: (cloud, path, signal) => cloud.listFolders(folderOf(path), signalOf(signal)),
  read: (cloud, path, signal) => cloud.read(path, signalOf(signal)),
  'read a part': (cloud, path, signal) =>
    cloud.read(path, { range: { offset: 10, length: 50 }, ...signalOf(signal) }),
};

/** Writes a new file beside the one of that path. */
export const createBeside: PortCall = (cloud, path, signal) =>
  cloud.create(`${path}-new`, CONTENT, signalOf(signal));

/** Every call of the port. */
export const CALLS: Readonly<Record<string, PortCall>> = {
  ...READS,
  create: createBeside,
  remove: (cloud, path, signal) => cloud.remove(path, signalOf(signal)),
};

/** 100 bytes of 100 values. */
export const CONTENT: Uint8Array = Uint8Array.from({ length: 100 }, (_, index) => index);

/** How many files of that path there are: as the service keeps them, where it tells, else as listings show them. */
export const countCopies = async (
  { copiesOf }: HttpBench,
  cloud: CloudStorage,
  path: string,
): Promise<number> => {
  const listed = (await cloud.list(folderOf(path))).filter((file) => file.path === path).length;
  return Math.max(listed, (await copiesOf?.(path)) ?? 0);
};

const folderOf = (path: string): string => path.slice(0, path.lastIndexOf('/'));

const signalOf = (signal: AbortSignal | undefined) => (signal ? { signal } : {});
