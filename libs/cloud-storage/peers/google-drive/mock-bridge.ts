import { json, parseMultipart, refusal } from './fake-answers.js';

/**
 * `fetch` to google-drive-mock, with what it lacks and our driver needs:
 * - it has no `files.generateIds`, and takes an id twice; here ids are counted and one that is there is 409;
 * - it reads a multipart body as text, which spoils bytes; here that becomes two requests of its own, for the name and for the bytes;
 * - it cuts a query at ` and ` inside a quoted name; here the name is taken out and compared with the answer.
 *
 * It ignores ranges (every read is the whole file), spaces, and the trash of folders above, and has no uploads in parts: the fake is for those.
 */
export const bridgeToMock =
  (baseUrl: string): typeof globalThis.fetch =>
  async (input, init) => {
    const request = new Request(input, init);
    const { pathname, searchParams } = new URL(request.url);
    if (pathname.endsWith('/generateIds')) return json({ ids: takeIds(searchParams) });
    if (request.method === 'POST') return create(request, baseUrl);
    return searchParams.has('q') ? search(request) : fetch(request);
  };

let lastId = 0;

const takeIds = (searchParams: URLSearchParams): readonly string[] =>
  Array.from({ length: Number(searchParams.get('count')) }, () => {
    lastId += 1;
    return `id-given-beforehand-${lastId}`;
  });

const create = async (request: Request, baseUrl: string): Promise<Response> => {
  const body = new Uint8Array(await request.arrayBuffer());
  const contentType = request.headers.get('Content-Type') ?? '';
  const parts = parseMultipart(contentType, body);
  const metadata = parts ? JSON.stringify(parts.metadata) : new TextDecoder().decode(body);
  const { id } = JSON.parse(metadata) as { readonly id: string };
  const { signal } = request;
  const authorization = request.headers.get('Authorization') ?? '';
  const send = (method: string, path: string, type?: string, content?: string | Uint8Array) =>
    fetch(`${baseUrl}${path}`, {
      method,
      headers: {
        Authorization: authorization,
        ...(type !== undefined && { 'Content-Type': type }),
      },
      ...(content !== undefined && { body: content as string | Uint8Array<ArrayBuffer> }),
      signal,
    });
  const existing = await send('GET', `/drive/v3/files/${id}`);
  if (existing.status !== 404) return existing.ok ? refusal(409, 'fileIdInUse') : existing;
  const named = await send('POST', '/drive/v3/files', 'application/json', metadata);
  if (!parts || !named.ok) return named;
  const path = `/upload/drive/v3/files/${id}?uploadType=media`;
  return send('PATCH', path, 'text/plain', parts.media);
};

const NAME = /name = '((?:[^'\\]|\\.)*)' and /;

const search = async (request: Request): Promise<Response> => {
  const url = new URL(request.url);
  const query = url.searchParams.get('q') ?? '';
  const name = NAME.exec(query)?.[1]?.replace(/\\(.)/g, '$1');
  url.searchParams.set('q', query.replace(NAME, ''));
  const { headers, signal } = request;
  const answer = await fetch(url, { headers, signal });
  if (name === undefined || !answer.ok) return answer;
  const page = (await answer.json()) as { files: readonly { readonly name: string }[] };
  return json({ ...page, files: page.files.filter((file) => file.name === name) });
};
