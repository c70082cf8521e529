import { describe, expect, it } from 'vitest';
import { CloudError } from '../port/cloud-error.js';
import { createHttpClient } from '../http/http-client.js';
import { createSignedClient, type WebDavCredentials } from './credentials.js';

/** A server that refuses all tokens but these, and notes what it was sent. */
const setUp = (credentials: WebDavCredentials | undefined, ...good: readonly string[]) => {
  const sent: (string | null)[] = [];
  const send = createHttpClient({
    timeoutMs: 1000,
    fetch: async (_, init) => {
      const authorization = new Headers(init?.headers).get('Authorization');
      sent.push(authorization);
      const isGood = good.length === 0 || good.includes(`${authorization}`.replace('Bearer ', ''));
      return new Response(null, { status: isGood ? 200 : 401 });
    },
  });
  const signed = createSignedClient(send, credentials);
  const request = (signal?: AbortSignal) =>
    signed({
      task: 'test',
      method: 'GET',
      url: new URL('https://cloud.test/'),
      headers: { Depth: '1' },
      signal,
    });
  return { sent, request };
};

describe('createSignedClient', () => {
  it.each([
    ['nothing', undefined, null],
    [
      'Basic in UTF-8',
      { username: 'anna', password: 'grün:käse' },
      'Basic YW5uYTpncsO8bjprw6RzZQ==',
    ],
    ['Basic without a password', { username: 'anna', password: '' }, 'Basic YW5uYTo='],
    ['a known token', { token: 'abc.DEF-1~+/=' }, 'Bearer abc.DEF-1~+/='],
  ])('signs in with %s', async (_, credentials, authorization) => {
    const { request, sent } = setUp(credentials);
    await request();
    expect(sent).toEqual([authorization]);
  });

  it('asks for a token before each request', async () => {
    let given = 0;
    const { request, sent } = setUp(async () => `t${++given}`);
    await request();
    await request();
    expect(sent).toEqual(['Bearer t1', 'Bearer t2']);
  });

  it('replaces a token that is refused, once, and says which it was', async () => {
    const asked: (string | undefined)[] = [];
    const token = async (refused?: string) => {
      asked.push(refused);
      return refused === undefined ? 'old' : 'new';
    };
    const { request, sent } = setUp({ token }, 'new');
    expect((await request()).status).toBe(200);
    expect(sent).toEqual(['Bearer old', 'Bearer new']);
    expect(asked).toEqual([undefined, 'old']);
  });

  it('gives the refusal when the other token is refused too, or is the same', async () => {
    let given = 0;
    const other = setUp({ token: async () => `t${++given}` }, 'none of them');
    expect((await other.request()).status).toBe(401);
    expect(other.sent).toEqual(['Bearer t1', 'Bearer t2']);
    const same = setUp({ token: async () => 'same' }, 'another');
    expect((await same.request()).status).toBe(401);
    expect(same.sent).toEqual(['Bearer same']);
  });

  it('does not repeat what a known token or a password could not do', async () => {
    for (const credentials of [{ token: 'a' }, { username: 'a', password: 'b' }]) {
      const { request, sent } = setUp(credentials, 'another');
      expect((await request()).status).toBe(401);
      expect(sent).toHaveLength(1);
    }
  });

  it.each([
    ['nothing', async () => ''],
    ['no text', async () => undefined as never],
    ['what would end the header', async () => 'a\r\nX-Evil: 1'],
    ['a failure', () => Promise.reject(new Error('signed out'))],
    [
      'a failure at once',
      (): never => {
        throw new Error('signed out');
      },
    ],
  ])('says unauthorized and sends nothing when it is given %s', async (_, token) => {
    const { request, sent } = setUp({ token });
    await expect(request()).rejects.toMatchObject({ name: 'CloudError', code: 'unauthorized' });
    expect(sent).toEqual([]);
  });

  it('passes on what the sign-in says in our terms', async () => {
    const offline = new CloudError('offline', 'no network for the sign-in');
    const { request } = setUp({ token: () => Promise.reject(offline) });
    await expect(request()).rejects.toBe(offline);
  });

  it('ends the wait for a token when the caller gives up', async () => {
    const aborter = new AbortController();
    const { request } = setUp(() => new Promise<string>(() => undefined));
    const running = request(aborter.signal);
    aborter.abort();
    await expect(running).rejects.toMatchObject({ code: 'aborted' });
  });

  it.each([
    { username: 'an:na', password: 'b' },
    { token: '' },
    { token: 'with space' },
    { token: 'line\nbreak' },
    { token: 'grün' },
  ])('refuses %j, which no server understands, without repeating it', (credentials) => {
    const make = () => setUp(credentials);
    expect(make).toThrow(expect.objectContaining({ code: 'invalid' }));
    expect(make).not.toThrow(/an:na|with space|grün/);
  });
});
