import { parseMultipart, parseObject, json, refusal } from './fake-answers.js';
import { toResource, type FakeStore, type NewFile } from './fake-store.js';

interface Session {
  readonly file: NewFile;
  readonly total: number;
  bytes: Uint8Array;
  createdId?: string;
}

const PART_UNIT = 256 * 1024;

/** The upload protocols: in one request (multipart), and in parts (resumable). */
export class FakeUploads {
  readonly #store: FakeStore;
  readonly sessions = new Map<string, Session>();
  #lastSession = 0;

  constructor(store: FakeStore) {
    this.#store = store;
  }

  async start(request: Request): Promise<Response> {
    const url = new URL(request.url);
    const body = new Uint8Array(await request.arrayBuffer());
    if (url.searchParams.get('uploadType') === 'resumable') return this.#begin(request, body);
    const parts = parseMultipart(request.headers.get('Content-Type') ?? '', body);
    if (!parts || parts.media.length > 5_242_880) return refusal(400, 'badContent');
    return this.create(parts.metadata, parts.media);
  }

  /** Makes a file or folder, unless its id or its folder forbid it. */
  create(metadata: Record<string, unknown>, bytes?: Uint8Array): Response {
    const file = metadata as unknown as NewFile;
    const refused = this.#refusalOf(file);
    if (refused) return refused;
    return json(toResource(this.#store, this.#store.add(file, bytes)));
  }

  async resume(request: Request): Promise<Response> {
    const session = this.sessions.get(new URL(request.url).searchParams.get('upload_id') ?? '');
    if (!session) return new Response('gone', { status: 404 });
    const bytes = new Uint8Array(await request.arrayBuffer());
    const created = session.createdId !== undefined && this.#store.files.get(session.createdId);
    if (created) return json(toResource(this.#store, created));
    const [, from, to, total] =
      /^bytes (?:(\d+)-(\d+)|\*)\/(\d+)$/.exec(request.headers.get('Content-Range') ?? '') ?? [];
    if (Number(total) !== session.total) return refusal(400, 'badContentRange');
    if (from === undefined) return incomplete(session);
    const isLast = Number(to) + 1 === session.total;
    const isWhole = Number(to) - Number(from) + 1 === bytes.length;
    const isNext = Number(from) === session.bytes.length;
    if (!isWhole || !isNext || (!isLast && bytes.length % PART_UNIT !== 0)) {
      return refusal(400, 'badContentRange');
    }
    session.bytes = Buffer.concat([session.bytes, bytes]);
    if (!isLast) return incomplete(session);
    const refused = this.#refusalOf(session.file);
    if (refused) return refused;
    const file = this.#store.add(session.file, new Uint8Array(session.bytes));
    session.createdId = file.id;
    return json(toResource(this.#store, file));
  }

  #begin(request: Request, body: Uint8Array): Response {
    const file = parseObject(new TextDecoder().decode(body)) as unknown as NewFile;
    const refused = this.#refusalOf(file);
    if (refused) return refused;
    this.#lastSession += 1;
    const id = `session-${this.#lastSession}`;
    const total = Number(request.headers.get('X-Upload-Content-Length'));
    this.sessions.set(id, { file, total, bytes: new Uint8Array() });
    const { origin, pathname } = new URL(request.url);
    const location = `${origin}${pathname}?uploadType=resumable&upload_id=${id}`;
    return new Response(null, { status: 200, headers: { Location: location } });
  }

  #refusalOf({ id, parents = ['root'] }: NewFile): Response | undefined {
    if (!parents.every((parent) => this.#store.files.has(this.#store.idOf(parent)))) {
      return refusal(404, 'notFound');
    }
    if (id === undefined || this.#store.isReserved(id)) return undefined;
    return this.#store.files.has(id) ? refusal(409, 'fileIdInUse') : refusal(400, 'invalid');
  }
}

const incomplete = ({ bytes }: Session): Response =>
  new Response(null, {
    status: 308,
    headers: bytes.length > 0 ? { Range: `bytes=0-${bytes.length - 1}` } : {},
  });
