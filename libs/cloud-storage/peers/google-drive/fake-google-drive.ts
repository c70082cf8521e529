import { json, parseObject, refusal } from './fake-answers.js';
import { meets, parseQuery } from './fake-query.js';
import { FakeStore, toResource, type FakeFile } from './fake-store.js';
import { FakeUploads } from './fake-uploads.js';

/** A request on its way to the fake; what is given here is what the driver gets. */
export type Around = (
  request: Request,
  pass: () => Promise<Response>,
) => Promise<Response> | Response;

/**
 * The part of Google Drive's REST API (version 3) that our driver uses, in this process: made for what google-drive-mock lacks (ids given
 * beforehand, uploads in parts, ranges, same names, pages that expire, the trash) and for faults. It follows Google's documentation and is
 * stricter where a driver should be careful; nobody has compared it with the real service.
 */
export class FakeGoogleDrive {
  readonly store = new FakeStore();
  readonly uploads = new FakeUploads(this.store);
  /** Tokens that are valid now. */
  readonly tokens = new Set(['valid-token']);
  /** Whose it is. */
  account = 'ann';
  /** As Google tells it, in texts; without a limit for some accounts. */
  quota: { readonly usage: string; readonly limit?: string } = { usage: '100', limit: '1000' };
  /** Every request, for example `GET files`, with ids left out. */
  readonly log: string[] = [];
  /** The largest page it gives, whatever is asked for. */
  pageSize = 1000;
  /** Files that searches do not show yet. */
  readonly hidden = new Set<string>();
  /** Stands between the driver and the fake, to break things. */
  around: Around = (_, pass) => pass();
  #pageTokens = new Map<string, number>();
  #lastPageToken = 0;

  /** In place of the platform's. */
  readonly fetch: typeof globalThis.fetch = async (input, init) => {
    const request = new Request(input, init);
    request.signal.throwIfAborted();
    return this.handle(request);
  };

  async handle(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    this.log.push(`${request.method} ${nameOf(pathname)}`);
    return this.around(request, () => this.#answer(request));
  }

  /** Page tokens given so far are refused from now on. */
  expirePages(): void {
    this.#pageTokens.clear();
  }

  async #answer(request: Request): Promise<Response> {
    const token = /^Bearer (.*)$/.exec(request.headers.get('Authorization') ?? '')?.[1] ?? '';
    if (!this.tokens.has(token)) return refusal(401, 'authError');
    const url = new URL(request.url);
    if (url.pathname === '/drive/v3/about') {
      return json({ user: { permissionId: this.account }, storageQuota: this.quota });
    }
    const [, name = '', id] =
      /^\/(upload\/drive|drive)\/v3\/files(?:\/([^/]+))?$/.exec(url.pathname) ?? [];
    switch (`${request.method} ${name}`) {
      case 'POST upload/drive':
        return this.uploads.start(request);
      case 'PUT upload/drive':
        return this.uploads.resume(request);
      case 'POST drive':
        return this.uploads.create(parseObject(await request.text()));
      case 'GET drive':
        return id === undefined ? this.#list(url) : this.#get(request, url, id);
      case 'DELETE drive':
        return this.#remove(id ?? '');
      default:
        return refusal(404, 'notFound');
    }
  }

  #list({ searchParams }: URL): Response {
    const conditions = parseQuery(searchParams.get('q') ?? '');
    if (!conditions || !searchParams.get('fields')?.includes('incompleteSearch')) {
      return refusal(400, 'invalid');
    }
    const [parent] = conditions.flatMap((condition) =>
      condition.kind === 'parent' ? [this.store.idOf(condition.id)] : [],
    );
    if (parent === undefined || !this.store.files.has(parent)) return refusal(404, 'notFound');
    if (this.#spaceOf(parent) !== searchParams.get('spaces')) return json({ files: [] });
    const found = [...this.store.files.values()].filter(
      (file) =>
        !this.hidden.has(file.id) &&
        conditions.every((condition) => meets(this.store, file, condition)),
    );
    return this.#page(found, searchParams);
  }

  #page(found: readonly FakeFile[], searchParams: URLSearchParams): Response {
    const pageToken = searchParams.get('pageToken');
    const from = pageToken === null ? 0 : this.#pageTokens.get(pageToken);
    if (from === undefined) return refusal(400, 'invalid');
    const to = from + Math.min(this.pageSize, Number(searchParams.get('pageSize') ?? 100));
    const files = found.slice(from, to).map((file) => toResource(this.store, file));
    if (to >= found.length) return json({ incompleteSearch: false, files });
    const nextPageToken = `page-${(this.#lastPageToken += 1)}`;
    this.#pageTokens.set(nextPageToken, to);
    return json({ incompleteSearch: false, files, nextPageToken });
  }

  #get(request: Request, url: URL, id: string): Response {
    if (id === 'generateIds') {
      const space = url.searchParams.get('space') ?? 'drive';
      const count = Number(url.searchParams.get('count') ?? 10);
      if (count > 1000) return refusal(400, 'invalid');
      return json({ kind: 'drive#generatedIds', space, ids: this.store.reserve(count) });
    }
    const file = this.store.files.get(id);
    if (!file) return refusal(404, 'notFound');
    if (url.searchParams.get('alt') !== 'media') return json(toResource(this.store, file));
    return media(file.bytes, request.headers.get('Range'));
  }

  #remove(id: string): Response {
    if (!this.store.files.has(id)) return refusal(404, 'notFound');
    this.store.remove(id);
    return new Response(null, { status: 204 });
  }

  #spaceOf(id: string): string {
    if (id === this.store.idOf('appDataFolder')) return 'appDataFolder';
    const parent = this.store.files.get(id)?.parents[0];
    return parent === undefined ? 'drive' : this.#spaceOf(parent);
  }
}

const media = (bytes: Uint8Array, range: string | null): Response => {
  const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(range ?? '') ?? [];
  if (from === undefined) return new Response(Buffer.from(bytes));
  if (Number(from) >= bytes.length) return refusal(416, 'requestedRangeNotSatisfiable');
  const part = bytes.subarray(Number(from), Number(to) + 1);
  const last = Number(from) + part.length - 1;
  return new Response(Buffer.from(part), {
    status: 206,
    headers: { 'Content-Range': `bytes ${from}-${last}/${bytes.length}` },
  });
};

/** The address without what differs from run to run. */
const nameOf = (pathname: string): string =>
  pathname
    .replace('/upload/drive/v3/', 'upload ')
    .replace('/drive/v3/', '')
    .replace(/\/(?!generateIds)[\w-]+$/, '/id');
