import { describe, expect, it } from 'vitest';
import { faultyFetch, type HttpFault } from './faulty-fetch.js';

/** A service that counts its answers and tells the range it was asked for. */
const setUp = (...faults: readonly (HttpFault | undefined)[]) => {
  const carriedOut: string[] = [];
  const service: typeof fetch = async (input, init) => {
    const { method, url, headers } = new Request(input, init);
    carriedOut.push(`${method} ${new URL(url).pathname} ${headers.get('Range') ?? ''}`.trim());
    return new Response(`answer ${carriedOut.length}`, { headers: { 'X-Own': 'yes' } });
  };
  const faulty = faultyFetch(service, ({ index }) => faults[index]);
  const send = async (init?: RequestInit, path = '/a') =>
    (await faulty.fetch(`http://cloud.test${path}`, init)).text();
  return { ...faulty, carriedOut, send };
};

describe('faultyFetch', () => {
  it('passes requests and answers on, and notes what was asked', async () => {
    const { fetch, calls, carriedOut } = setUp();
    const answer = await fetch(new URL('http://cloud.test/a?b=1'), {
      method: 'PUT',
      headers: { 'X-Sent': 'too' },
      body: new TextEncoder().encode('body'),
    });
    expect([answer.status, answer.headers.get('X-Own')]).toEqual([200, 'yes']);
    expect(await answer.text()).toBe('answer 1');
    expect(carriedOut).toEqual(['PUT /a']);
    expect(calls).toMatchObject([{ index: 0, method: 'PUT', body: 'body' }]);
    expect(calls[0]?.url.search).toBe('?b=1');
    expect(calls[0]?.headers.get('x-sent')).toBe('too');
  });

  it('reads a request object and leaves its body to the service', async () => {
    const echo: typeof fetch = async (input) => new Response((input as Request).body);
    const { fetch: faulty, calls } = faultyFetch(echo, () => undefined);
    const request = new Request('http://cloud.test/a', { method: 'POST', body: 'body' });
    expect(await (await faulty(request)).text()).toBe('body');
    expect(calls).toMatchObject([{ method: 'POST', body: 'body' }]);
  });

  it('carries a request out whose reply is lost, and one that is not sent not', async () => {
    const { send, carriedOut } = setUp('lost-reply', 'unsent');
    await expect(send()).rejects.toThrow(TypeError);
    expect(carriedOut).toHaveLength(1);
    await expect(send()).rejects.toThrow(TypeError);
    expect(carriedOut).toHaveLength(1);
  });

  it('gives the answer it is told to and carries nothing out', async () => {
    const { send, carriedOut } = setUp(new Response('no', { status: 503 }));
    expect(await send()).toBe('no');
    expect(carriedOut).toEqual([]);
  });

  it('breaks an answer off, or ends it early', async () => {
    const { fetch, send } = setUp('cut', 'short');
    await expect(send()).rejects.toThrow('broke off');
    const short = await fetch('http://cloud.test/a');
    expect(short.headers.get('Content-Length')).toBe('8');
    expect(await short.text()).toBe('answ');
  });

  it('hides ranges from the service', async () => {
    const { send, carriedOut } = setUp(undefined, 'no-ranges');
    const headers = { Range: 'bytes=1-2' };
    await send({ headers });
    await send({ headers });
    expect(carriedOut).toEqual(['GET /a bytes=1-2', 'GET /a']);
  });

  it('answers the same request as at first', async () => {
    const { send, carriedOut } = setUp(undefined, undefined, 'stale', 'stale', 'stale');
    expect(await send({ method: 'POST', body: 'one' })).toBe('answer 1');
    expect(await send({ method: 'POST', body: 'one' })).toBe('answer 2');
    expect(await send({ method: 'POST', body: 'one' })).toBe('answer 1');
    expect(await send({ method: 'POST', body: 'two' })).toBe('answer 3');
    expect(await send({ method: 'POST', body: 'one' }, '/b')).toBe('answer 4');
    expect(carriedOut).toHaveLength(4);
  });

  it('keeps silent until it is aborted', async () => {
    const { send, carriedOut } = setUp('silent', 'silent');
    const aborter = new AbortController();
    const running = send({ signal: aborter.signal });
    aborter.abort();
    await expect(running).rejects.toThrow('aborted');
    await expect(send({ signal: AbortSignal.abort() })).rejects.toThrow('aborted');
    expect(carriedOut).toEqual([]);
  });
});
