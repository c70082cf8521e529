import { signal } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { ChatSyncService, type ProviderState, withCloud } from '@chat-vault/chat-sync';
import { CloudError } from '@chat-vault/cloud-storage';
import { type MemoryCloud, memoryCloud } from '@chat-vault/cloud-storage/memory';
import { EngineError } from '@chat-vault/vault-engine';
import { describe, expect, it, vi } from 'vitest';
import { textMessage } from '../messages/text-message';
import { type AppHarness, openApp } from '../testing/app-harness';
import { problemText } from '../ui/problem-text';
import { needsOtherFolder } from './cloud-words';
import { PICKED_FOLDER } from './providers';
import { CHOOSE_FILE_TARGET, type FileTarget } from './save-file';
import { formatClock } from '../ui/time-format';
import { bringInProblem, keepReasons, looksAgainAt, movedText } from './transfer-words';

const messageAt = (day: number) =>
  textMessage({
    id: `m${day}`,
    conversationUrn: 'urn:chat:own:Club',
    senderId: 'Ann',
    sentTimestamp: `2024-01-${String(day).padStart(2, '0')}T12:00:00.000Z`,
    text: `Hello ${day}`,
  });
const textOf = (element: Element | null) => element?.textContent?.replace(/\s+/g, ' ').trim() ?? '';
const toasts = (app: AppHarness) => app.all('toast').map(textOf).join(' ');

/** Where saved files go in a test. */
const savedFiles = () => {
  const files: { readonly name: string; readonly blob: Blob }[] = [];
  const discard = vi.fn(async () => undefined);
  const target: FileTarget = {
    save: async (stream, name) =>
      void files.push({ name, blob: await new Response(stream).blob() }),
    discard,
  };
  const choose = vi.fn<() => Promise<FileTarget | null>>(async () => target);
  return { files, discard, choose, provider: { provide: CHOOSE_FILE_TARGET, useValue: choose } };
};

const bringIn = async (app: AppHarness, file: Blob) => {
  const input = app.get('copy-file');
  Object.defineProperty(input, 'files', { configurable: true, value: [file] });
  input.dispatchEvent(new Event('change'));
  await app.settle();
};

interface OpenRequest {
  readonly otherPlace?: boolean;
  readonly remembered: unknown;
}

/** The app with the cloud in memory connected and synced, and an empty second one. */
const openWithTwo = async (second: MemoryCloud) => {
  const app = await openApp('/storage', { isConnected: true, features: [withCloud(() => second)] });
  await (await app.sync.storage()).save([messageAt(1), messageAt(2)]);
  await app.click('sync');
  await TestBed.inject(ChatSyncService).connect(second.providerId);
  await app.settle();
  return app;
};

describe('CopyCard', () => {
  it('saves what is on this device without any cloud, and brings it in again', async () => {
    const saved = savedFiles();
    const app = await openApp('/storage', { providers: [saved.provider] });
    expect(app.find('copy-source')).toBeNull();
    await app.click('copy-save');
    expect(textOf(app.get('copy-problem'))).toContain('There are no chats yet');
    expect(saved.discard).toHaveBeenCalledTimes(1);

    const storage = await app.sync.storage();
    await storage.save([messageAt(1), messageAt(2)]);
    await app.click('copy-save');
    await expect.poll(() => saved.files.length).toBe(1);
    await app.settle();
    expect(saved.files[0]?.name).toMatch(/^chat-vault-\d{4}-\d\d-\d\d\.zip$/);
    expect(toasts(app)).toContain('A copy was saved: chat-vault-');
    expect(app.find('copy-problem')).toBeNull();

    await bringIn(app, saved.files[0]?.blob as Blob);
    expect(toasts(app)).toContain('Everything in this copy is here already');
  });

  it('gives a connected cloud what a copy brought', async () => {
    const saved = savedFiles();
    const ann = await openApp('/storage', { providers: [saved.provider] });
    await (await ann.sync.storage()).save([messageAt(1), messageAt(2)]);
    await ann.click('copy-save');
    await expect.poll(() => saved.files.length).toBe(1);
    TestBed.resetTestingModule();

    const bob = await openApp('/storage', { isConnected: true });
    await bob.click('sync');
    await bringIn(bob, saved.files[0]?.blob as Blob);
    expect(toasts(bob)).toContain('2 messages were brought in');
    expect(textOf(bob.get('storage-status'))).toBe('Everything is backed up');
    expect(bob.sync.cloud.files('chat-vault/deltas')).toHaveLength(1);
  });

  it('lets a person save what is here when the cloud cannot be asked', async () => {
    const saved = savedFiles();
    const app = await openApp('/storage', { isConnected: true, providers: [saved.provider] });
    await (await app.sync.storage()).save(messageAt(1));
    app.sync.failNext('any', 'forbidden', 1_000);
    await app.click('copy-save');
    expect(textOf(app.get('copy-problem'))).toContain('does not let this account in');
    await app.type('copy-source', '');
    await app.click('copy-save');
    await expect.poll(() => saved.files.length).toBe(1);
  });

  it('does nothing when nobody chose a place', async () => {
    const saved = savedFiles();
    saved.choose.mockResolvedValue(null);
    const app = await openApp('/storage', { providers: [saved.provider] });
    await app.click('copy-save');
    expect(app.find('copy-problem')).toBeNull();
    expect(toasts(app)).toBe('');
  });

  it('says what is wrong with a file', async () => {
    const app = await openApp('/storage');
    await bringIn(app, new Blob(['Dear diary']));
    expect(textOf(app.get('copy-problem'))).toContain('This is not a copy of your chats');
  });
});

describe('MoveDialog', () => {
  const second = () => memoryCloud({ providerId: 'second', displayName: 'Second' });

  it('says what comes first when there is no other cloud', async () => {
    const app = await openApp('/storage', { isConnected: true });
    await app.click('move');
    expect(textOf(app.get('move-no-target'))).toContain('First connect the cloud');
  });

  it('copies and checks, and disconnects the old cloud at a click', async () => {
    const target = second();
    const app = await openWithTwo(target);
    await app.click('move');
    await app.click('move-start');
    expect(textOf(app.get('move-done'))).toBe(
      'Everything was copied and checked.You may disconnect Memory now.',
    );
    expect(target.files().length).toBeGreaterThan(0);
    await app.click('move-release');
    expect(app.get('cloud-memory').dataset['connected']).toBe('false');
    expect(app.get('cloud-second').dataset['connected']).toBe('true');
    expect(textOf(app.get('storage-status'))).toBe('Everything is backed up');
  });

  it('says what went wrong, and goes on', async () => {
    const target = second();
    const app = await openWithTwo(target);
    const create = vi.spyOn(target, 'create');
    create.mockRejectedValue(new CloudError('quota-exceeded', 'full'));
    await app.click('move');
    await app.click('move-start');
    expect(textOf(app.get('move-problem'))).toContain('The cloud is full');
    create.mockRestore();
    await app.click('move-again');
    expect(app.find('move-done')).not.toBeNull();
    await app.click('move-keep');
    expect(app.find('move-done')).toBeNull();
    expect(app.get('cloud-memory').dataset['connected']).toBe('true');
  });

  it('is stopped by the person', async () => {
    const target = second();
    const app = await openWithTwo(target);
    vi.spyOn(target, 'create').mockImplementation(
      (_path, _bytes, options) =>
        new Promise((_, reject) => {
          options?.signal?.addEventListener('abort', () => reject(options.signal?.reason));
        }),
    );
    await app.click('move');
    app.get('move-start').click();
    await expect.poll(() => app.find('move-stop')).not.toBeNull();
    await app.click('move-stop');
    expect(textOf(app.get('move-stopped'))).toBe('It was stopped.');
  });

  it('asks to keep a cloud that has a damaged file', async () => {
    const app = await openWithTwo(second());
    const [file] = app.sync.cloud.files('chat-vault/deltas');
    app.sync.cloud.poke(file?.path ?? '', new Uint8Array(file?.size ?? 0));
    await app.click('move');
    await app.click('move-start');
    expect(textOf(app.get('move-incomplete'))).toContain('1 file is damaged in the old cloud');
    expect(app.find('move-release')).toBeNull();
  });
});

describe('MonthTable', () => {
  it('keeps everything on this device when asked to', async () => {
    const config = { engine: { bulkRecords: 10 } };
    const app = await openApp('/storage', { isConnected: true, config });
    const other = await app.sync.secondDevice();
    const hours = Array.from({ length: 8_000 }, (_, hour) => ({
      ...messageAt(1),
      id: `hour-${hour}`,
      sentTimestamp: new Date(Date.UTC(2023, 0, 1) + hour * 3_600_000).toISOString(),
    }));
    await other.storage.save(hours);
    await other.sync();
    await app.click('sync');
    expect(app.find('all-here')).toBeNull();
    await app.click('keep-all');
    expect(app.find('all-here')).not.toBeNull();
    expect(await (await app.sync.storage()).recordCount()).toBe(8_000);
    expect(toasts(app)).toContain('Everything is on this device now');
  });
});

describe('a folder that is gone', () => {
  it('can be exchanged for another one', async () => {
    const [old, fresh] = [0, 1].map(() =>
      memoryCloud({ providerId: PICKED_FOLDER, displayName: 'A folder' }),
    ) as [MemoryCloud, MemoryCloud];
    const feature = {
      ...withCloud(() => old),
      createSource: () => ({
        providerId: PICKED_FOLDER,
        displayName: 'A folder',
        opener: signal(async (request: OpenRequest) => {
          const isFresh = request.otherPlace || request.remembered === 'fresh';
          const remember = isFresh ? 'fresh' : 'old';
          const isOtherPlace = request.remembered !== undefined && request.remembered !== remember;
          return { cloud: isFresh ? fresh : old, remember, isOtherPlace };
        }),
      }),
    };
    Object.assign(window, { showDirectoryPicker: () => undefined });
    const app = await openApp('/storage', { features: [feature] });
    await (await app.sync.storage()).save(messageAt(1));
    await TestBed.inject(ChatSyncService).connect(PICKED_FOLDER);
    await app.settle();
    await app.click('sync');
    expect(app.find('choose-folder')).toBeNull();

    const gone = () => Promise.reject(new CloudError('offline', 'the folder is gone'));
    Object.assign(old, { list: gone, listFolders: gone, create: gone });
    const syncing = app.click('sync');
    for (let wait = 0; wait < 20; wait++) await app.sync.advance(60_000);
    await syncing;
    await app.click('choose-folder');
    expect(toasts(app)).toContain('The folder is connected: 0 new here, 1 saved there');
    expect(fresh.files('chat-vault/deltas')).toHaveLength(1);
    expect(app.find('choose-folder')).toBeNull();
  });
});

describe('needsOtherFolder', () => {
  const folder = (status: object, fields: object = {}) =>
    ({ providerId: PICKED_FOLDER, isConnected: true, status, ...fields }) as ProviderState;
  const gone = { state: 'connection-error', error: new CloudError('offline', 'gone') };

  it.each([
    ['is gone', folder(gone), true],
    [
      'was closed to this page for good',
      folder({ state: 'auth-error', canReconnect: false }),
      true,
    ],
    ['only has to be asked for', folder({ state: 'auth-error', canReconnect: true }), false],
    ['is well', folder({ state: 'idle' }), false],
    ['is not connected', folder(gone, { isConnected: false }), false],
    ['is no folder', folder(gone, { providerId: 'webdav' }), false],
  ])('knows what helps when the cloud %s', (_what, provider, expected) => {
    expect(needsOtherFolder(provider)).toBe(expected);
  });
});

describe('words of transfers', () => {
  it('say of every file that is refused what to do', () => {
    const reasons = ['not-a-zip', 'truncated', 'damaged', 'encrypted', 'unsafe-name', 'too-large'];
    for (const reason of [...reasons, 'unsupported', 'no-vault', 'several-vaults']) {
      const error = new CloudError('invalid', 'refused', { details: { reason } });
      expect(bringInProblem(error).advice).toContain('Nothing was changed');
    }
    const foreign = new EngineError('foreign-vault', 'not ours');
    expect(bringInProblem(foreign).heading).toBe('This copy is of another account');
    const invalid = new CloudError('invalid', 'odd');
    expect(bringInProblem(invalid)).toEqual(problemText(invalid));
  });

  it('say when to look again, if a listing that is late is all that keeps the old cloud', () => {
    const late = { kind: 'unsettled', path: '', reason: '' } as const;
    const lost = { kind: 'missing', path: 'a', reason: '' } as const;
    const lookAgainAt = '2024-06-01T20:15:00.000Z';
    expect(looksAgainAt({ problems: [late], lookAgainAt })).toBe(formatClock(lookAgainAt));
    expect(looksAgainAt({ problems: [late, lost], lookAgainAt })).toBeNull();
    expect(looksAgainAt({ problems: [late] })).toBeNull();
  });

  it('say what was copied, and why the old cloud is still needed', () => {
    const report = { filesCopied: 1, bytesCopied: 2_000, filesPresent: 3 };
    expect(movedText(report as Parameters<typeof movedText>[0])).toBe(
      '1 file copied (2 KB), 3 were there already.',
    );
    const problem = (kind: 'missing' | 'conflict') => ({ kind, path: 'a', reason: '' });
    expect(keepReasons([problem('missing'), problem('conflict'), problem('missing')])).toEqual([
      '2 files are missing in the old cloud',
      '1 file is different in the new cloud',
    ]);
  });
});
