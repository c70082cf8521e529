import { inject, signal } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { ChatSyncService, withCloud, withWebDav } from '@chat-vault/chat-sync';
import { withGoogleDrive, withS3 } from '@chat-vault/chat-sync/clouds';
import { CloudError, type CloudSpace } from '@chat-vault/cloud-storage';
import { memoryCloud } from '@chat-vault/cloud-storage/memory';
import { type WebDavDiagnosis } from '@chat-vault/cloud-storage/webdav/diagnosis';
import { describe, expect, it, vi } from 'vitest';
import { CLOCK, EVERY_SECOND } from '../device/clock';
import { textMessage } from '../messages/text-message';
import { type AppHarness, openApp } from '../testing/app-harness';
import { CloudSettings } from './cloud-settings';
import { DIAGNOSE_WEB_DAV } from './diagnose-web-dav';
import { GOOGLE_DRIVE, S3, WEB_DAV } from './providers';

const message = textMessage({
  id: 'a',
  conversationUrn: 'urn:chat:own:Club',
  senderId: 'Ann',
  sentTimestamp: '2024-01-30T12:00:00.000Z',
  text: 'Hello there',
});
const textOf = (element: Element | null) => element?.textContent?.replace(/\s+/g, ' ').trim() ?? '';

/** A cloud that asks a person to sign in, under the id of one where that is so. */
const signInCloud = () => {
  const memory = memoryCloud({ providerId: GOOGLE_DRIVE, displayName: 'Google Drive' });
  const connect = vi.fn<(options: { readonly interactive: boolean }) => Promise<void>>();
  const space = vi.fn<() => Promise<CloudSpace>>(async () => ({}));
  return Object.assign(memory, { connect, space });
};
const openStorage = (cloud: ReturnType<typeof signInCloud>, providers: object[] = []) =>
  openApp('/storage', { features: [withCloud(() => cloud)], providers: providers as [] });
const card = (app: AppHarness) => app.get(`cloud-${GOOGLE_DRIVE}`);
const press = async (app: AppHarness, testId: string) => {
  card(app).querySelector<HTMLElement>(`[data-testid=${testId}]`)?.click();
  await app.settle();
};

describe('cards of clouds', () => {
  it('say how a cloud stands, and connect and disconnect it', async () => {
    const app = await openStorage(signInCloud());
    expect(card(app).dataset['connected']).toBe('false');
    await press(app, 'connect');
    expect(card(app).dataset['connected']).toBe('true');
    expect(textOf(card(app).querySelector('[data-testid=cloud-state]'))).toBe('Backed up');
    await (await app.sync.storage()).save(message);
    await app.settle();
    expect(textOf(card(app).querySelector('[data-testid=cloud-state]'))).toBe('1 to back up');
    await press(app, 'disconnect');
    expect(card(app).dataset['connected']).toBe('false');
  });

  it('offer to reconnect after the sign-in ended, by a click', async () => {
    const cloud = signInCloud();
    const app = await openStorage(cloud);
    await press(app, 'connect');
    const ended = new CloudError('unauthorized', 'the token ended');
    const list = vi.spyOn(cloud, 'list').mockRejectedValue(ended);
    await app.click('sync');
    expect(textOf(app.get('storage-status'))).toBe('Google Drive asks for a new sign-in.');
    expect(textOf(card(app).querySelector('[data-testid=cloud-state]'))).toBe('Reconnect');
    list.mockRestore();
    cloud.connect.mockClear();
    await app.click('reconnect-now');
    expect(cloud.connect).toHaveBeenCalledExactlyOnceWith({ interactive: true });
    expect(textOf(app.get('storage-status'))).toBe('Everything is backed up');
    expect(app.find('reconnect')).toBeNull();
  });

  it('tell a person who closed the window that nothing happened', async () => {
    const cloud = signInCloud();
    cloud.connect.mockRejectedValue(new CloudError('aborted', 'the window was closed'));
    const app = await openStorage(cloud);
    await press(app, 'connect');
    expect(textOf(app.get('toast'))).toContain('Nobody signed in');
    expect(card(app).dataset['connected']).toBe('false');
  });

  it('stay calm where a browser asks for the permission for a folder again, as after a restart', async () => {
    const cloud = signInCloud();
    const app = await openStorage(cloud);
    await press(app, 'connect');
    const ask = (permission: string) =>
      new CloudError('unauthorized', 'permission', { details: { permission } });
    const list = vi.spyOn(cloud, 'list').mockRejectedValue(ask('prompt'));
    await app.click('sync');
    const tag = () => card(app).querySelector('[data-testid=cloud-state]');
    const alarms = () => app.get('sync-card').querySelectorAll('.trouble').length;
    expect(textOf(tag())).toBe('Reconnect');
    expect(tag()?.classList).toContain('waiting');
    expect(alarms()).toBe(0);
    expect(app.get('open-storage').classList).not.toContain('trouble');
    list.mockRejectedValue(ask('denied'));
    await app.click('sync');
    expect(tag()?.classList).toContain('bad');
    expect(alarms()).toBe(1);
    expect(app.get('open-storage').classList).toContain('trouble');
  });

  it('open the window again for a person who closed it unnoticed', async () => {
    const cloud = signInCloud();
    const app = await openStorage(cloud);
    let close = (_error: CloudError): void => undefined;
    const window = new Promise<void>((_resolve, reject) => (close = reject));
    cloud.connect.mockReturnValueOnce(window);
    const button = () =>
      card(app).querySelector<HTMLButtonElement>('[data-testid=connect]') as HTMLButtonElement;
    button().click();
    await expect.poll(() => cloud.connect).toHaveBeenCalledTimes(1);
    await expect.poll(() => textOf(button())).toBe('Connecting…');
    button().click();
    await expect.poll(() => cloud.connect).toHaveBeenCalledTimes(2);
    close(new CloudError('aborted', 'another sign-in began'));
    await app.settle();
    expect(card(app).dataset['connected']).toBe('true');
    expect(app.find('toast')).toBeNull();
  });

  it('forget the sign-in where somebody signed in and the service failed then', async () => {
    const disconnect = vi.fn(async () => undefined);
    const cloud = Object.assign(signInCloud(), { disconnect });
    cloud.connect.mockRejectedValue(new CloudError('unavailable', '503'));
    const app = await openStorage(cloud);
    expect(app.find('forget-sign-in')).toBeNull();
    await press(app, 'connect');
    expect(card(app).dataset['connected']).toBe('false');
    await press(app, 'forget-sign-in');
    expect(disconnect).toHaveBeenCalledTimes(1);
    expect(app.find('forget-sign-in')).toBeNull();
  });

  it('forget the password with the cloud that it was for', async () => {
    const cloud = memoryCloud({ providerId: WEB_DAV });
    const app = await openApp('/storage', { features: [withCloud(() => cloud)] });
    const settings = TestBed.inject(CloudSettings);
    const [url, bucket] = ['https://dav.example/', 'vault'];
    settings.keepWebDav({ url, username: 'ann', password: 'secret' });
    const keys = { accessKeyId: 'KEY', secretAccessKey: 'secret' };
    settings.keepS3({
      endpoint: 'https://s3.example',
      bucket,
      region: 'auto',
      prefix: '',
      ...keys,
    });
    await TestBed.inject(ChatSyncService).connect(WEB_DAV);
    await app.settle();
    app.get(`cloud-${WEB_DAV}`).querySelector<HTMLElement>('[data-testid=disconnect]')?.click();
    await app.settle();
    expect(localStorage.getItem('chat-vault.webdav')).toBeNull();
    expect(settings.webDav()).toBeNull();
    expect(settings.s3()).not.toBeNull();
  });

  it('tell how full a full cloud is', async () => {
    const cloud = signInCloud();
    cloud.space.mockResolvedValue({ usedBytes: 15_000_000_000, freeBytes: 0 });
    const app = await openStorage(cloud);
    await press(app, 'connect');
    await (await app.sync.storage()).save(message);
    vi.spyOn(cloud, 'create').mockRejectedValue(new CloudError('quota-exceeded', 'full'));
    await app.click('sync');
    expect(textOf(app.get('cloud-space'))).toBe('15 GB used, 0 B free');
    expect(textOf(app.get('space'))).toBe('15 GB used, 0 B free.');
  });

  it('count down until a busy service is asked again', async () => {
    const cloud = signInCloud();
    let tick = () => undefined as void;
    let now = Date.UTC(2026, 0, 1, 12);
    const app = await openStorage(cloud, [
      { provide: CLOCK, useValue: () => now },
      {
        provide: EVERY_SECOND,
        useValue: (callback: () => void) => {
          tick = callback;
          return () => undefined;
        },
      },
    ]);
    await press(app, 'connect');
    const busy = new CloudError('rate-limited', 'busy', { retryAfterMs: 600_000 });
    vi.spyOn(cloud, 'list').mockRejectedValue(busy);
    await app.click('sync');
    const shown = () => textOf(card(app).querySelector('[data-testid=countdown]'));
    expect(shown()).toBe('Goes on in 10:00 min');
    now += 570_500;
    tick();
    await app.settle();
    expect(shown()).toBe('Goes on in 30 s');
    now += 30_000;
    tick();
    await app.settle();
    expect(shown()).toBe('Goes on now');
  });

  it('say which cloud they speak of when there are two', async () => {
    const app = await openStorage(signInCloud());
    await press(app, 'connect');
    expect(app.find('sync-card-cloud')).toBeNull();
    await app.sync.connect();
    expect(app.all('sync-card-cloud').map(textOf)).toEqual(['Memory', 'Google Drive']);
  });

  it('offer a service only where the app is registered', async () => {
    const registration = signal<{ readonly token: () => Promise<string> } | null>(null);
    const app = await openApp('/storage', { features: [withGoogleDrive(registration)] });
    expect(app.find(`cloud-${GOOGLE_DRIVE}`)).toBeNull();
    registration.set({ token: async () => 'token' });
    await app.settle();
    expect(textOf(card(app))).toContain('Google Drive');
  });
});

describe('S3Form', () => {
  const open = async (answer: (url: URL) => Response) => {
    const asked: URL[] = [];
    const app = await openApp('/storage', {
      features: [withS3(() => inject(CloudSettings).s3Options(), { providerId: S3 })],
    });
    globalThis.fetch = async (input) => {
      const url = new URL(input instanceof Request ? input.url : String(input));
      asked.push(url);
      return answer(url);
    };
    app.get('cloud-s3').querySelector<HTMLElement>('[data-testid=connect]')?.click();
    await app.settle();
    await app.type('s3-endpoint', 'https://s3.example/ ');
    await app.type('s3-bucket', 'vault');
    await app.type('s3-key', 'KEY\n');
    await app.type('s3-secret', ' secret ');
    return { app, asked };
  };

  it('connects a bucket and keeps what was entered for this device', async () => {
    const empty = '<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>';
    const { app, asked } = await open(() => new Response(empty));
    await app.click('s3-connect');
    expect(asked[0]?.href).toContain('https://s3.example/vault');
    expect(app.get('cloud-s3').dataset['connected']).toBe('true');
    expect(app.find('s3-form')).toBeNull();
    expect(JSON.parse(localStorage.getItem('chat-vault.s3') ?? '')).toEqual({
      endpoint: 'https://s3.example',
      bucket: 'vault',
      region: 'auto',
      accessKeyId: 'KEY',
      secretAccessKey: 'secret',
      prefix: 'chat-vault',
    });
    app.get('cloud-s3').querySelector<HTMLElement>('[data-testid=disconnect]')?.click();
    await app.settle();
    expect(localStorage.getItem('chat-vault.s3')).toBeNull();
  });

  it('says at the form what is wrong with the keys', async () => {
    const refusal = '<Error><Code>SignatureDoesNotMatch</Code></Error>';
    const { app } = await open(() => new Response(refusal, { status: 403 }));
    await app.click('s3-connect');
    expect(textOf(app.get('connect-problem'))).toMatch(/keys/);
    expect(app.get('cloud-s3').dataset['connected']).toBe('false');
  });
});

describe('WebDavForm', () => {
  const open = async (status: number, finding: Partial<WebDavDiagnosis>) => {
    const diagnose = vi.fn(async () => ({ isUsable: false, recipes: [], ...finding }));
    const app = await openApp('/storage', {
      features: [withWebDav(() => inject(CloudSettings).webDavOptions(), { providerId: WEB_DAV })],
      providers: [{ provide: DIAGNOSE_WEB_DAV, useValue: diagnose }],
    });
    globalThis.fetch = async () => new Response('', { status });
    await app.type('webdav-url', 'https://dav.example/me/');
    await app.click('webdav-connect');
    return { app, diagnose };
  };

  it('says what is the matter with the server, and what would help', async () => {
    const recipes = [{ server: 'nginx', name: 'nginx', text: 'dav_methods PUT;' }] as const;
    const { app, diagnose } = await open(403, {
      message: 'dav.example does not let pages in.',
      hint: 'Allow this page.',
      recipes,
    });
    expect(diagnose).toHaveBeenCalledWith(
      expect.objectContaining({ url: 'https://dav.example/me/' }),
    );
    expect(textOf(app.get('connect-problem'))).toBe(
      'dav.example does not let pages in.Allow this page.',
    );
    expect(textOf(app.get('webdav-recipes'))).toContain('dav_methods PUT;');
  });

  it('does not look further where a password is wrong', async () => {
    const { app, diagnose } = await open(401, {});
    expect(diagnose).not.toHaveBeenCalled();
    expect(textOf(app.get('connect-problem'))).toContain('password');
  });
});

describe('DeviceCard', () => {
  it('says whether the browser may clear what is only here', async () => {
    const app = await openApp('/storage', { isConnected: true });
    expect(app.find('persistence')).toBeNull();
    await (await app.sync.storage()).save(message);
    await app.settle();
    expect(app.get('persistence').dataset['persistence']).toBe('unbacked');
    await app.click('sync');
    expect(app.get('persistence').dataset['persistence']).toBe('evictable');
    await (await app.sync.storage()).save({ ...message, id: 'b' });
    await app.settle();
    expect(textOf(app.get('persistence'))).toContain('Some chats are only here');
  });
});
