import { readdir } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { ODDITIES, startOddServer, type OddServer } from '../../../peers/odd-server.js';
import { freePort } from '../../../peers/server-process.js';
import { faultyFetch } from '../../testing/faulty-fetch.js';
import { diagnoseWebDav } from './diagnose-web-dav.js';

const origin = 'https://messenger.example';
const MULTISTATUS = '<multistatus xmlns="DAV:"><response><href>/</href></response></multistatus>';

describe('diagnoseWebDav', { timeout: 60_000 }, () => {
  let server: OddServer;
  beforeAll(async () => {
    server = await startOddServer();
  });
  afterAll(() => server.stop());
  afterEach(() => vi.unstubAllGlobals());
  const optionsFor = (name: string) => ({
    url: `${server.origin}/${name}/`,
    credentials: server.credentials,
    origin,
  });

  it.each(Object.entries(ODDITIES))('finds what is the matter: %s', async (name, oddity) => {
    const before = await readdir(server.folder);
    const diagnosis = await diagnoseWebDav(optionsFor(name));
    expect(diagnosis).toMatchObject({ code: oddity.code, missing: oddity.missing ?? [] });
    expect(diagnosis.isUsable).toBe(
      ['fine', 'ranges-ignored', 'listing-lags'].includes(oddity.code),
    );
    expect(diagnosis.message).toContain(new URL(server.origin).host);
    expect(diagnosis.hint === '').toBe(oddity.code === 'fine');
    expect(`${diagnosis.message}${diagnosis.hint}`).not.toMatch(/[{}]|undefined/);
    const after = (await readdir(server.folder)).filter((file) => !before.includes(file));
    expect(diagnosis.left.map((path) => path.split('/')[0])).toEqual(
      after.flatMap((folder) => [folder, folder]),
    );
  });

  it('does not ask about CORS where no page is concerned', async () => {
    const options = optionsFor('no-cors');
    expect(await diagnoseWebDav({ ...options, origin: server.origin })).toMatchObject({
      code: 'fine',
    });
    const { origin: _, ...withoutOrigin } = options;
    expect(await diagnoseWebDav(withoutOrigin)).toMatchObject({ code: 'fine' });
  });

  it.each(['ftp://cloud.test/', 'not a url', 'https://anna:secret@cloud.test/', ''])(
    'says that %j is no address, without repeating a password',
    async (url) => {
      const diagnosis = await diagnoseWebDav({ url });
      expect(diagnosis).toMatchObject({ code: 'bad-address', isUsable: false, recipes: [] });
      expect(JSON.stringify(diagnosis)).not.toContain('secret');
    },
  );

  it('says that a secure page may not ask in the open, but for this machine', async () => {
    const href = 'https://messenger.example/';
    vi.stubGlobal('location', { href, origin, protocol: 'https:' });
    const { fetch, calls } = faultyFetch(globalThis.fetch, () => undefined);
    const outside = await diagnoseWebDav({ url: 'http://nas.example/dav/', fetch });
    expect(outside).toMatchObject({ code: 'insecure', isUsable: false });
    expect(calls).toEqual([]);
    expect(await diagnoseWebDav({ ...optionsFor('fine'), fetch })).toMatchObject({ code: 'fine' });
  });

  it('says that this device has no network', async () => {
    vi.stubGlobal('navigator', { onLine: false });
    const { fetch } = faultyFetch(globalThis.fetch, () => 'unsent');
    expect(await diagnoseWebDav({ ...optionsFor('fine'), fetch })).toMatchObject({
      code: 'offline',
    });
  });

  it('says that nobody answers', async () => {
    const url = `http://127.0.0.1:${await freePort()}/`;
    expect(await diagnoseWebDav({ url, origin })).toMatchObject({ code: 'unreachable' });
    expect(await diagnoseWebDav({ url })).toMatchObject({ code: 'unreachable', server: undefined });
  });

  it('says that a server keeps silent', async () => {
    const { origin: _, ...options } = { ...optionsFor('fine'), timeoutMs: 1 };
    const dead = faultyFetch(globalThis.fetch, () => 'silent');
    expect(await diagnoseWebDav({ ...options, fetch: dead.fetch })).toMatchObject({
      code: 'unreachable',
    });
    const stuck = faultyFetch(globalThis.fetch, ({ index }) =>
      index === 0 ? new Response(MULTISTATUS, { status: 207 }) : 'silent',
    );
    expect(await diagnoseWebDav({ ...options, fetch: stuck.fetch })).toMatchObject({
      code: 'unavailable',
    });
  });

  it('tells a folder that is missing from a path that leads nowhere', async () => {
    const at = (path: string) => ({ ...optionsFor('fine'), url: `${server.origin}/fine/${path}` });
    expect(await diagnoseWebDav(at('not-yet'))).toMatchObject({
      code: 'missing-folder',
      isUsable: false,
      status: 404,
    });
    expect(await diagnoseWebDav(at('not/there/at/all'))).toMatchObject({ code: 'wrong-path' });
    expect(await readdir(server.folder)).not.toContain('not-yet');
  });

  it.each([
    ['no token', () => Promise.reject(new Error('signed out'))],
    ['a token that is refused', async () => 'token'],
    ['a token that no header can hold', 'grün'],
  ])('says unauthorized for %s', async (_, token) => {
    const options = { ...optionsFor('fine'), credentials: { token } };
    expect(await diagnoseWebDav(options)).toMatchObject({ code: 'unauthorized', isUsable: false });
  });

  it('says unauthorized for a wrong password, and tells it to nobody', async () => {
    const credentials = { username: 'anna', password: 'wrong secret' };
    const diagnosis = await diagnoseWebDav({ ...optionsFor('fine'), credentials });
    expect(diagnosis).toMatchObject({ code: 'unauthorized', status: 401, recipes: [] });
    expect(JSON.stringify(diagnosis)).not.toMatch(/wrong secret|Basic/);
  });

  it('leaves nothing behind when its caller gives up, wherever that is', async () => {
    const before = await readdir(server.folder);
    for (let stop = 0, requests = 1; stop < requests; stop += 1) {
      const aborter = new AbortController();
      const { fetch, calls } = faultyFetch(globalThis.fetch, ({ index }) => {
        if (index === stop) queueMicrotask(() => aborter.abort());
        return undefined;
      });
      const { origin: _, ...options } = optionsFor('fine');
      const running = diagnoseWebDav({ ...options, fetch, signal: aborter.signal });
      const outcome = await running.catch((error: unknown) => error);
      requests = calls.length;
      expect(await readdir(server.folder)).toEqual(before);
      expect(outcome).toSatisfy(
        ({ code }: { readonly code: string }) => code === 'aborted' || code === 'fine',
      );
      expect(requests).toBeGreaterThan(stop > 2 ? 6 : 0);
    }
  });

  it('finds something, and cleans up or says what is left, when the network fails anywhere', async () => {
    const before = await readdir(server.folder);
    const { origin: _, ...options } = optionsFor('fine');
    for (const fault of ['unsent', 'lost-reply', 'cut'] as const) {
      for (let index = 0; ; index += 1) {
        const { fetch, calls } = faultyFetch(globalThis.fetch, (call) =>
          call.index === index ? fault : undefined,
        );
        const { code, left } = await diagnoseWebDav({ ...options, fetch });
        const there = (await readdir(server.folder)).filter((name) => !before.includes(name));
        before.push(...there);
        for (const folder of there) expect(left.join(' ')).toContain(folder);
        if (index >= calls.length) break;
        expect(['unreachable', 'unavailable', 'no-removing', 'fine', 'unexpected']).toContain(code);
      }
    }
  });
});
