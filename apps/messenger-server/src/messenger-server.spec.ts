import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import * as syncServer from '@chat-vault/sync-server';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type MessengerServer,
  type MessengerServerOptions,
  startMessengerServer,
} from './messenger-server.ts';

let folder: string;
let server: MessengerServer | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'messenger-server-'));
  await mkdir(join(folder, 'app/sample'), { recursive: true });
  await writeFile(join(folder, 'app/index.html'), '<title>Messenger</title>');
  await writeFile(join(folder, 'app/main-BKdlzWRE.js'), 'export {};');
  await writeFile(join(folder, 'app/service-register.js'), 'export {};');
});

afterEach(async () => {
  await server?.close();
  server = undefined;
  await rm(folder, { recursive: true });
});

async function start(options: Partial<MessengerServerOptions> = {}): Promise<MessengerServer> {
  server = await startMessengerServer({
    appFolder: join(folder, 'app'),
    dataFolder: join(folder, 'data'),
    port: 0,
    ...options,
  });
  return server;
}

describe('the app', () => {
  it('is served at every address that is not a file', async () => {
    const { url } = await start();
    const named = await fetch(`${url}c/room%2Fnode.js`, { headers: { accept: 'text/html' } });
    expect(named.status).toBe(200);
    const page = await fetch(`${url}conversations/42?device=two`, {
      headers: { accept: 'text/html' },
    });
    expect(page.status).toBe(200);
    expect(await page.text()).toContain('Messenger');
    expect(page.headers.get('cache-control')).toBe('no-cache');
  });

  it('keeps files with a hashed name in the cache, and answers 404 for missing files', async () => {
    const { url } = await start();
    const script = await fetch(`${url}main-BKdlzWRE.js`);
    expect(script.headers.get('cache-control')).toContain('immutable');
    const unhashed = await fetch(`${url}service-register.js`);
    expect(unhashed.headers.get('cache-control')).toBe('no-cache');
    expect((await fetch(`${url}gone-BKdlzWRE.js`)).status).toBe(404);
  });
});

describe('the samples', () => {
  it('are listed with their number of messages', async () => {
    await writeFile(join(folder, 'app/sample/sample-2k.ndjson'), '{"id":"1"}\n{"id":"2"}');
    const { url } = await start();
    expect(await (await fetch(`${url}chat-vault-demo.json`)).json()).toEqual({
      webdav: { url: '/dav/', username: 'demo' },
      samples: [
        {
          name: 'freeCodeCamp chat rooms (small sample)',
          url: '/sample/sample-2k.ndjson',
          messages: 2,
        },
      ],
    });
  });

  it('include a large chat, unpacked on its way', async () => {
    const corpusFile = join(folder, 'chat.ndjson.gz');
    await writeFile(corpusFile, gzipSync('{"id":"1"}\n{"id":"2"}\n\n{"id":"3"}\n'));
    const { url } = await start({ corpusFile });
    const { samples } = (await (await fetch(`${url}chat-vault-demo.json`)).json()) as {
      samples: unknown[];
    };
    expect(samples).toEqual([{ name: 'chat.ndjson.gz', url: '/corpus.ndjson', messages: 3 }]);
    expect(await (await fetch(`${url}corpus.ndjson`)).text()).toContain('{"id":"3"}');
  });

  it('stop the start when the large chat cannot be read', async () => {
    await expect(start({ corpusFile: join(folder, 'none.ndjson') })).rejects.toThrow(
      /--corpus .*none\.ndjson: cannot be read/,
    );
  });
});

describe('the cloud', () => {
  async function cloud() {
    const { url, password } = await start();
    const authorization = `Basic ${Buffer.from(`demo:${password.password}`).toString('base64')}`;
    return (method: string, path: string, init: RequestInit = {}) =>
      fetch(`${url}dav/${path}`, {
        method,
        ...init,
        headers: { authorization, ...(init.headers as Record<string, string>) },
      });
  }

  it('stores, lists and removes files', async () => {
    const call = await cloud();
    expect((await call('PUT', 'vault/a.json', { body: '1' })).status).toBe(409);
    expect((await call('MKCOL', 'vault/')).status).toBe(201);
    expect((await call('MKCOL', 'vault/')).status).toBe(405);
    expect((await call('PUT', 'vault/a.json', { body: '0123456789' })).status).toBe(201);

    const listing = await call('PROPFIND', 'vault/', { headers: { depth: '1' } });
    expect(listing.status).toBe(207);
    expect(await listing.text()).toMatch(/vault\/a\.json<\/href>[^]*<getcontentlength>10</);

    expect((await call('DELETE', 'vault/a.json')).status).toBe(204);
    expect((await call('GET', 'vault/a.json')).status).toBe(404);
  });

  it('sends parts of files of any type, byte for byte', async () => {
    const call = await cloud();
    for (const name of ['a.json', 'b.json.gz', 'c']) {
      await call('PUT', name, { body: '0123456789' });
      const part = await call('GET', name, { headers: { range: 'bytes=2-4' } });
      expect(part.status, name).toBe(206);
      expect(part.headers.get('content-range')).toBe('bytes 2-4/10');
      expect(part.headers.get('content-encoding')).toBeNull();
      expect(await part.text()).toBe('234');
    }
  });

  it('does not overwrite a file when told so', async () => {
    const call = await cloud();
    const init = { body: 'first', headers: { 'if-none-match': '*' } };
    expect((await call('PUT', 'a.json', init)).status).toBe(201);
    expect((await call('PUT', 'a.json', { ...init, body: 'second' })).status).toBe(412);
    expect(await (await call('GET', 'a.json')).text()).toBe('first');
  });

  it('keeps its files inside its folder', async () => {
    const call = await cloud();
    await call('PUT', '%2e%2e%2foutside.txt', { body: 'x' });
    await call('PUT', '..%2foutside.txt', { body: 'x' });
    expect(await readdir(join(folder, 'data'))).toEqual(['cloud', 'cloud-password.txt']);
  });

  it('refuses a wrong password, without a password dialog in a page', async () => {
    const { url } = await start();
    const authorization = `Basic ${Buffer.from('demo:wrong').toString('base64')}`;
    const refused = await fetch(`${url}dav/`, { method: 'PROPFIND', headers: { authorization } });
    expect(refused.status).toBe(401);
    expect(refused.headers.get('www-authenticate')).toMatch(/^Basic /);
    const script = await fetch(`${url}dav/`, { headers: { 'sec-fetch-dest': 'empty' } });
    expect(script.headers.get('www-authenticate')).toMatch(/^X-Basic /);
  });

  it('answers failures without a stack trace', async () => {
    const call = await cloud();
    const missing = await call('GET', 'none.json');
    expect(await missing.text()).toBe('Resource not found.\n');
  });

  it('keeps its password from one start to the next, for its owner only', async () => {
    const first = await start();
    expect(first.password.isNew).toBe(true);
    expect(first.password.password).toMatch(/^([a-z2-9]{5}-){3}[a-z2-9]{5}$/);
    expect((await stat(first.password.file)).mode & 0o077).toBe(0);
    await first.close();
    const second = await start();
    expect(second.password).toEqual({ ...first.password, isNew: false });
    expect(await readFile(second.password.file, 'utf8')).toBe(`${first.password.password}\n`);
  });

  it('is behind the observer of the tests', async () => {
    const { url } = await start({
      beforeCloud: (_request, response) => void response.status(503).send('later'),
    });
    expect((await fetch(`${url}dav/`)).status).toBe(503);
    expect((await fetch(`${url}chat-vault-demo.json`)).status).toBe(200);
  });
});

describe('the sync server', () => {
  const login = (url: string, origin?: string) =>
    fetch(`${url}/api/login`, {
      method: 'POST',
      body: JSON.stringify({ name: 'Ann' }),
      ...(origin !== undefined && { headers: { origin } }),
    });

  it('is offered to the page, which alone may call it', async () => {
    const { url, live } = await start({ syncServer, livePort: 0 });
    const offer = (await (await fetch(`${url}chat-vault-demo.json`)).json()) as object;
    expect(offer).toMatchObject({ live: { url: live?.url } });
    const answer = await login(live?.url ?? '', new URL(url).origin);
    expect(await answer.json()).toMatchObject({ userId: 'Ann' });
    expect(answer.headers.get('access-control-allow-origin')).toBe(new URL(url).origin);
    const other = await login(live?.url ?? '', 'https://elsewhere.example');
    expect(other.headers.get('access-control-allow-origin')).toBeNull();
  });

  it('ends with the messenger, and keeps its data for the next start', async () => {
    const first = await start({ syncServer, livePort: 0 });
    const port = Number(new URL(first.live?.url ?? '').port);
    const { token } = (await (await login(first.live?.url ?? '')).json()) as { token: string };
    expect(token).not.toBe('');
    await first.close();
    await expect(login(first.live?.url ?? '')).rejects.toThrow();
    const second = await start({ syncServer, livePort: port });
    expect(second.live?.url).toBe(first.live?.url);
    expect((await login(second.live?.url ?? '')).status).toBe(200);
  });

  it('leaves a folder alone that another process has, and takes one whose process ended', async () => {
    await mkdir(join(folder, 'data/live'), { recursive: true });
    await writeFile(join(folder, 'data/live/database.lock'), `${process.ppid}\n`);
    const first = await start({ syncServer, livePort: 0 });
    expect(first.live).toBeUndefined();
    expect(await (await fetch(`${first.url}chat-vault-demo.json`)).json()).not.toHaveProperty(
      'live',
    );
    await first.close();
    await writeFile(join(folder, 'data/live/database.lock'), '4194999\n');
    expect((await start({ syncServer, livePort: 0 })).live).toBeDefined();
  });

  it('is an error when its port is taken, and nothing stays open', async () => {
    const { port } = new URL((await start()).url);
    const folders = { appFolder: join(folder, 'app'), dataFolder: join(folder, 'other') };
    const starting = startMessengerServer({
      ...folders,
      port: 0,
      syncServer,
      livePort: Number(port),
    });
    await expect(starting).rejects.toThrow(/port \d+ is taken/);
    expect(await readdir(join(folder, 'other/live'))).toEqual([]);
  });
});

describe('the address', () => {
  it('is the next free port when the usual one is taken', async () => {
    const first = await start({ port: undefined });
    const second = await startMessengerServer({
      appFolder: join(folder, 'app'),
      dataFolder: join(folder, 'data'),
    });
    await second.close();
    expect(Number(new URL(second.url).port)).toBeGreaterThan(Number(new URL(first.url).port));
  });

  it('is an error when the port that was asked for is taken', async () => {
    const { url } = await start();
    await expect(
      startMessengerServer({
        appFolder: join(folder, 'app'),
        dataFolder: join(folder, 'data'),
        port: Number(new URL(url).port),
      }),
    ).rejects.toThrow(/port \d+ is taken/);
  });
});
