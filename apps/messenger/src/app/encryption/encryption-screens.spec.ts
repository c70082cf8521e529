import { TestBed } from '@angular/core/testing';
import { Router } from '@angular/router';
import { ChatSyncService, withCloud } from '@chat-vault/chat-sync';
import { withEncryption } from '@chat-vault/chat-sync/encryption';
import { CloudError } from '@chat-vault/cloud-storage';
import { type MemoryCloud, memoryCloud } from '@chat-vault/cloud-storage/memory';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { CLOCK } from '../device/clock';
import { textMessage } from '../messages/text-message';
import { CopyRuns } from '../storage/copy-runs';
import { type AppHarness, openApp } from '../testing/app-harness';
import { LOAD_JUDGE, TYPING_PAUSE } from './judge-passphrase';
import { strengthOf } from './passphrase-strength';

const passphrase = 'seven lemons dance quietly';
const DAY_MS = 86_400_000;
const textOf = (element: Element | null) => element?.textContent?.replace(/\s+/g, ' ').trim() ?? '';
const message = (id: string) =>
  textMessage({
    id,
    conversationUrn: 'urn:chat:own:Club',
    senderId: 'Ann',
    sentTimestamp: '2024-01-30T12:00:00.000Z',
    text: 'Hello there',
  });

let now = Date.UTC(2026, 0, 1, 12);
/** What judges here: long ones are good, and the dictionaries are tried on their own. */
const judge = (text: string) => strengthOf({ guesses: 10 ** text.length });
let loadJudge = async () => judge;

const open = async (cloud: MemoryCloud = memoryCloud({ providerId: 'a' }), url = '/storage') => {
  const app = await openApp(url, {
    features: [withEncryption(), withCloud(() => cloud)],
    providers: [
      { provide: LOAD_JUDGE, useValue: () => loadJudge() },
      { provide: TYPING_PAUSE, useValue: async () => undefined },
      { provide: CLOCK, useValue: () => now },
    ],
  });
  await TestBed.inject(ChatSyncService).connect('a');
  await app.settle();
  return { app, cloud, sync: TestBed.inject(ChatSyncService) };
};
type Opened = Awaited<ReturnType<typeof open>>;

const pathsOf = (cloud: MemoryCloud) => cloud.files().map(({ path }) => path);
const state = (app: AppHarness) => app.get('encryption-card').dataset['state'];
const submit = async (app: AppHarness, testId: string) => {
  app
    .get(testId)
    .closest('form')
    ?.dispatchEvent(new Event('submit', { cancelable: true }));
  await app.settle();
};
const choose = async (app: AppHarness, text: string, again = text) => {
  await app.type('new-passphrase', text);
  await app.type('new-passphrase-again', again);
};
const codeOf = (app: AppHarness) =>
  [...app.get('recovery-code').querySelectorAll('code')].map(textOf).join('-');
const askedOf = (app: AppHarness) =>
  [...app.get('turn-on-dialog').querySelectorAll<HTMLElement>('[data-testid^=group-]')].map(
    ({ dataset }) => Number(dataset['testid']?.slice('group-'.length)),
  );
const typeBack = async (app: AppHarness, code: string) => {
  for (const group of askedOf(app))
    await app.type(`group-${group}`, code.split('-')[group - 1] ?? '');
};
/** As a person does; gives the recovery code. */
const turnOn = async ({ app }: Opened): Promise<string> => {
  await app.click('turn-on');
  await choose(app, passphrase);
  await submit(app, 'turn-on-next');
  const code = codeOf(app);
  await app.click('sheet-next');
  await typeBack(app, code);
  await submit(app, 'turn-on-finish');
  expect(app.find('turn-on-done')).not.toBeNull();
  app.find('turn-on-close')?.click();
  app.find('turn-on-later')?.click();
  await app.settle();
  return code;
};
const typeSecret = async (app: AppHarness, testId: string, text: string) => {
  await app.type(testId, text);
  await submit(app, testId);
};
const anotherDevice = () => {
  TestBed.resetTestingModule();
  localStorage.clear();
};

beforeEach(() => {
  localStorage.clear();
  now = Date.UTC(2026, 0, 1, 12);
  loadJudge = async () => judge;
});

describe('turning encryption on', () => {
  it('is offered where a cloud is connected, and takes three steps', async () => {
    const opened = await open();
    const { app, cloud } = opened;
    await (await app.sync.storage()).save(message('m1'));
    expect(state(app)).toBe('off');
    const code = await turnOn(opened);
    expect(code.split('-')).toHaveLength(13);
    expect(state(app)).toBe('unlocked');
    expect(textOf(app.get('verified-at'))).toBe('Not yet on this device');
    const vault = pathsOf(cloud).filter((path) => !path.includes('/keyring/'));
    expect(vault.length).toBeGreaterThan(0);
    for (const path of vault) expect(path).toMatch(/\.enc$/);
    expect(document.querySelector('.cv-paper')).toBeNull();
  });

  it('refuses a passphrase that is guessed, and asks for a word on a weak one', async () => {
    const { app, sync } = await open();
    await app.click('turn-on');
    await submit(app, 'turn-on-next');
    expect(textOf(app.get('passphrase-problem'))).toBe('Choose a passphrase.');
    await choose(app, 'abcdefg');
    await submit(app, 'turn-on-next');
    expect(textOf(app.get('strength'))).toContain('Would be guessed in minutes.');
    expect(textOf(app.get('passphrase-problem'))).toBe('Choose one that is harder to guess.');
    expect(app.find('accept-weak')).toBeNull();
    await choose(app, 'abcdefghij', 'abcdefghi');
    await submit(app, 'turn-on-next');
    expect(textOf(app.get('passphrase-problem'))).toBe('The two are not the same.');
    await choose(app, 'abcdefghij');
    await submit(app, 'turn-on-next');
    expect(textOf(app.get('passphrase-problem'))).toContain('tick the box');
    expect(sync.encryption().state).toBe('off');
    await app.click('accept-weak');
    await submit(app, 'turn-on-next');
    expect(app.find('recovery-code')).not.toBeNull();
  });

  it('leaves it to the person where the judge cannot be loaded, and loads it again for the next', async () => {
    let loads = 0;
    loadJudge = async () => {
      loads += 1;
      throw new Error('offline');
    };
    const { app } = await open();
    expect(loads).toBe(0);
    await app.click('turn-on');
    await choose(app, passphrase);
    expect(textOf(app.get('strength'))).toContain('could not be judged');
    expect(app.find('accept-weak')).not.toBeNull();
    loadJudge = async () => judge;
    await choose(app, `${passphrase}!`);
    expect(textOf(app.get('strength'))).toContain('Nobody will guess it.');
  });

  it('looks at each group while it is typed', async () => {
    const { app, sync } = await open();
    await app.click('turn-on');
    await choose(app, passphrase);
    await submit(app, 'turn-on-next');
    const code = codeOf(app);
    await app.click('sheet-next');
    const [first = 0] = askedOf(app);
    const field = () => app.get(`group-${first}`).closest('.asked')?.className;
    const shown = code.split('-')[first - 1] ?? '';
    await app.type(`group-${first}`, shown.slice(0, 4));
    expect(field()).toContain('open');
    await app.type(`group-${first}`, `${shown.slice(0, 4)}${shown.endsWith('7') ? '8' : '7'}`);
    expect(field()).toContain('wrong');
    await submit(app, 'turn-on-finish');
    expect(textOf(app.get('turn-on-problem'))).toContain(`Look at group ${first} again`);
    expect(sync.encryption().state).toBe('turning-on');
    await app.type(`group-${first}`, shown.toLowerCase());
    expect(field()).toContain('right');
    expect(app.find('turn-on-problem')).toBeNull();
  });

  it('puts the sheet beside the app, for paper only', async () => {
    const { app } = await open();
    await app.click('turn-on');
    await choose(app, passphrase);
    await submit(app, 'turn-on-next');
    const paper = document.querySelector('body > .cv-paper');
    expect(textOf(paper)).toContain('Chat Vault: recovery code');
    const printed = [...(paper?.querySelectorAll('code') ?? [])].map(textOf).join('-');
    expect(printed).toBe(codeOf(app));
    await app.click('sheet-next');
    expect(document.querySelector('.cv-paper')).toBeNull();
  });

  it('given up in the middle changes nothing and says so', async () => {
    const { app, cloud, sync } = await open();
    const before = pathsOf(cloud);
    await app.click('turn-on');
    await choose(app, passphrase);
    await submit(app, 'turn-on-next');
    const close = () =>
      app.get('turn-on-dialog').querySelector<HTMLElement>('[aria-label=Close]')?.click();
    close();
    await app.settle();
    expect(sync.encryption().state).toBe('turning-on');
    await app.click('confirm');
    expect(app.find('turn-on-dialog')).toBeNull();
    expect(sync.encryption().state).toBe('off');
    expect(pathsOf(cloud)).toEqual(before);
  });

  it('given up does not lock another tab that turned it on meanwhile', async () => {
    const { app, sync } = await open();
    const lock = vi.spyOn(sync, 'lock');
    await app.click('turn-on');
    await choose(app, passphrase);
    await submit(app, 'turn-on-next');
    await app.go('/');
    expect(sync.encryption().state).toBe('off');
    expect(lock).not.toHaveBeenCalled();
  });

  it('is given up when the page is left', async () => {
    const { app, sync } = await open();
    await app.click('turn-on');
    await choose(app, passphrase);
    await submit(app, 'turn-on-next');
    await app.go('/');
    expect(sync.encryption().state).toBe('off');
    expect(document.querySelector('.cv-paper')).toBeNull();
  });

  it('stays at its last step while a cloud fails, and goes on', async () => {
    const { app, cloud } = await open();
    await app.click('turn-on');
    await choose(app, passphrase);
    await submit(app, 'turn-on-next');
    const code = codeOf(app);
    await app.click('sheet-next');
    await typeBack(app, code);
    const create = cloud.create.bind(cloud);
    cloud.create = () => Promise.reject(new CloudError('quota-exceeded', 'full'));
    await submit(app, 'turn-on-finish');
    expect(textOf(app.get('turn-on-problem'))).toContain('The cloud is full');
    cloud.create = create;
    // Where storing was tried the code may be good: it must not be thrown away.
    app.get('turn-on-dialog').querySelector<HTMLElement>('[aria-label=Close]')?.click();
    await app.settle();
    expect(document.querySelector('cv-confirm')?.textContent).toContain('Keep the passphrase');
    document.querySelector<HTMLElement>('cv-confirm [aria-label=Close]')?.click();
    await app.settle();
    await typeBack(app, code);
    await submit(app, 'turn-on-finish');
    expect(app.find('turn-on-done')).not.toBeNull();
  });

  it('tells on the next page when storing failed after the page was left', async () => {
    const { app, cloud, sync } = await open();
    await app.click('turn-on');
    await choose(app, passphrase);
    await submit(app, 'turn-on-next');
    const code = codeOf(app);
    await app.click('sheet-next');
    await typeBack(app, code);
    let fail = (_error: CloudError): void => undefined;
    const storing = new Promise<never>((_resolve, reject) => (fail = reject));
    const begun = vi.spyOn(cloud, 'create').mockReturnValue(storing);
    app.get('turn-on-finish').click();
    await expect.poll(() => begun.mock.calls.length).toBe(1);
    await TestBed.inject(Router).navigateByUrl('/');
    expect(app.find('turn-on-dialog')).toBeNull();
    fail(new CloudError('quota-exceeded', 'full'));
    await app.settle();
    expect(textOf(app.get('toast'))).toContain('Encryption was not turned on. The cloud is full');
    expect(textOf(app.get('toast'))).toContain('Keep the passphrase');
    expect(sync.encryption().state).toBe('off');
  });

  it('offers to unlock what was begun before', async () => {
    const first = await open();
    await turnOn(first);
    // Another device that did not look into the cloud yet.
    anotherDevice();
    const { app } = await open(first.cloud);
    expect(state(app)).toBe('off');
    await app.click('turn-on');
    await choose(app, passphrase);
    await submit(app, 'turn-on-next');
    expect(textOf(app.get('turn-on-begun'))).toContain('Nothing was changed now');
    await typeSecret(app, 'unlock-secret', passphrase);
    expect(state(app)).toBe('unlocked');
  });
});

describe('a locked device', () => {
  it('says so on every page, keeps changes, and unlocks by either secret', async () => {
    const first = await open();
    await (await first.app.sync.storage()).save(message('m1'));
    const code = await turnOn(first);
    for (const secret of [passphrase, code.toLowerCase()]) {
      anotherDevice();
      const { app, cloud, sync } = await open(first.cloud);
      await sync.syncMessages();
      await app.settle();
      expect(state(app)).toBe('locked');
      expect(textOf(app.get('sync-state'))).toBe('Locked on this device');
      expect(app.find('locked-notice')).toBeNull();
      await app.go('/');
      expect(app.find('locked-notice')).not.toBeNull();
      expect(app.find('locked-bar')).not.toBeNull();
      const before = pathsOf(cloud);
      await (await app.sync.storage()).save(message(`own ${secret}`));
      await typeSecret(app, 'unlock-secret', 'not the passphrase');
      expect(textOf(app.get('unlock-problem'))).toContain('That is not the passphrase');
      expect(pathsOf(cloud)).toEqual(before);
      await typeSecret(app, 'unlock-secret', secret);
      expect(app.find('locked-notice')).toBeNull();
      expect(sync.encryption().state).toBe('unlocked');
      expect(sync.pendingChanges()).toBe(0);
      expect(pathsOf(cloud).length).toBeGreaterThan(before.length);
    }
  });

  it('says which group of a code is mistyped, while it is typed and when it is sent', async () => {
    const opened = await open();
    const { app, sync } = opened;
    const code = await turnOn(opened);
    await sync.lock();
    await app.settle();
    const groups = code.split('-');
    await app.type('unlock-secret', groups.slice(0, 5).join(' '));
    expect(textOf(app.get('unlock-secret-hint'))).toBe(
      'A recovery code: 5 of 13 groups are right.',
    );
    const wrong = groups.map((group, index) =>
      index === 5 ? `${group.slice(0, 4)}${group.endsWith('7') ? '8' : '7'}` : group,
    );
    await app.type('unlock-secret', wrong.join('-'));
    expect(textOf(app.get('unlock-secret-hint'))).toContain('Look at group 6 again');
    await submit(app, 'unlock-secret');
    expect(textOf(app.get('unlock-problem'))).toContain('Look at group 6 of the recovery code');
  });

  it('is locked by a question, and follows what another tab does', async () => {
    const opened = await open();
    const { app, sync } = opened;
    await turnOn(opened);
    await app.click('lock');
    await app.click('confirm');
    expect(state(app)).toBe('locked');
    await sync.unlock({ passphrase });
    await app.settle();
    expect(state(app)).toBe('unlocked');
    await sync.lock();
    await app.settle();
    expect(state(app)).toBe('locked');
  });
});

describe('a copy as a file', () => {
  it('of an encrypted cloud says what it is, is no use without the keys, and is read with them', async () => {
    const first = await open();
    expect(textOf(first.app.get('copy-readers'))).toBe('Whoever has the file can read them.');
    await (await first.app.sync.storage()).save(message('m1'));
    await turnOn(first);
    await first.app.type('copy-source', 'a');
    expect(textOf(first.app.get('copy-readers'))).toContain('encrypted in the file');
    const exported = await first.sync.exportVault({ providerId: 'a' });
    if (!exported.ok) throw exported.error;
    const file = await new Response(exported.report.stream).blob();

    anotherDevice();
    const { app, sync } = await open(first.cloud);
    await TestBed.inject(CopyRuns).bringIn(file);
    await app.settle();
    expect(textOf(app.get('copy-problem'))).toContain('This copy is encrypted');
    expect(await (await app.sync.storage()).recordCount()).toBe(0);
    await sync.unlock({ passphrase });
    await TestBed.inject(CopyRuns).bringIn(file);
    await app.settle();
    expect(app.find('copy-problem')).toBeNull();
    expect(await (await app.sync.storage()).recordCount()).toBe(1);
  });
});

describe('an unlocked device', () => {
  it('encrypts what is there already', async () => {
    const opened = await open();
    const { app, cloud, sync } = opened;
    for (let index = 0; index < 3; index++) {
      await (await app.sync.storage()).save(message(`m${index}`));
      await sync.syncMessages();
    }
    await turnOn(opened);
    expect(textOf(app.get('plain-left'))).toMatch(/files?/);
    await app.click('rewrite');
    expect(app.find('plain-left')).toBeNull();
    expect(textOf(app.get('toast'))).toContain('written anew');
    const report = await sync.verifyRecovery({ passphrase });
    expect(report).toMatchObject({ ok: true, report: { clouds: [{ ok: true }] } });
    expect(cloud.files().length).toBeGreaterThan(0);
  });

  it('stops encrypting what is there when it is told to, and goes on the next time', async () => {
    const opened = await open();
    const { app, cloud } = opened;
    await (await app.sync.storage()).save(message('m1'));
    await opened.sync.syncMessages();
    await turnOn(opened);
    let release = () => undefined as void;
    const gate = new Promise<void>((resolve) => (release = resolve));
    const create = cloud.create.bind(cloud);
    const held = vi.spyOn(cloud, 'create').mockImplementation(async (...call) => {
      await gate;
      return create(...call);
    });
    app.get('rewrite').click();
    await expect.poll(() => held.mock.calls.length).toBeGreaterThan(0);
    await expect.poll(() => app.find('rewrite-progress')).not.toBeNull();
    expect(app.find('rewrite')).toBeNull();
    app.get('rewrite-stop').click();
    release();
    await app.settle();
    expect(textOf(app.get('toast'))).toContain('Stopped; the next time goes on from there');
    expect(app.find('rewrite-progress')).toBeNull();
    held.mockRestore();
    await app.click('rewrite');
    expect(app.find('plain-left')).toBeNull();
  });

  it('checks the recovery month by month, and remembers the success', async () => {
    const opened = await open();
    const { app } = opened;
    await (await app.sync.storage()).save(message('m1'));
    const code = await turnOn(opened);
    await app.click('check-recovery');
    await typeSecret(app, 'check-secret', 'not the passphrase');
    expect(textOf(app.get('check-problem'))).toContain('That is not the passphrase');
    await typeSecret(app, 'check-secret', code);
    expect(app.get('check-result').dataset['ok']).toBe('true');
    expect(textOf(app.get('check-result'))).toContain('Your recovery code works');
    expect(textOf(app.get('check-summary'))).toBe('1 of 1 month opened');
    await app.click('check-close');
    expect(textOf(app.get('verified-at'))).toBe('Today');
  });

  it('takes no check for a success that opened nothing encrypted', async () => {
    const opened = await open();
    const { app } = opened;
    await (await app.sync.storage()).save(message('m1'));
    await opened.sync.syncMessages();
    const code = await turnOn(opened);
    await app.click('check-recovery');
    await typeSecret(app, 'check-secret', code);
    expect(app.get('check-result').dataset['ok']).toBe('false');
    expect(textOf(app.get('check-result'))).toContain('nothing more could be tried');
    await app.click('check-close');
    expect(textOf(app.get('verified-at'))).toBe('Not yet on this device');
  });

  it('changes the passphrase', async () => {
    const opened = await open();
    const { app, sync } = opened;
    const code = await turnOn(opened);
    const change = async (current: string) => {
      await app.type('current-secret', current);
      await choose(app, 'another long one');
      await submit(app, 'current-secret');
    };
    await app.click('change-passphrase');
    await change('wrong');
    expect(textOf(app.get('change-problem'))).toContain('That is not the passphrase');
    await change(passphrase);
    expect(app.find('change-dialog')).toBeNull();
    await sync.lock();
    await app.settle();
    await typeSecret(app, 'unlock-secret', passphrase);
    expect(state(app)).toBe('locked');
    await typeSecret(app, 'unlock-secret', 'another long one');
    expect(state(app)).toBe('unlocked');
    await sync.lock();
    await app.settle();
    await typeSecret(app, 'unlock-secret', code);
    expect(state(app)).toBe('unlocked');
  });

  it('is turned off with the secret, and says that the others must be told', async () => {
    const opened = await open();
    const { app, sync } = opened;
    await turnOn(opened);
    await app.click('turn-off');
    await typeSecret(app, 'turn-off-secret', 'wrong');
    expect(textOf(app.get('turn-off-problem'))).toContain('That is not the passphrase');
    expect(sync.encryption().state).toBe('unlocked');
    await typeSecret(app, 'turn-off-secret', passphrase);
    expect(textOf(app.get('turn-off-done'))).toContain('each of your other devices');
    expect(sync.encryption().state).toBe('off');
    await app.click('turn-off-close');
    expect(state(app)).toBe('off');
  });
});

describe('the reminder', () => {
  const look = async (app: AppHarness) => {
    document.dispatchEvent(new Event('visibilitychange'));
    await app.settle();
  };

  it('comes four weeks after turning on, waits a week when it is put off, and shows the last success', async () => {
    const opened = await open();
    const { app } = opened;
    await (await app.sync.storage()).save(message('m1'));
    const code = await turnOn(opened);
    await app.go('/');
    now += 27 * DAY_MS;
    await look(app);
    expect(app.find('recovery-reminder')).toBeNull();
    now += DAY_MS;
    await look(app);
    expect(textOf(app.get('reminder-last'))).toBe('It was not checked on this device yet.');
    await app.click('reminder-later');
    expect(app.find('recovery-reminder')).toBeNull();
    now += 6 * DAY_MS;
    await look(app);
    expect(app.find('recovery-reminder')).toBeNull();
    now += DAY_MS;
    await look(app);
    expect(app.find('recovery-reminder')).not.toBeNull();
    await app.sync.advance(now - Date.UTC(2026, 0, 1, 12));
    // The passphrase says nothing of the recovery code.
    await app.click('reminder-check');
    await typeSecret(app, 'check-secret', passphrase);
    await app.click('check-close');
    expect(textOf(app.get('reminder-last'))).toBe(
      'The last success was today, with the passphrase.',
    );
    await app.click('reminder-check');
    await typeSecret(app, 'check-secret', code);
    await app.click('check-close');
    expect(app.find('recovery-reminder')).toBeNull();
    now += 28 * DAY_MS;
    await look(app);
    expect(textOf(app.get('reminder-last'))).toBe('The last success was 4 weeks ago.');
  });

  it('is remembered by the next page', async () => {
    const opened = await open();
    await turnOn(opened);
    expect(localStorage.getItem('chat-vault.encryption-since')).toBe(String(now));
  });

  it('is put off in all tabs', async () => {
    const opened = await open();
    const { app } = opened;
    await turnOn(opened);
    now += 28 * DAY_MS;
    await app.go('/');
    await look(app);
    expect(app.find('recovery-reminder')).not.toBeNull();
    localStorage.setItem('chat-vault.recovery-later', String(now + DAY_MS));
    window.dispatchEvent(new StorageEvent('storage'));
    await app.settle();
    expect(app.find('recovery-reminder')).toBeNull();
  });

  it('is not shown to people who do not encrypt', async () => {
    localStorage.setItem('chat-vault.encryption-since', '0');
    const { app } = await open(undefined, '/');
    await look(app);
    expect(app.find('recovery-reminder')).toBeNull();
  });
});
