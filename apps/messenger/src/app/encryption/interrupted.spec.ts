import { TestBed } from '@angular/core/testing';
import { ChatSyncService, withCloud } from '@chat-vault/chat-sync';
import { withEncryption } from '@chat-vault/chat-sync/encryption';
import { CloudError } from '@chat-vault/cloud-storage';
import { type MemoryCloud, memoryCloud } from '@chat-vault/cloud-storage/memory';
import { EngineError } from '@chat-vault/vault-engine';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { textMessage } from '../messages/text-message';
import { type AppHarness, openApp } from '../testing/app-harness';
import { type JudgePassphrase, LOAD_JUDGE, TYPING_PAUSE } from './judge-passphrase';
import { strengthOf } from './passphrase-strength';
import { RewriteRuns } from './rewrite-runs';

const passphrase = 'seven lemons dance quietly';
const other = 'quartz lantern meadow otter';
const textOf = (element: Element | null) => element?.textContent?.replace(/\s+/g, ' ').trim() ?? '';
const message = (id: string) =>
  textMessage({
    id,
    conversationUrn: 'urn:chat:own:Club',
    senderId: 'Ann',
    sentTimestamp: '2024-01-30T12:00:00.000Z',
    text: 'Hello there',
  });
const judge: JudgePassphrase = (text) => strengthOf({ guesses: 10 ** text.length });
let loadJudge = async (): Promise<JudgePassphrase> => judge;

/** A device with two clouds. */
const open = async () => {
  const clouds: Readonly<Record<'a' | 'b', MemoryCloud>> = {
    a: memoryCloud({ providerId: 'a' }),
    b: memoryCloud({ providerId: 'b' }),
  };
  const app = await openApp('/storage', {
    features: [withEncryption(), withCloud(() => clouds.a), withCloud(() => clouds.b)],
    providers: [
      { provide: LOAD_JUDGE, useValue: () => loadJudge() },
      { provide: TYPING_PAUSE, useValue: async () => undefined },
    ],
  });
  const sync = TestBed.inject(ChatSyncService);
  await sync.connect('a');
  await sync.connect('b');
  await app.settle();
  return { app, sync, ...clouds };
};
type Opened = Awaited<ReturnType<typeof open>>;

const encrypt = async ({ app, sync }: Opened) => {
  const enabled = await sync.enableEncryption({ passphrase });
  if (!enabled.ok) throw enabled.error;
  const { recoveryCode, groups } = enabled.report;
  const typed = groups.map((group) => recoveryCode.split('-')[group - 1] ?? '');
  const confirmed = await sync.confirmRecovery(typed);
  if (!confirmed.ok) throw confirmed.error;
  await app.settle();
};
const sendForm = (app: AppHarness, testId: string) =>
  app
    .get(testId)
    .closest('form')
    ?.dispatchEvent(new Event('submit', { cancelable: true }));
const submit = async (app: AppHarness, testId: string) => {
  sendForm(app, testId);
  await app.settle();
};
const choose = async (app: AppHarness, text: string) => {
  await app.type('new-passphrase', text);
  await app.type('new-passphrase-again', text);
};
/** From the sheet to the fields for its groups, all of them typed. */
const typeBack = async (app: AppHarness) => {
  const groups = [...app.get('recovery-code').querySelectorAll('code')].map(textOf);
  await app.click('sheet-next');
  for (const field of document.querySelectorAll<HTMLElement>('[data-testid^=group-]')) {
    const group = Number(field.dataset['testid']?.slice('group-'.length));
    await app.type(`group-${group}`, groups[group - 1] ?? '');
  }
};
const toLastStep = async (app: AppHarness) => {
  await app.click('turn-on');
  await choose(app, passphrase);
  await submit(app, 'turn-on-next');
  await typeBack(app);
};
const toLastStepOfChange = async (app: AppHarness) => {
  await app.click('change-key');
  await app.type('key-secret', passphrase);
  await submit(app, 'key-secret');
  await typeBack(app);
};
const failing = (cloud: MemoryCloud) =>
  vi.spyOn(cloud, 'create').mockRejectedValue(new CloudError('offline', 'no network'));
/** Holds what is stored until the test goes on. */
const holding = (cloud: MemoryCloud) => {
  let release = (): void => undefined;
  const gate = new Promise<void>((resolve) => (release = resolve));
  const create = cloud.create.bind(cloud);
  const spy = vi.spyOn(cloud, 'create').mockImplementation(async (...call) => {
    await gate;
    return create(...call);
  });
  return { spy, release };
};
const toasts = (app: AppHarness) => app.all('toast').map(textOf).join(' | ');

beforeEach(() => {
  localStorage.clear();
  loadJudge = async () => judge;
});

describe('writing anew', () => {
  it('says no success, and stays offered, where no cloud is connected', async () => {
    localStorage.setItem('chat-vault.rewrite-due', 'yes');
    const app = await openApp('/storage', { features: [withEncryption()] });
    await TestBed.inject(RewriteRuns).run();
    await app.settle();
    expect(toasts(app)).not.toContain('Everything');
    expect(toasts(app)).toContain('No cloud is connected');
    expect(localStorage.getItem('chat-vault.rewrite-due')).toBe('yes');
  });
});

describe('where one of two clouds has the keys and the other one failed', () => {
  it('does not say that nothing was changed by turning encryption on', async () => {
    const { app, b } = await open();
    await toLastStep(app);
    failing(b);
    await submit(app, 'turn-on-finish');
    expect(textOf(app.get('turn-on-problem'))).toContain('The cloud does not answer');
    expect(textOf(app.get('turn-on-problem'))).not.toContain('Nothing was changed');
  });

  it('does not say that nothing was changed by another passphrase, and the same once more ends it', async () => {
    const opened = await open();
    const { app, sync, b } = opened;
    await encrypt(opened);
    await app.click('change-passphrase');
    const failed = failing(b);
    await app.type('current-secret', passphrase);
    await choose(app, other);
    await submit(app, 'current-secret');
    expect(textOf(app.get('change-problem'))).toContain('The cloud does not answer');
    expect(textOf(app.get('change-problem'))).not.toContain('Nothing was changed');
    expect(textOf(app.get('change-problem'))).toContain('Keep the old and the new passphrase');
    failed.mockRestore();
    await submit(app, 'current-secret');
    expect(app.find('change-dialog')).toBeNull();
    expect((await sync.verifyRecovery({ passphrase: other })).ok).toBe(true);
  });

  it('tells a person who left the page that the passphrase was not changed everywhere', async () => {
    const opened = await open();
    const { app, b } = opened;
    await encrypt(opened);
    await app.click('change-passphrase');
    failing(b);
    await app.type('current-secret', passphrase);
    await choose(app, other);
    sendForm(app, 'current-secret');
    await app.go('/');
    await app.settle();
    expect(toasts(app)).toContain('Keep the old and the new passphrase');
  });

  it('tells a person who leaves the page that the recovery code may be good', async () => {
    const { app, b } = await open();
    await toLastStep(app);
    failing(b);
    await submit(app, 'turn-on-finish');
    await app.go('/');
    expect(toasts(app)).toContain('Keep the passphrase and the recovery code');
  });

  it('keeps the old sheet of a cloud that did not get the new key yet', async () => {
    const opened = await open();
    const { app, sync, b } = opened;
    await encrypt(opened);
    await toLastStepOfChange(app);
    const failed = failing(b);
    await submit(app, 'key-finish');
    expect(textOf(app.get('key-done'))).not.toContain('opens nothing any more');
    expect(textOf(app.get('key-done'))).toContain('Keep the old recovery sheet');
    failed.mockRestore();
    await sync.syncMessages();
    await app.settle();
    expect(textOf(app.get('key-done'))).toContain('Throw the old recovery sheet away');
  });
});

describe('leaving in the middle', () => {
  it('of changing the key after a failed try tells that both sheets may count', async () => {
    const opened = await open();
    const { app, a, b } = opened;
    await encrypt(opened);
    await toLastStepOfChange(app);
    failing(a);
    failing(b);
    await submit(app, 'key-finish');
    expect(textOf(app.get('key-problem'))).not.toContain('Nothing was changed');
    await app.go('/');
    expect(toasts(app)).toContain('Keep the old and the new sheet');
  });

  it('and giving up in the card while keys are stored says nothing that is not so', async () => {
    const { app, sync, a } = await open();
    await toLastStep(app);
    const { spy, release } = holding(a);
    sendForm(app, 'turn-on-finish');
    await expect.poll(() => spy.mock.calls.length).toBeGreaterThan(0);
    await sync.cancelRecovery();
    release();
    await app.settle();
    expect(textOf(app.get('turn-on-problem'))).toContain('given up meanwhile');
    expect(textOf(app.get('turn-on-problem'))).not.toContain('Nothing was changed');
  });

  it('where another device was faster leaves nothing begun behind', async () => {
    const { app, sync } = await open();
    await toLastStep(app);
    const error = new EngineError('already-encrypted', 'another device did');
    vi.spyOn(sync, 'confirmRecovery').mockResolvedValue({ ok: false, error });
    await submit(app, 'turn-on-finish');
    expect(app.find('turn-on-begun')).not.toBeNull();
    expect(sync.encryption().state).not.toBe('turning-on');
  });
});

describe('a new passphrase', () => {
  it('is judged as it is in the end, also when it was changed while the judge was loading', async () => {
    let loaded = (): void => undefined;
    const gate = new Promise<void>((resolve) => (loaded = resolve));
    loadJudge = async () => {
      await gate;
      return judge;
    };
    const { app, sync } = await open();
    const put = (testId: string, text: string) => {
      const field = app.get(testId) as HTMLInputElement;
      field.value = text;
      field.dispatchEvent(new Event('input', { bubbles: true }));
    };
    await app.click('turn-on').catch(() => undefined);
    await expect.poll(() => app.find('new-passphrase')).not.toBeNull();
    put('new-passphrase', passphrase);
    put('new-passphrase-again', passphrase);
    sendForm(app, 'new-passphrase');
    put('new-passphrase', 'abc');
    put('new-passphrase-again', 'abc');
    loaded();
    await app.settle();
    expect(app.find('recovery-code')).toBeNull();
    expect(textOf(app.get('passphrase-problem'))).toBe('Choose one that is harder to guess.');
    expect(sync.encryption().state).toBe('off');
  });
});

describe('pressing twice', () => {
  it('unlocks and checks once', async () => {
    const opened = await open();
    const { app, sync } = opened;
    await (await app.sync.storage()).save(message('m1'));
    await encrypt(opened);
    const verify = vi.spyOn(sync, 'verifyRecovery');
    await app.click('check-recovery');
    await app.type('check-secret', passphrase);
    sendForm(app, 'check-secret');
    await submit(app, 'check-secret');
    expect(verify).toHaveBeenCalledTimes(1);
    await app.click('check-close');
    await sync.lock();
    await app.settle();
    const unlock = vi.spyOn(sync, 'unlock');
    await app.type('unlock-secret', passphrase);
    sendForm(app, 'unlock-secret');
    await submit(app, 'unlock-secret');
    expect(unlock).toHaveBeenCalledTimes(1);
  });
});

describe('a check that did not go well', () => {
  it('keeps what was typed, and gives the focus back', async () => {
    const opened = await open();
    const { app } = opened;
    await encrypt(opened);
    await app.click('check-recovery');
    await app.type('check-secret', 'not the passphrase');
    await submit(app, 'check-secret');
    expect(app.find('check-problem')).not.toBeNull();
    expect((app.get('check-secret') as HTMLInputElement).value).toBe('not the passphrase');
    expect(document.activeElement).toBe(app.get('check-secret'));
  });
});
