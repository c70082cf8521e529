import { describe, expect, it, vi } from 'vitest';
import { FakeGoogleDrive } from '../../peers/google-drive/fake-google-drive.js';
import { FOLDER } from '../../peers/google-drive/fake-store.js';
import { bytesOf, setUp, textOf } from '../../peers/google-drive/set-up.js';
import { CloudError } from '../port/cloud-error.js';
import { type CloudStorage } from '../port/cloud-storage.js';
import { driveFailure } from './drive-error.js';
import { googleDriveCloud } from './google-drive-cloud.js';
import { type GoogleOAuth2 } from './google-identity.js';
import { loadGoogleIdentity } from './person-tokens.js';

const CALLS: Readonly<Record<string, (cloud: CloudStorage) => Promise<unknown>>> = {
  connect: async (cloud) => cloud.connect?.({ interactive: false }),
  list: (cloud) => cloud.list('a'),
  listFolders: (cloud) => cloud.listFolders(''),
  read: async (cloud) => textOf(await cloud.read('a/file')),
  create: (cloud) => cloud.create('b/c/new', bytesOf('x')),
  remove: (cloud) => cloud.remove('a/file'),
};

describe('googleDriveCloud with tokens of the application', () => {
  it.each(Object.entries(CALLS))('%s takes one new token after each 401', async (_, call) => {
    const renewals: string[] = [];
    const { drive, openCloud } = setUp({
      token: async (refused) => {
        if (refused !== undefined) renewals.push(refused);
        return refused === undefined ? 'old-token' : 'valid-token';
      },
    });
    await openCloud().create('a/file', bytesOf('text'));
    drive.log.length = renewals.length = 0;
    await call(openCloud());
    // Every request was made with the old token, and again with the new one.
    expect(drive.log.length).toBeGreaterThan(0);
    expect(renewals).toHaveLength(drive.log.length / 2);
  });

  it('sends nothing again when the application has no other token', async () => {
    const { drive, cloud } = setUp({ token: async () => 'old-token' });
    await expect(cloud.list('a')).rejects.toMatchObject({ code: 'unauthorized' });
    expect(drive.log).toHaveLength(1);
  });

  it.each(Object.entries(CALLS))(
    '%s is unauthorized when the new one is refused',
    async (_, call) => {
      let asked = 0;
      const { cloud } = setUp({ token: async () => `bad-${++asked}` });
      await expect(call(cloud)).rejects.toMatchObject({ code: 'unauthorized' });
      expect(asked).toBe(2);
      expect(cloud.isConnected?.()).toBe(false);
    },
  );

  it('is connected again when a token is accepted again', async () => {
    const { drive, cloud } = setUp();
    drive.tokens.clear();
    await expect(cloud.list('a')).rejects.toMatchObject({ code: 'unauthorized' });
    drive.tokens.add('valid-token');
    await cloud.connect?.({ interactive: false });
    expect(cloud.isConnected?.()).toBe(true);
  });

  it('renews once for calls that are refused at once', async () => {
    let renewals = 0;
    const { drive, cloud } = setUp({
      token: async (refused) => {
        if (refused !== undefined) renewals += 1;
        return renewals === 0 ? 'old' : 'valid-token';
      },
    });
    drive.tokens.add('old');
    drive.store.add({ name: 'Chat Vault', mimeType: FOLDER });
    await cloud.list('');
    drive.tokens.delete('old');
    const answers: (() => void)[] = [];
    drive.around = async (_, pass) => {
      if (renewals === 0) {
        await new Promise<void>((resolve) => {
          answers.push(resolve);
          if (answers.length === 5) for (const answer of answers) answer();
        });
      }
      return pass();
    };
    await Promise.all(['1', '2', '3', '4', '5'].map((folder) => cloud.list(folder)));
    expect(renewals).toBe(1);
  });

  it.each([
    ['nothing', undefined],
    ['an empty text', ''],
    ['a text that is no token', 'two\r\nlines'],
  ])('is unauthorized when given %s', async (_, given) => {
    const { drive, cloud } = setUp({ token: async () => given as string });
    await expect(cloud.list('a')).rejects.toMatchObject({ code: 'unauthorized' });
    expect(drive.log).toEqual([]);
  });

  it('passes on why the application has no token', async () => {
    const cause = new Error('signed out');
    await expect(
      setUp({ token: () => Promise.reject(cause) }).cloud.list('a'),
    ).rejects.toMatchObject({ code: 'unauthorized', cause });
    const offline = new CloudError('offline', 'no network');
    const { cloud } = setUp({ token: () => Promise.reject(offline) });
    await expect(cloud.list('a')).rejects.toBe(offline);
  });

  it('ends at once for a caller who gives up waiting for a token', async () => {
    const { cloud } = setUp({ token: () => new Promise(() => undefined) });
    const aborter = new AbortController();
    const running = cloud.list('a', { signal: aborter.signal });
    aborter.abort('enough');
    await expect(running).rejects.toMatchObject({ code: 'aborted', cause: 'enough' });
  });
});

type Config = Parameters<GoogleOAuth2['initTokenClient']>[0];

const DRIVE_FILE = 'https://www.googleapis.com/auth/drive.file';

/** A cloud that signs in by a fake of Google's script; `answer` is what the person does in Google's window. */
const setUpPerson = (
  options: { readonly space?: 'appDataFolder'; readonly loginHint?: string } = {},
) => {
  const drive = new FakeGoogleDrive();
  const windows: Config[] = [];
  let loads = 0;
  const person = {
    answer: (config: Config): void =>
      config.callback({ access_token: 'valid-token', scope: `openid ${config.scope}` }),
  };
  const cloud = googleDriveCloud({
    clientId: 'our-client',
    ...options,
    fetch: drive.fetch,
    loadIdentity: async () => {
      loads += 1;
      return {
        initTokenClient: (config) => ({
          requestAccessToken: () => {
            windows.push(config);
            person.answer(config);
          },
        }),
      };
    },
  });
  return { drive, cloud, windows, person, loads: () => loads };
};

describe('googleDriveCloud with a sign-in by a person', { timeout: 60_000 }, () => {
  it('opens no window and loads no script before a click', async () => {
    const { drive, cloud, windows, loads } = setUpPerson();
    expect(cloud.isConnected?.()).toBe(false);
    await expect(cloud.connect?.({ interactive: false })).rejects.toMatchObject({
      code: 'unauthorized',
    });
    await expect(cloud.list('a')).rejects.toMatchObject({ code: 'unauthorized' });
    await expect(cloud.create('a/b', bytesOf('x'))).rejects.toMatchObject({ code: 'unauthorized' });
    expect([windows.length, loads(), drive.log.length]).toEqual([0, 0, 0]);
  });

  it('signs in on a click, for as little as it needs', async () => {
    const { cloud, windows } = setUpPerson({ loginHint: 'ann@example.org' });
    await cloud.connect?.({ interactive: true });
    expect(cloud.isConnected?.()).toBe(true);
    expect(windows).toMatchObject([
      { client_id: 'our-client', scope: DRIVE_FILE, prompt: '', login_hint: 'ann@example.org' },
    ]);
    await cloud.create('a/b', bytesOf('x'));
    await cloud.connect?.({ interactive: false });
    expect(windows).toHaveLength(1);
  });

  it('asks for the hidden folder when it is to be that', async () => {
    const { drive, cloud, windows } = setUpPerson({ space: 'appDataFolder' });
    await cloud.connect?.({ interactive: true });
    expect(windows[0]?.scope).toBe('https://www.googleapis.com/auth/drive.appdata');
    await cloud.create('a/b', bytesOf('x'));
    expect(drive.store.at('Chat Vault')).toEqual([]);
    expect((await cloud.list('a')).map(({ path }) => path)).toEqual(['a/b']);
  });

  it('pauses when the token ends, and goes on after a click', async () => {
    const { drive, cloud, windows, person } = setUpPerson();
    await cloud.connect?.({ interactive: true });
    await cloud.create('a/1', bytesOf('1'));
    drive.tokens.clear();
    await expect(cloud.create('a/2', bytesOf('2'))).rejects.toMatchObject({ code: 'unauthorized' });
    expect(cloud.isConnected?.()).toBe(false);
    await expect(cloud.connect?.({ interactive: false })).rejects.toMatchObject({
      code: 'unauthorized',
    });
    expect(windows).toHaveLength(1);
    drive.tokens.add('second');
    person.answer = ({ callback, scope }) => callback({ access_token: 'second', scope });
    await cloud.connect?.({ interactive: true });
    await cloud.create('a/2', bytesOf('2'));
    expect(cloud.isConnected?.()).toBe(true);
  });

  it.each([
    [
      'closes the window',
      'aborted',
      (config: Config) => config.error_callback({ type: 'popup_closed' }),
    ],
    [
      'does not allow it',
      'aborted',
      (config: Config) => config.callback({ error: 'access_denied' }),
    ],
    [
      'never sees the window',
      'unauthorized',
      (config: Config) => config.error_callback({ type: 'popup_failed_to_open' }),
    ],
    [
      'leaves the box unticked',
      'unauthorized',
      (config: Config) => config.callback({ access_token: 'valid-token', scope: 'openid' }),
    ],
    [
      'meets a failure',
      'unauthorized',
      (config: Config) => config.callback({ error: 'server_error' }),
    ],
    ['gets nothing', 'unauthorized', (config: Config) => config.callback({})],
  ])('says %s: %s', async (_, code, answer) => {
    const { cloud, person } = setUpPerson();
    person.answer = answer;
    await expect(cloud.connect?.({ interactive: true })).rejects.toMatchObject({ code });
    expect(cloud.isConnected?.()).toBe(false);
  });

  it('ends a sign-in that a new one replaces', async () => {
    const { cloud, person, windows } = setUpPerson();
    const { answer } = person;
    person.answer = () => undefined;
    const first = cloud.connect?.({ interactive: true });
    await vi.waitFor(() => expect(windows).toHaveLength(1));
    person.answer = answer;
    await cloud.connect?.({ interactive: true });
    await expect(first).rejects.toMatchObject({ code: 'aborted' });
  });

  it('forgets the token and where things are on disconnect', async () => {
    const { cloud, drive } = setUpPerson();
    await cloud.connect?.({ interactive: true });
    await cloud.create('a/1', bytesOf('1'));
    await cloud.disconnect?.();
    expect(cloud.isConnected?.()).toBe(false);
    drive.log.length = 0;
    await expect(cloud.read('a/1')).rejects.toMatchObject({ code: 'unauthorized' });
    expect(drive.log).toEqual([]);
  });

  it('stays disconnected when the person answers in a window that was open', async () => {
    const { cloud, windows, person } = setUpPerson();
    person.answer = () => undefined;
    const connecting = expect(cloud.connect?.({ interactive: true })).rejects.toMatchObject({
      code: 'unauthorized',
    });
    await expect.poll(() => windows.length).toBe(1);
    await cloud.disconnect?.();
    windows[0]?.callback({ access_token: 'valid-token', scope: DRIVE_FILE });
    await connecting;
    await expect(cloud.list('a')).rejects.toMatchObject({ code: 'unauthorized' });
    expect(cloud.isConnected?.()).toBe(false);
  });

  it('stays disconnected when a call that was under way ends', async () => {
    const { cloud, drive } = setUpPerson();
    await cloud.connect?.({ interactive: true });
    let letGo: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (letGo = resolve));
    let asked = 0;
    drive.around = async (_request, pass) => {
      asked += 1;
      await held;
      return pass();
    };
    const space = cloud.space?.();
    await expect.poll(() => asked).toBe(1);
    await cloud.disconnect?.();
    letGo();
    await space;
    expect(cloud.isConnected?.()).toBe(false);
  });

  it('goes on with an upload after a sign-in with the same account', async () => {
    const { cloud, drive, person } = setUpPerson();
    await cloud.connect?.({ interactive: true });
    const large = new Uint8Array(9_000_000).map((_, index) => index % 251);
    let parts = 0;
    drive.around = (request, pass) => {
      if (request.method === 'PUT' && ++parts === 2) drive.tokens.clear();
      return pass();
    };
    await expect(cloud.create('a/1', large)).rejects.toMatchObject({ code: 'unauthorized' });
    drive.tokens.add('second');
    person.answer = ({ callback, scope }) => callback({ access_token: 'second', scope });
    await cloud.connect?.({ interactive: true });
    drive.log.length = 0;
    await cloud.create('a/1', large);
    // A question, and the two parts that were missing.
    expect(drive.log.filter((line) => line.startsWith('P'))).toEqual(
      Array.from({ length: 3 }, () => 'PUT upload files'),
    );
    expect(Buffer.compare(await cloud.read('a/1'), large)).toBe(0);
  });

  it('uses nothing of the account before when another one signs in', async () => {
    const { cloud, drive } = setUpPerson();
    await cloud.connect?.({ interactive: true });
    await cloud.create('a/1', bytesOf('1'));
    for (const id of [...drive.store.files.keys()]) {
      if (!id.startsWith('root-')) drive.store.files.delete(id);
    }
    drive.store.forgetReserved();
    drive.account = 'ben';
    await cloud.connect?.({ interactive: true });
    drive.log.length = 0;
    await cloud.create('a/1', bytesOf('1'));
    expect(drive.log.filter((line) => line.startsWith('POST'))).toHaveLength(3);
  });

  it('is not signed in when the answer names no account', async () => {
    const { cloud, drive } = setUpPerson();
    drive.around = () => new Response('<html>Welcome to the hotel</html>');
    await expect(cloud.connect?.({ interactive: true })).rejects.toMatchObject({ code: 'invalid' });
  });

  it('disconnects without a network when nobody signed in', async () => {
    const { cloud, drive, loads } = setUpPerson();
    await cloud.disconnect?.();
    expect([loads(), drive.log.length]).toEqual([0, 0]);
  });
});

describe('googleDriveCloud space', () => {
  it.each([
    [
      { usage: '100', limit: '1000' },
      { usedBytes: 100, freeBytes: 900 },
    ],
    [{ usage: '100' }, { usedBytes: 100 }],
    [
      { usage: '2000', limit: '1000' },
      { usedBytes: 2000, freeBytes: 0 },
    ],
    [{ usage: 'much' }, {}],
  ])('tells of %j', async (quota, expected) => {
    const { drive, cloud } = setUp();
    drive.quota = quota;
    expect(await cloud.space?.()).toEqual(expected);
  });
});

describe('loadGoogleIdentity', () => {
  it('says that it needs a page', async () => {
    await expect(loadGoogleIdentity(driveFailure)).rejects.toMatchObject({ code: 'invalid' });
  });
});

describe('googleDriveCloud options', () => {
  const token = async () => 'valid-token';

  it('is named after the service unless told otherwise', () => {
    const { providerId, displayName, listingLagMs } = googleDriveCloud({ token });
    expect({ providerId, displayName }).toEqual({
      providerId: 'google-drive',
      displayName: 'Google Drive',
    });
    expect(listingLagMs).toBe(3_600_000);
    const named = googleDriveCloud({ token, providerId: 'work', displayName: 'Work' });
    expect(named).toMatchObject({ providerId: 'work', displayName: 'Work' });
  });

  it('keeps the files in a folder of the given name', async () => {
    const drive = new FakeGoogleDrive();
    const folderName = "Ann's chats";
    const cloud = googleDriveCloud({ token, folderName, fetch: drive.fetch });
    await cloud.create('a/b', bytesOf('x'));
    expect(drive.store.at(`${folderName}/a/b`)).toHaveLength(1);
  });

  it.each(['', 'a/b', '..', 'nul\u0000'])('refuses the folder name %j', (folderName) => {
    expect(() => googleDriveCloud({ token, folderName })).toThrow(
      expect.objectContaining({ code: 'invalid' }),
    );
  });

  it.each(['ftp://a.test', 'not a url', 'https://ann:secret@a.test', 'https://a.test?x'])(
    'refuses the base URL %j without repeating it',
    (baseUrl) => {
      const make = () => googleDriveCloud({ token, baseUrl });
      expect(make).toThrow(expect.objectContaining({ code: 'invalid' }));
      expect(make).not.toThrow(/secret/);
    },
  );

  it('takes a base URL with a path', async () => {
    const drive = new FakeGoogleDrive();
    const urls: string[] = [];
    const fetch: typeof globalThis.fetch = (input, init) => {
      urls.push(String(input));
      return drive.fetch(String(input).replace('/google/', '/'), init);
    };
    const cloud = googleDriveCloud({ token, baseUrl: 'https://proxy.test/google/', fetch });
    expect(await cloud.list('')).toEqual([]);
    expect(urls[0]).toMatch(/^https:\/\/proxy\.test\/google\/drive\/v3\/files\?/);
  });
});
