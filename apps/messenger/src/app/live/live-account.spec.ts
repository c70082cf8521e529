import { TestBed } from '@angular/core/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { CLOCK } from '../device/clock';
import { Preferences } from '../device/preferences';
import { LoginRefused } from './development-login';
import { LiveAccount } from './live-account';

const HOUR_MS = 3_600_000;
const offer = { live: { url: 'https://chat.example' } };

/** A server that gives numbered tokens of an hour to whoever says a name, until told otherwise. */
function openServer() {
  const asked: string[] = [];
  let now = Date.UTC(2026, 0, 1);
  let refusal: (() => Response) | null = null;
  globalThis.fetch = async (input, init) => {
    if (!`${input as string}`.endsWith('/api/login')) return Response.json(offer);
    const { name } = JSON.parse(`${init?.body as string}`) as { readonly name: string };
    asked.push(`${input as string} ${name}`);
    if (refusal) return refusal();
    const token = `token ${asked.length} of ${name.trim()}`;
    const expiresAt = new Date(now + HOUR_MS).toISOString();
    return Response.json({ userId: name.trim(), token, expiresAt });
  };
  return {
    asked,
    now: () => now,
    pass: (ms: number) => (now += ms),
    refuseWith: (answer: (() => Response) | null) => (refusal = answer),
  };
}

let server: ReturnType<typeof openServer>;
const open = async (): Promise<LiveAccount> => {
  TestBed.resetTestingModule();
  TestBed.configureTestingModule({ providers: [{ provide: CLOCK, useValue: server.now }] });
  const account = TestBed.inject(LiveAccount);
  account.url();
  await expect.poll(() => account.url()).toBe('https://chat.example');
  return account;
};

beforeEach(() => {
  server = openServer();
});

describe('LiveAccount', () => {
  it('signs in by name, on this device and after a restart', async () => {
    const account = await open();
    expect([account.userId(), await account.token()]).toEqual([null, null]);
    await account.signIn(' Ann ');
    expect([account.userId(), await account.token()]).toEqual(['Ann', 'token 1 of Ann']);
    expect([...TestBed.inject(Preferences).ownSenderIds()]).toContain('Ann');
    const again = await open();
    expect([again.userId(), await again.token()]).toEqual(['Ann', 'token 1 of Ann']);
    again.signOut();
    expect([again.userId(), (await open()).userId()]).toEqual([null, null]);
  });

  it('renews a token that ends or was refused, once for all who ask', async () => {
    const account = await open();
    await account.signIn('Ann');
    server.pass(HOUR_MS - 30_000);
    expect(await Promise.all([account.token(), account.token()])).toEqual([
      'token 2 of Ann',
      'token 2 of Ann',
    ]);
    expect(await account.token('token 2 of Ann')).toBe('token 3 of Ann');
    expect(await account.token('token 2 of Ann')).toBe('token 3 of Ann');
    expect(server.asked).toHaveLength(3);
  });

  it('asks the person again when the server refuses the name, and not when it is in trouble', async () => {
    const account = await open();
    await account.signIn('Ann');
    server.refuseWith(() => Response.json({ detail: 'Not you.' }, { status: 403 }));
    expect(await account.token('token 1 of Ann')).toBeNull();
    expect(account.userId()).toBe('Ann');
    await expect(account.signIn('Ann')).rejects.toThrow(new LoginRefused('Not you.'));
    server.refuseWith(() => new Response('', { status: 503 }));
    await expect(account.token('token 1 of Ann')).rejects.toThrow('503');
    server.refuseWith(() => {
      throw new TypeError('no network');
    });
    await expect(account.token('token 1 of Ann')).rejects.toThrow(TypeError);
    server.refuseWith(null);
    expect(await account.token('token 1 of Ann')).toMatch(/^token \d of Ann$/);
  });

  it('follows other tabs', async () => {
    const account = await open();
    await account.signIn('Ann');
    const kept = localStorage.getItem('chat-vault.live-account') ?? '';
    localStorage.setItem('chat-vault.live-account', kept.replaceAll('Ann', 'Bob'));
    window.dispatchEvent(new StorageEvent('storage'));
    expect([account.userId(), await account.token()]).toEqual(['Bob', 'token 1 of Bob']);
    localStorage.setItem('chat-vault.live-account', '{"userId":1');
    window.dispatchEvent(new StorageEvent('storage'));
    expect(account.userId()).toBeNull();
  });
});
