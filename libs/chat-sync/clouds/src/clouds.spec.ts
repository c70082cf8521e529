import { signal } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import {
  type ChatSyncFeature,
  ChatSyncService,
  provideChatSync,
  withChatStorage,
  ɵSEAM,
} from '@chat-vault/chat-sync';
import { openIdbChatStorage } from '@chat-vault/chat-storage/idb';
import { type StoredTokens, type TokenStore } from '@chat-vault/cloud-storage/dropbox';
import { type GoogleOAuth2 } from '@chat-vault/cloud-storage/google-drive';
import { type S3CloudOptions } from '@chat-vault/cloud-storage/s3';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { withDropbox } from './with-dropbox';
import { withGoogleDrive } from './with-google-drive';
import { withOneDrive } from './with-one-drive';
import { withS3 } from './with-s3';

const openStorage = () => openIdbChatStorage({ name: 'clouds-spec' });

/** An application start on the one database of this test. */
const start = async (feature: ChatSyncFeature) => {
  TestBed.resetTestingModule();
  const providers = [provideChatSync({}, withChatStorage(openStorage), feature)];
  TestBed.configureTestingModule({ providers });
  const chatSync = TestBed.inject(ChatSyncService);
  const settle = async () => {
    TestBed.tick();
    await TestBed.inject(ɵSEAM.BackgroundWork).settled();
  };
  await settle();
  const provider = () => {
    const [first] = chatSync.providers();
    if (!first) throw new Error('one cloud is offered');
    return first;
  };
  return { chatSync, settle, provider };
};

/** A service that answers each request so, and remembers where they went. */
const answering = (answer: (url: URL) => Response) =>
  vi.fn<typeof fetch>(async (input) =>
    answer(new URL(input instanceof Request ? input.url : String(input))),
  );
const status = (code: number) => () => new Response('{}', { status: code });

const clock = () => 1_700_000_000_000;

afterEach(async () => {
  TestBed.resetTestingModule();
  await (await openStorage()).destroy();
});

describe('every cloud', () => {
  const token = async () => 'token';
  const credentials = { accessKeyId: 'key', secretAccessKey: 'secret' };
  const s3 = { endpoint: 'https://s3.example', bucket: 'vault', region: 'auto', credentials };

  it.each([
    ['s3', 'S3', () => withS3(s3), () => withS3(() => null)],
    [
      'google-drive',
      'Google Drive',
      () => withGoogleDrive({ token }),
      () => withGoogleDrive(() => null),
    ],
    ['dropbox', 'Dropbox', () => withDropbox({ token }), () => withDropbox(() => null)],
    ['onedrive', 'OneDrive', () => withOneDrive({ token }), () => withOneDrive(() => null)],
  ])('%s is offered under its name, configured once it has settings', async (id, name, ...both) => {
    const [configured, missing] = both;
    const names = { providerId: id, displayName: name };
    expect((await start(configured())).provider()).toMatchObject({ ...names, isConfigured: true });
    const { chatSync, provider } = await start(missing());
    expect(provider()).toMatchObject({ ...names, isConfigured: false });
    expect(await chatSync.connect(id)).toMatchObject({
      ok: false,
      error: { code: 'not-configured' },
    });
  });

  it.each([
    ['s3', (fetch: typeof globalThis.fetch) => withS3({ ...s3, fetch, now: clock })],
    ['google-drive', (fetch: typeof globalThis.fetch) => withGoogleDrive({ token, fetch })],
    ['dropbox', (fetch: typeof globalThis.fetch) => withDropbox({ token, fetch })],
    ['onedrive', (fetch: typeof globalThis.fetch) => withOneDrive({ token, fetch })],
  ])('%s says what the service refuses', async (id, feature) => {
    const fetch = answering(status(401));
    const { chatSync, provider } = await start(feature(fetch));
    expect(fetch).not.toHaveBeenCalled();
    expect(await chatSync.connect(id)).toMatchObject({
      ok: false,
      error: { code: 'unauthorized' },
    });
    expect(provider().status).toMatchObject({ state: 'auth-error', canReconnect: id !== 's3' });
    expect(fetch).toHaveBeenCalled();
  });

  it('takes other names', async () => {
    const { provider } = await start(
      withS3(() => s3, { providerId: 'backup', displayName: 'My bucket' }),
    );
    expect(provider()).toMatchObject({ providerId: 'backup', displayName: 'My bucket' });
  });
});

describe('withS3', () => {
  const empty = () =>
    new Response('<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>');

  it('takes its settings from a signal, and another bucket for another cloud', async () => {
    const fetch = answering(empty);
    const settings = signal<S3CloudOptions | undefined>(undefined);
    const { chatSync, settle, provider } = await start(withS3(settings));
    const at = (bucket: string, secretAccessKey: string): S3CloudOptions => {
      const credentials = { accessKeyId: 'key', secretAccessKey };
      return { endpoint: 'https://s3.example', bucket, region: 'auto', credentials, fetch };
    };
    settings.set(at('one', 'a'));
    await settle();
    expect(await chatSync.connect('s3')).toMatchObject({ ok: true });
    expect(await chatSync.syncMessages()).toMatchObject({ ok: true });
    expect(provider().lastSyncedAt).not.toBeNull();

    settings.set(at('one', 'b'));
    await settle();
    expect(provider()).toMatchObject({ isConnected: true, lastSyncedAt: expect.any(Date) });
    settings.set(at('two', 'b'));
    await settle();
    expect(provider()).toMatchObject({ isConnected: true, lastSyncedAt: null });
    const storage = await openStorage();
    expect(JSON.stringify(await storage.document('s3', 'chat-sync'))).not.toContain('"b"');
    await storage.close();
  });
});

describe('withGoogleDrive', () => {
  /** Google's sign-in that gives a token at once. */
  const googleIdentity = (): GoogleOAuth2 => ({
    initTokenClient: ({ callback }) => ({
      requestAccessToken: () =>
        callback({
          access_token: 'given',
          scope: 'https://www.googleapis.com/auth/drive.file',
        }),
    }),
  });

  it('opens its window on a click only, and asks for a click after a restart', async () => {
    const fetch = answering(() => Response.json({ files: [], user: { permissionId: '1' } }));
    const loadIdentity = vi.fn(async () => googleIdentity());
    const feature = () => withGoogleDrive({ clientId: 'app', loadIdentity, fetch });
    const first = await start(feature());
    await first.chatSync.connect('google-drive', { interactive: false });
    await first.chatSync.syncMessages('google-drive');
    expect(loadIdentity).not.toHaveBeenCalled();
    expect(await first.chatSync.connect('google-drive')).toMatchObject({ ok: true });
    expect(loadIdentity).toHaveBeenCalledTimes(1);

    const again = await start(feature());
    await again.chatSync.syncMessages();
    expect(loadIdentity).toHaveBeenCalledTimes(1);
    expect(again.provider()).toMatchObject({
      isConnected: true,
      status: { state: 'auth-error', canReconnect: true },
    });
    expect(await again.chatSync.connect('google-drive')).toMatchObject({ ok: true });
    expect(again.provider().status.state).toBe('idle');
  });
});

describe.each([
  ['dropbox', withDropbox],
  ['onedrive', withOneDrive],
] as const)('with the sign-in of %s kept on the device', (id, withCloudOf) => {
  /** A store with a sign-in from an earlier visit. */
  const signedIn = () => {
    const kept = new Map<string, StoredTokens>([[`${id}:app`, { refreshToken: 'refresh' }]]);
    const tokens: TokenStore = {
      get: async (key) => kept.get(key),
      set: async (key, value) => void kept.set(key, value),
      delete: async (key) => void kept.delete(key),
    };
    return { kept, tokens };
  };
  /** What either service says of an empty folder. */
  const emptyFolder = () =>
    Response.json({
      entries: [],
      has_more: false,
      cursor: 'c',
      name: 'App',
      folder: {},
      value: [],
    });
  const redirectUri = 'https://app.example/signed-in';

  it('connects without asking, and forgets it when disconnected', async () => {
    const { kept, tokens } = signedIn();
    const fetch = answering(({ pathname }) =>
      pathname.endsWith('/token')
        ? Response.json({ access_token: 'access', expires_in: 3600, refresh_token: 'next' })
        : emptyFolder(),
    );
    const { chatSync, provider } = await start(
      withCloudOf({ clientId: 'app', redirectUri, tokens, fetch }),
    );
    expect(await chatSync.connect(id, { interactive: false })).toMatchObject({ ok: true });
    expect(provider().isConnected).toBe(true);
    expect(await chatSync.disconnect(id)).toEqual({ ok: true });
    expect(kept.size).toBe(0);
  });

  it('forgets it too when the service ended it before', async () => {
    const { kept, tokens } = signedIn();
    let isAlive = true;
    const fetch = answering(({ pathname }) => {
      if (!isAlive) return Response.json({ error: 'invalid_grant' }, { status: 400 });
      return pathname.endsWith('/token')
        ? Response.json({ access_token: 'access', expires_in: 3600 })
        : emptyFolder();
    });
    const feature = () => withCloudOf({ clientId: 'app', redirectUri, tokens, fetch });
    const first = await start(feature());
    await first.chatSync.connect(id, { interactive: false });
    isAlive = false;
    const again = await start(feature());
    expect(again.provider().status).toMatchObject({ state: 'auth-error', canReconnect: true });
    kept.set(`${id}:app`, { refreshToken: 'left by another tab' });
    expect(await again.chatSync.disconnect(id)).toEqual({ ok: true });
    expect(kept.size).toBe(0);
  });

  it('is of the account that the application names, and of no other', async () => {
    const { kept, tokens } = signedIn();
    kept.set(`${id}:app:ann`, { refreshToken: 'of ann' });
    const used: (string | null)[] = [];
    const fetch: typeof globalThis.fetch = async (input, init) => {
      const request = new Request(input, init);
      if (!request.url.endsWith('/token')) return emptyFolder();
      used.push(new URLSearchParams(await request.text()).get('refresh_token'));
      return Response.json({ access_token: 'access', expires_in: 3600 });
    };
    const account = signal('ben');
    const { chatSync, settle } = await start(
      withCloudOf(() => ({ clientId: 'app', redirectUri, account: account(), tokens, fetch })),
    );
    expect(await chatSync.connect(id, { interactive: false })).toMatchObject({
      ok: false,
      error: { code: 'unauthorized' },
    });
    expect(used).toEqual([]);
    account.set('ann');
    await settle();
    expect(await chatSync.connect(id, { interactive: false })).toMatchObject({ ok: true });
    expect(used).toEqual(['of ann']);
  });
});
