import { createEnvironmentInjector, EnvironmentInjector } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { ChatSyncService, withCloud } from '@chat-vault/chat-sync';
import { type RecoverySheet, withEncryption } from '@chat-vault/chat-sync/encryption';
import { provideChatSyncTesting } from '@chat-vault/chat-sync/testing';
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
const other = 'quartz lantern meadow otter';
const START = Date.UTC(2026, 0, 1, 12);
const textOf = (element: Element | null) => element?.textContent?.replace(/\s+/g, ' ').trim() ?? '';
const message = (id: string) =>
  textMessage({
    id,
    conversationUrn: 'urn:chat:own:Club',
    senderId: 'Ann',
    sentTimestamp: '2024-01-30T12:00:00.000Z',
    text: 'Hello there',
  });
let now = START;

const open = async (
  cloud: MemoryCloud = memoryCloud({ providerId: 'a' }),
  { url = '/storage', isConnected = true } = {},
) => {
  const app = await openApp(url, {
    features: [withEncryption(), withCloud(() => cloud)],
    providers: [
      {
        provide: LOAD_JUDGE,
        useValue: async () => (text: string) => strengthOf({ guesses: 10 ** text.length }),
      },
      { provide: TYPING_PAUSE, useValue: async () => undefined },
      { provide: CLOCK, useValue: () => now },
    ],
  });
  const sync = TestBed.inject(ChatSyncService);
  if (isConnected) await sync.connect('a');
  await app.settle();
  return { app, cloud, sync };
};
type Opened = Awaited<ReturnType<typeof open>>;

const groupsOf = ({ recoveryCode, groups }: RecoverySheet) =>
  groups.map((group) => recoveryCode.split('-')[group - 1] ?? '');
/** Without the screens, which have tests of their own. */
const encrypt = async ({ app, sync }: Opened, secret = passphrase): Promise<RecoverySheet> => {
  const enabled = await sync.enableEncryption({ passphrase: secret });
  if (!enabled.ok) throw enabled.error;
  const confirmed = await sync.confirmRecovery(groupsOf(enabled.report));
  if (!confirmed.ok) throw confirmed.error;
  await app.settle();
  return enabled.report;
};
const submit = async (app: AppHarness, testId: string) => {
  app
    .get(testId)
    .closest('form')
    ?.dispatchEvent(new Event('submit', { cancelable: true }));
  await app.settle();
};
const state = (app: AppHarness) => app.get('encryption-card').dataset['state'];
const codeOf = (app: AppHarness) =>
  [...app.get('recovery-code').querySelectorAll('code')].map(textOf).join('-');
const typeBack = async (app: AppHarness, code: string) => {
  for (const field of document.querySelectorAll<HTMLElement>('[data-testid^=group-]')) {
    const group = Number(field.dataset['testid']?.slice('group-'.length));
    await app.type(`group-${group}`, code.split('-')[group - 1] ?? '');
  }
};
/** From the sheet on; gives the new recovery code. */
const finish = async (app: AppHarness): Promise<string> => {
  const code = codeOf(app);
  await app.click('sheet-next');
  await typeBack(app, code);
  await submit(app, 'key-finish');
  return code;
};
const close = async (app: AppHarness) => {
  app.get('change-key-dialog').querySelector<HTMLElement>('[aria-label=Close]')?.click();
  await app.settle();
};
const anotherDevice = () => {
  TestBed.resetTestingModule();
  localStorage.clear();
};
const opens = async ({ sync }: Opened, secret: Parameters<ChatSyncService['verifyRecovery']>[0]) =>
  (await sync.verifyRecovery(secret)).ok;
const pathsOf = (cloud: MemoryCloud) => cloud.files().map(({ path }) => path);

beforeEach(() => {
  localStorage.clear();
  now = START;
});

describe('changing the key', () => {
  it('keeps the passphrase, gives a new recovery code, and offers to write the history anew', async () => {
    const opened = await open();
    const { app } = opened;
    await (await app.sync.storage()).save(message('m1'));
    const { recoveryCode } = await encrypt(opened);
    await app.click('change-key');
    await submit(app, 'key-secret');
    expect(app.find('recovery-code')).toBeNull();
    await app.type('key-secret', 'wrong');
    await submit(app, 'key-secret');
    expect(textOf(app.get('key-problem'))).toContain('That is not the passphrase');
    await app.type('key-secret', passphrase);
    await submit(app, 'key-secret');
    expect(state(app)).toBe('rotating');
    expect(textOf(app.get('encryption-tag'))).toBe('Key being changed');
    const code = await finish(app);
    expect(textOf(app.get('key-done'))).toContain('Throw the old recovery sheet away');
    expect(code).not.toBe(recoveryCode);
    await app.click('key-rewrite');
    expect(app.find('change-key-dialog')).toBeNull();
    expect(state(app)).toBe('unlocked');
    expect(textOf(app.get('toast'))).toContain('written anew');
    expect(await opens(opened, { passphrase })).toBe(true);
    expect(await opens(opened, { recoveryCode: code })).toBe(true);
    expect(await opens(opened, { recoveryCode })).toBe(false);
  });

  it('takes a new passphrase, which a recovery code needs', async () => {
    const opened = await open();
    const { app } = opened;
    const { recoveryCode } = await encrypt(opened);
    await app.click('change-key');
    await app.click('key-new-passphrase');
    expect(app.find('new-passphrase')).not.toBeNull();
    await app.click('key-new-passphrase');
    expect(app.find('new-passphrase')).toBeNull();
    await app.type('key-secret', recoveryCode);
    expect(app.find('key-passphrase-needed')).not.toBeNull();
    await submit(app, 'key-secret');
    expect(textOf(app.get('passphrase-problem'))).toBe('Choose a passphrase.');
    await app.type('new-passphrase', other);
    await app.type('new-passphrase-again', other);
    await submit(app, 'key-secret');
    await finish(app);
    await app.click('key-later');
    // What was put off is offered until it was done.
    await app.click('rewrite');
    expect(app.find('rewrite')).toBeNull();
    expect(localStorage.getItem('chat-vault.rewrite-due')).toBeNull();
    expect(await opens(opened, { passphrase: other })).toBe(true);
    expect(await opens(opened, { passphrase })).toBe(false);
  });

  it('given up in the middle changes nothing, by a question or by leaving the page', async () => {
    const opened = await open();
    const { app, cloud, sync } = opened;
    const { recoveryCode } = await encrypt(opened);
    const before = pathsOf(cloud);
    const begin = async () => {
      await app.click('change-key');
      await app.type('key-secret', passphrase);
      await submit(app, 'key-secret');
      expect(sync.encryption().state).toBe('rotating');
    };
    await begin();
    await close(app);
    expect(document.querySelector('cv-confirm')?.textContent).toContain('keep the old sheet');
    await app.click('confirm');
    expect(state(app)).toBe('unlocked');
    await begin();
    await app.go('/');
    expect(sync.encryption().state).toBe('unlocked');
    expect(pathsOf(cloud)).toEqual(before);
    expect(await opens(opened, { recoveryCode })).toBe(true);
  });

  it('stays at its last step while a cloud fails, and says that both sheets may count', async () => {
    const opened = await open();
    const { app, cloud } = opened;
    await encrypt(opened);
    await app.click('change-key');
    await app.type('key-secret', passphrase);
    await submit(app, 'key-secret');
    const code = codeOf(app);
    await app.click('sheet-next');
    await typeBack(app, code);
    const failing = vi
      .spyOn(cloud, 'create')
      .mockRejectedValue(new CloudError('quota-exceeded', 'full'));
    await submit(app, 'key-finish');
    expect(textOf(app.get('key-problem'))).toContain('The cloud is full');
    failing.mockRestore();
    await close(app);
    expect(document.querySelector('cv-confirm')?.textContent).toContain('Keep the old and the new');
    document.querySelector<HTMLElement>('cv-confirm [aria-label=Close]')?.click();
    await app.settle();
    await typeBack(app, code);
    await submit(app, 'key-finish');
    expect(app.find('key-done')).not.toBeNull();
    expect(await opens(opened, { recoveryCode: code })).toBe(true);
  });

  it('elsewhere locks this device with words of its own', async () => {
    const first = await open();
    await (await first.app.sync.storage()).save(message('m1'));
    await encrypt(first);
    anotherDevice();
    const { app, cloud, sync } = await open(first.cloud);
    await sync.syncMessages();
    await app.settle();
    const card = () => textOf(app.get('encryption-card'));
    expect(card()).toContain('the keys are not on this device');
    await sync.unlock({ passphrase });
    await rotateElsewhere(cloud);
    await sync.syncMessages();
    await app.settle();
    expect(state(app)).toBe('locked');
    expect(card()).toContain('The key was changed there');
    await app.go('/');
    expect(textOf(app.get('locked-notice'))).toContain('Another device has a new key');
    await app.type('unlock-secret', other);
    await submit(app, 'unlock-secret');
    expect(app.find('locked-notice')).toBeNull();
    expect(sync.encryption().state).toBe('unlocked');
  });
});

/** What another device of the person does. */
async function rotateElsewhere(cloud: MemoryCloud): Promise<void> {
  const { sync } = elsewhere(cloud);
  await sync.connect('a');
  await sync.unlock({ passphrase });
  const begun = await sync.rotateKeys({ passphrase }, { passphrase: other });
  if (!begun.ok) throw begun.error;
  const confirmed = await sync.confirmRecovery(groupsOf(begun.report));
  if (!confirmed.ok) throw confirmed.error;
}

let seed = 1;
/** Another device, without screens. */
function elsewhere(cloud: MemoryCloud): { readonly sync: ChatSyncService } {
  const features = [withEncryption(), withCloud(() => cloud)];
  const options = { seed: ++seed, isConnected: false };
  const injector = createEnvironmentInjector(
    [provideChatSyncTesting(options, ...features)],
    TestBed.inject(EnvironmentInjector),
  );
  return { sync: injector.get(ChatSyncService) };
}

describe('two devices that turned encryption on at the same time', () => {
  /** Both, neither of which sees what the other one writes; then this one is given the other passphrase. */
  const divided = async () => {
    const opened = await open();
    const { app, cloud, sync } = opened;
    const bob = elsewhere(cloud);
    await bob.sync.connect('a');
    const begun = await sync.enableEncryption({ passphrase });
    const bobs = await bob.sync.enableEncryption({ passphrase: other });
    if (!begun.ok || !bobs.ok) throw new Error('it was to begin');
    const list = cloud.list.bind(cloud);
    const before = pathsOf(cloud);
    cloud.list = async (...call) =>
      (await list(...call)).filter(({ path }) => before.includes(path));
    await sync.confirmRecovery(groupsOf(begun.report));
    await bob.sync.confirmRecovery(groupsOf(bobs.report));
    cloud.list = list;
    await bob.sync.syncMessages();
    await sync.syncMessages();
    await app.settle();
    return opened;
  };

  it('are asked for each other’s passphrase, and make one key of two with both', async () => {
    const opened = await divided();
    const { app, cloud, sync } = opened;
    expect(textOf(app.get('encryption-card'))).toContain('turned on there at the same time');
    await app.type('unlock-secret', other);
    await submit(app, 'unlock-secret');
    expect(textOf(app.get('divided-notice'))).toContain('at the same time');
    await app.click('unite');
    await app.type('key-secret', passphrase);
    await submit(app, 'key-secret');
    expect(app.find('recovery-code')).toBeNull();
    await app.type('key-other-secret', 'wrong');
    await submit(app, 'key-secret');
    expect(textOf(app.get('key-problem'))).toContain('One of the two opens nothing');
    await app.type('key-other-secret', other);
    await submit(app, 'key-secret');
    const code = await finish(app);
    expect(textOf(app.get('key-done'))).toContain('Throw both old recovery sheets away');
    await app.click('key-later');
    expect(app.find('divided-notice')).toBeNull();
    await sync.syncMessages();
    expect(sync.encryption()).toMatchObject({ state: 'unlocked', isDivided: false });
    for (const [secret, isRight] of [
      [{ passphrase }, true],
      [{ recoveryCode: code }, true],
      [{ passphrase: other }, false],
    ] as const) {
      const fresh = elsewhere(cloud);
      await fresh.sync.connect('a');
      expect((await fresh.sync.unlock(secret)).ok).toBe(isRight);
    }
  });

  it('are told above the conversations too', async () => {
    const { app } = await divided();
    await app.type('unlock-secret', other);
    await submit(app, 'unlock-secret');
    await app.go('/');
    await app.click('unite');
    expect(app.find('key-other-secret')).not.toBeNull();
  });
});

describe('an encrypted copy on a device without its key', () => {
  it('asks for the secret, and is read with it', async () => {
    const first = await open();
    await (await first.app.sync.storage()).save(message('m1'));
    const { recoveryCode } = await encrypt(first);
    const exported = await first.sync.exportVault({ providerId: 'a' });
    if (!exported.ok) throw exported.error;
    const file = await new Response(exported.report.stream).blob();
    anotherDevice();
    const { app, sync } = await open(undefined, { isConnected: false });
    await TestBed.inject(CopyRuns).bringIn(file);
    await app.settle();
    expect(textOf(app.get('copy-problem'))).toContain('This copy is encrypted');
    await app.type('copy-secret', 'wrong');
    await submit(app, 'copy-secret');
    expect(textOf(app.get('copy-problem'))).toContain('That is not the passphrase');
    expect(await (await app.sync.storage()).recordCount()).toBe(0);
    await app.type('copy-secret', recoveryCode.toLowerCase());
    await submit(app, 'copy-secret');
    expect(app.find('copy-problem')).toBeNull();
    expect(app.find('locked-copy')).toBeNull();
    expect(await (await app.sync.storage()).recordCount()).toBe(1);
    expect(sync.encryption().state).toBe('off');
  });

  it('may be left', async () => {
    const first = await open();
    await (await first.app.sync.storage()).save(message('m1'));
    await encrypt(first);
    const exported = await first.sync.exportVault({ providerId: 'a' });
    if (!exported.ok) throw exported.error;
    const file = await new Response(exported.report.stream).blob();
    anotherDevice();
    const { app } = await open(undefined, { isConnected: false });
    await TestBed.inject(CopyRuns).bringIn(file);
    await app.settle();
    await app.click('copy-leave');
    expect(app.find('locked-copy')).toBeNull();
    expect(app.find('copy-problem')).toBeNull();
  });
});
