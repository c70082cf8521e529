import { describe, expect, it } from 'vitest';
import { createHttpClient, type HttpRequest } from './http-client.js';

const request: HttpRequest = {
  task: 'test: GET "a"',
  method: 'GET',
  url: new URL('https://cloud.test/dav/a'),
  headers: { Authorization: 'Bearer secret-token' },
};

/** Never answers, as a dead server, and ends as `fetch` does. */
const silent: typeof fetch = (_, init) =>
  new Promise((_resolve, reject) => {
    init?.signal?.addEventListener('abort', () => reject(new DOMException('gone', 'AbortError')));
  });

const clientOf = (fetch: typeof globalThis.fetch, timeoutMs = 60_000) =>
  createHttpClient({ fetch, timeoutMs });

describe('createHttpClient', () => {
  it('sends no cookies, uses no cache, and gives the whole answer of any status', async () => {
    let init: RequestInit | undefined;
    const send = clientOf(async (_, given) => {
      init = given;
      return new Response('teapot', { status: 418 });
    });
    const answer = await send(request);
    expect(answer.status).toBe(418);
    expect(new TextDecoder().decode(answer.bytes)).toBe('teapot');
    expect(init).toMatchObject({ cache: 'no-store', credentials: 'omit', method: 'GET' });
  });

  it('says offline when nothing answers, without the credentials', async () => {
    const failed = new TypeError('fetch failed');
    const send = clientOf(() => Promise.reject(failed));
    const error = await send(request).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'offline',
      cause: failed,
      details: { server: 'cloud.test' },
    });
    expect(JSON.stringify(error) + String(error)).not.toContain('secret-token');
  });

  it('says unavailable when the server keeps silent for too long', async () => {
    await expect(clientOf(silent, 1)(request)).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('says unavailable when the answer stops half-way', async () => {
    const send = clientOf(async (_, init) => {
      const body = new ReadableStream<Uint8Array>({
        start(controller) {
          controller.enqueue(new Uint8Array(10));
          init?.signal?.addEventListener('abort', () => controller.error(new Error('aborted')));
        },
      });
      return new Response(body);
    }, 1);
    await expect(send(request)).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('says unavailable when the answer breaks off', async () => {
    const body = new ReadableStream({ start: (controller) => controller.error(new Error('cut')) });
    const send = clientOf(async () => new Response(body));
    await expect(send(request)).rejects.toMatchObject({
      code: 'unavailable',
      cause: new Error('cut'),
    });
  });

  it.each([
    ['says unavailable', {}, 'unavailable'],
    ['cannot tell, and gives what came,', { 'Content-Encoding': 'gzip' }, undefined],
  ])('%s when fewer bytes came than %j promise', async (_, headers, code) => {
    const short = new Response('01234', { headers: { 'Content-Length': '10', ...headers } });
    const outcome = await clientOf(async () => short)(request).catch((error: unknown) => error);
    if (code) expect(outcome).toMatchObject({ code });
    else expect(outcome).toMatchObject({ bytes: new TextEncoder().encode('01234') });
  });

  it('expects no bytes of HEAD, whatever length that tells', async () => {
    const head = new Response(null, { headers: { 'Content-Length': '10' } });
    const answer = await clientOf(async () => head)({ ...request, method: 'HEAD' });
    expect(answer.bytes).toHaveLength(0);
  });

  it('ends with the reason of the caller who aborts', async () => {
    const aborter = new AbortController();
    const running = clientOf(silent)({ ...request, signal: aborter.signal });
    aborter.abort('enough');
    await expect(running).rejects.toMatchObject({ code: 'aborted', cause: 'enough' });
  });

  it('sends nothing for a caller who has aborted already', async () => {
    const send = clientOf(() => Promise.reject(new Error('was sent')));
    await expect(send({ ...request, signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'aborted',
    });
  });
});
