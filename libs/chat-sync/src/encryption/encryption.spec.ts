import { withEncryption } from '@chat-vault/chat-sync/encryption';
import { CloudError } from '@chat-vault/cloud-storage';
import { memoryCloud } from '@chat-vault/cloud-storage/memory';
import { openIdbChatStorage } from '@chat-vault/chat-storage/idb';
import { describe, expect, it } from 'vitest';
import { withCloud } from '../provide/with-cloud';
import { withAutoSync } from '../provide/with-auto-sync';
import { openTestDevice } from '../test-devices';
import { messageAt } from '../test-messages';
import {
  cloudA,
  dataOf,
  type Device,
  type DeviceOptions,
  encrypt,
  encryptAtOnce,
  keyringOf,
  nextSeed,
  open,
  other,
  passphrase,
  pathsOf,
  typedOf,
} from './test-encryption';

describe('turning encryption on', () => {
  it('writes nothing before the recovery code was confirmed', async () => {
    const cloud = cloudA();
    const device = await open([cloud]);
    const { chatSync } = device;
    await device.history.save(messageAt(0));
    await chatSync.syncMessages();
    const before = pathsOf(cloud);
    const enabled = await chatSync.enableEncryption({ passphrase });
    if (!enabled.ok) throw enabled.error;
    const { groups, recoveryCode } = enabled.report;
    expect(recoveryCode.split('-')).toHaveLength(13);
    expect(chatSync.encryption()).toEqual({ state: 'turning-on', groups });
    expect(await chatSync.confirmRecovery(['', '', ''])).toMatchObject({
      ok: false,
      error: { code: 'mistyped-code', details: { group: groups[0] } },
    });
    expect(pathsOf(cloud)).toEqual(before);
    const typed = typedOf(enabled.report).map((group) => ` ${group.toLowerCase()}`);
    expect(await chatSync.confirmRecovery(typed)).toMatchObject({ ok: true });
    expect(chatSync.encryption()).toMatchObject({ state: 'unlocked', verifiedAt: null });
    expect(keyringOf(cloud)).toHaveLength(2);
    await device.history.save(messageAt(1));
    await chatSync.syncMessages();
    const news = dataOf(cloud).filter((path) => !before.includes(path));
    expect(news.length).toBeGreaterThan(0);
    for (const path of news) expect(path).toMatch(/\.enc$/);
  });

  it('seals nothing while the keyring could not be stored, and goes on when it can', async () => {
    const cloud = cloudA();
    const device = await open([cloud]);
    await device.history.save(messageAt(0));
    const enabled = await device.chatSync.enableEncryption({ passphrase });
    if (!enabled.ok) throw enabled.error;
    const create = cloud.create.bind(cloud);
    cloud.create = (path, ...rest) =>
      path.includes('/keyring/')
        ? Promise.reject(new CloudError('quota-exceeded', 'full'))
        : create(path, ...rest);
    const typed = typedOf(enabled.report);
    expect(await device.chatSync.confirmRecovery(typed)).toMatchObject({
      ok: false,
      error: { code: 'quota-exceeded' },
    });
    expect(pathsOf(cloud).filter((path) => path.endsWith('.enc'))).toEqual([]);
    expect(device.chatSync.encryption().state).toBe('turning-on');
    cloud.create = create;
    expect(await device.chatSync.confirmRecovery(typed)).toMatchObject({ ok: true });
    expect(device.chatSync.pendingChanges()).toBe(0);
  });

  it('cut off after the keys were stored, is completed by the next sync of a new page', async () => {
    const cloud = cloudA();
    const storage = () =>
      openIdbChatStorage({ name: 'encryption-cut', openChannel: () => undefined });
    const first = await open([cloud], { openStorage: storage });
    await first.history.save(messageAt(0));
    await first.chatSync.syncMessages();
    const create = cloud.create.bind(cloud);
    cloud.create = (path, ...rest) =>
      path.includes('/keyring/')
        ? create(path, ...rest)
        : Promise.reject(new CloudError('forbidden', 'cut off'));
    await encrypt(first);
    expect(first.state('a')?.status.state).toBe('connection-error');
    expect(pathsOf(cloud).filter((path) => path.endsWith('.enc'))).toEqual([]);
    cloud.create = create;
    const second = await open([cloud], { openStorage: storage });
    expect(await second.chatSync.syncMessages()).toMatchObject({ ok: true });
    expect(pathsOf(cloud).filter((path) => path.includes('/catalogs/'))).toEqual([
      expect.stringMatching(/\.enc$/),
    ]);
    const bob = await open([cloud]);
    await bob.chatSync.unlock({ passphrase });
    await bob.chatSync.syncMessages();
    expect(await bob.ids()).toEqual(['m0000']);
  });

  it('is refused where another device did it, and says so when withEncryption is missing', async () => {
    const cloud = cloudA();
    await encrypt(await open([cloud]));
    const { chatSync } = await open([cloud]);
    expect(await chatSync.enableEncryption({ passphrase: other })).toMatchObject({
      ok: false,
      error: { code: 'already-encrypted' },
    });
    const plain = openTestDevice(
      {},
      withCloud(() => cloud),
    );
    expect(await plain.chatSync.enableEncryption({ passphrase })).toMatchObject({
      error: { code: 'configuration' },
    });
    expect(await (await open([])).chatSync.enableEncryption({ passphrase })).toMatchObject({
      error: { code: 'not-connected' },
    });
  });

  it('gives all clouds the same keys, also one that is connected later', async () => {
    const [first, second] = [cloudA(), memoryCloud({ providerId: 'b' })];
    const device = openTestDevice(
      { seed: nextSeed() },
      withEncryption(),
      withCloud(() => first),
      withCloud(() => second),
    );
    await device.chatSync.connect('a');
    const { recoveryCode } = await encrypt(device);
    await device.history.save(messageAt(0));
    await device.chatSync.connect('b');
    expect(await device.chatSync.syncMessages()).toMatchObject({ ok: true });
    expect(keyringOf(second)).toEqual(keyringOf(first));
    for (const path of dataOf(second)) expect(path).toMatch(/\.enc$/);
    const reader = await open([second]);
    await reader.chatSync.unlock({ recoveryCode });
    await reader.chatSync.syncMessages();
    expect(await reader.ids()).toEqual(['m0000']);
  });
});

describe('a device without the keys', () => {
  it('is locked, loses nothing pending, and goes on once unlocked', async () => {
    const cloud = cloudA();
    const ann = await open([cloud]);
    await ann.history.save(messageAt(0));
    const { recoveryCode } = await encrypt(ann);
    const bob = await open([cloud]);
    await bob.history.save(messageAt(1));
    const before = pathsOf(cloud);
    expect(await bob.chatSync.syncMessages()).toMatchObject({
      ok: false,
      error: { code: 'locked' },
    });
    expect(bob.chatSync.status()).toMatchObject({
      state: 'locked',
      hint: expect.stringContaining('Unlock with your passphrase or recovery code'),
    });
    expect(bob.chatSync.encryption()).toEqual({ state: 'locked' });
    for (const secret of [{ passphrase: 'wrong' }, { recoveryCode: recoveryCode.slice(1) }])
      expect(await bob.chatSync.unlock(secret)).toMatchObject({
        ok: false,
        error: { code: 'passphrase' in secret ? 'wrong-secret' : 'mistyped-code' },
      });
    expect(pathsOf(cloud)).toEqual(before);
    expect(await bob.chatSync.unlock({ passphrase })).toMatchObject({
      ok: true,
      report: { state: 'unlocked' },
    });
    await bob.chatSync.syncMessages();
    await ann.chatSync.syncMessages();
    expect(await ann.ids()).toEqual(['m0000', 'm0001']);
    expect(await bob.ids()).toEqual(['m0000', 'm0001']);
    expect(bob.chatSync.pendingChanges()).toBe(0);
  });

  it('is unlocked by a cloud that is reached, when another one is not', async () => {
    const [first, second] = [cloudA(), memoryCloud({ providerId: 'b' })];
    const ann = await open([first, second]);
    await ann.history.save(messageAt(0));
    await encrypt(ann);
    const bob = await open([first, second]);
    const list = first.list.bind(first);
    first.list = () => Promise.reject(new CloudError('unavailable', 'down'));
    expect(await bob.chatSync.unlock({ passphrase })).toMatchObject({ ok: true });
    first.list = list;
    expect(await bob.chatSync.syncMessages()).toMatchObject({ ok: true });
    expect(await bob.ids()).toEqual(['m0000']);
  });

  it('is left alone by the schedule until it is unlocked, then synced at once', async () => {
    const cloud = cloudA();
    const ann = await open([cloud]);
    await ann.history.save(messageAt(0));
    await encrypt(ann);
    const bob = await open([cloud], { features: [withAutoSync({ everyMs: 60_000 })] });
    await bob.controller.advance(1_000);
    await bob.chatSync.syncMessages();
    expect(bob.chatSync.status().state).toBe('locked');
    let requests = 0;
    const list = cloud.list.bind(cloud);
    cloud.list = (...call) => {
      requests++;
      return list(...call);
    };
    await bob.controller.advance(10 * 60_000);
    expect(requests).toBe(0);
    await bob.chatSync.unlock({ passphrase });
    await bob.controller.settle();
    expect(await bob.ids()).toEqual(['m0000']);
  });

  it('says where the keyring is gone or damaged, and any unlocked device brings it back', async () => {
    const cloud = cloudA();
    const ann = await open([cloud]);
    await encrypt(ann);
    const kept = keyringOf(cloud).map((path) => [path, cloud.peek(path)] as const);
    for (const [path] of kept) cloud.drop(path);
    const bob = await open([cloud]);
    const refusal = async () => {
      const refused = await bob.chatSync.unlock({ passphrase });
      return refused.ok ? 'opened' : refused.error.code;
    };
    expect(await refusal()).toBe('no-keyring');
    for (const [path, bytes] of kept)
      await cloud.create(path, (bytes ?? new Uint8Array()).slice(9));
    expect(await refusal()).toBe('damaged-keyring');
    // A new page of the device that is unlocked.
    await ann.chatSync.disconnect('a');
    await ann.chatSync.connect('a');
    await ann.chatSync.syncMessages();
    expect(await refusal()).toBe('opened');
  });
});

describe('the keys on a device', () => {
  it('stay over a restart, until they are locked', async () => {
    const cloud = cloudA();
    const name = 'encryption-restart';
    const storage = () => openIdbChatStorage({ name, openChannel: () => undefined });
    const first = await open([cloud], { openStorage: storage });
    await first.history.save(messageAt(0));
    await encrypt(first);
    const second = await open([cloud], { openStorage: storage });
    expect(second.chatSync.encryption().state).toBe('unlocked');
    const kept = (await (await second.history.storage()).document('a', 'chat-sync:encryption')) as {
      readonly keys: readonly { readonly key: CryptoKey }[];
    };
    expect(kept.keys.map(({ key }) => key.extractable)).toEqual([false]);
    await second.chatSync.lock();
    expect(second.chatSync.encryption()).toEqual({ state: 'locked' });
    await second.history.save(messageAt(1));
    expect(await second.chatSync.syncMessages()).toMatchObject({ error: { code: 'locked' } });
    const third = await open([cloud], { openStorage: storage });
    expect(third.chatSync.encryption()).toEqual({ state: 'locked' });
    await third.chatSync.unlock({ passphrase });
    expect(await third.chatSync.syncMessages()).toMatchObject({ ok: true });
  });

  it('are gone after a restart when they are kept in memory, and nothing plain is written then', async () => {
    const cloud = cloudA();
    const name = 'encryption-memory';
    const storage = () => openIdbChatStorage({ name, openChannel: () => undefined });
    const options: DeviceOptions = { encryption: { keep: 'memory' }, openStorage: storage };
    const first = await open([cloud], options);
    await encrypt(first);
    const kept = await (await first.history.storage()).document('a', 'chat-sync:encryption');
    expect(kept).toMatchObject({ mode: 'on', keys: [] });
    const second = await open([cloud], options);
    expect(second.chatSync.encryption()).toEqual({ state: 'locked' });
    await second.history.save(messageAt(0));
    expect(await second.chatSync.syncMessages()).toMatchObject({ error: { code: 'locked' } });
    expect(dataOf(cloud).every((path) => path.endsWith('.enc'))).toBe(true);
  });

  it('follow another tab that unlocks and locks', async () => {
    const cloud = cloudA();
    const ann = await open([cloud]);
    await encrypt(ann);
    const name = 'encryption-tabs';
    const tabs = [];
    for (let tab = 0; tab < 2; tab++)
      tabs.push(await open([cloud], { openStorage: () => openIdbChatStorage({ name }) }));
    const [here, there] = tabs as [Device, Device];
    await here.chatSync.unlock({ passphrase });
    await expect.poll(() => there.chatSync.encryption().state).toBe('unlocked');
    await there.chatSync.lock();
    await expect.poll(() => here.chatSync.encryption().state).toBe('locked');
  });

  it('open them again after locking when the keyring is gone from the cloud, and it is put back', async () => {
    const cloud = cloudA();
    const device = await open([cloud]);
    await device.history.save(messageAt(0));
    await encrypt(device);
    const before = keyringOf(cloud);
    await device.chatSync.lock();
    for (const path of before) cloud.drop(path);
    expect(await device.chatSync.unlock({ passphrase })).toMatchObject({ ok: true });
    await device.chatSync.syncMessages();
    expect(keyringOf(cloud)).toEqual(before);
  });

  it('stay when all else that is known of a cloud is forgotten, so nothing plain is written to the next one', async () => {
    const cloud = cloudA();
    const device = await open([cloud]);
    await encrypt(device);
    await device.chatSync.disconnect('a', { forget: true });
    for (const path of pathsOf(cloud)) cloud.drop(path);
    await device.history.save(messageAt(0));
    await device.chatSync.connect('a');
    await device.chatSync.syncMessages();
    expect(dataOf(cloud).every((path) => path.endsWith('.enc'))).toBe(true);
  });
});

describe('two devices that turn encryption on at once', () => {
  it('read each other once both secrets were typed', async () => {
    const cloud = cloudA();
    const [ann, bob] = [await open([cloud]), await open([cloud])];
    await ann.history.save(messageAt(0));
    await bob.history.save(messageAt(1));
    await encryptAtOnce(cloud, ann, bob);
    for (const device of [ann, bob]) await device.chatSync.syncMessages();
    for (const device of [ann, bob]) expect(device.chatSync.encryption().state).toBe('locked');
    expect(await ann.chatSync.unlock({ passphrase: other })).toMatchObject({ ok: true });
    expect(await bob.chatSync.unlock({ passphrase })).toMatchObject({ ok: true });
    for (let round = 0; round < 2; round++)
      for (const device of [ann, bob]) await device.chatSync.syncMessages();
    for (const device of [ann, bob]) {
      expect(await device.ids()).toEqual(['m0000', 'm0001']);
      expect(device.chatSync.encryption().state).toBe('unlocked');
    }
  });
});

describe('changing the passphrase', () => {
  it('writes no file of the history, and the old one opens nothing any more', async () => {
    const cloud = cloudA();
    const ann = await open([cloud]);
    await ann.history.save(messageAt(0));
    const { recoveryCode } = await encrypt(ann);
    const before = dataOf(cloud);
    expect(await ann.chatSync.changePassphrase({ passphrase: 'wrong' }, other)).toMatchObject({
      error: { code: 'wrong-secret' },
    });
    expect(await ann.chatSync.changePassphrase({ passphrase }, other)).toMatchObject({ ok: true });
    expect(dataOf(cloud)).toEqual(before);
    const bob = await open([cloud]);
    expect(await bob.chatSync.unlock({ passphrase })).toMatchObject({
      error: { code: 'wrong-secret' },
    });
    expect(await bob.chatSync.unlock({ passphrase: other })).toMatchObject({ ok: true });
    expect(await (await open([cloud])).chatSync.unlock({ recoveryCode })).toMatchObject({
      ok: true,
    });
  });
});

describe('a restore drill', () => {
  it('reports month by month and remembers the success', async () => {
    const cloud = cloudA();
    const device = await open([cloud]);
    await device.history.save(messageAt(0));
    const { recoveryCode } = await encrypt(device);
    const { chatSync } = device;
    expect(await chatSync.verifyRecovery({ passphrase: 'wrong' })).toMatchObject({
      error: { code: 'wrong-secret' },
    });
    expect(chatSync.encryption()).toMatchObject({ verifiedAt: null });
    await chatSync.rewriteHistory();
    const checked = await chatSync.verifyRecovery({ recoveryCode });
    expect(checked).toMatchObject({
      ok: true,
      report: { ok: true, clouds: [{ providerId: 'a' }] },
    });
    expect(checked.ok && checked.report.clouds[0]?.months.length).toBeGreaterThan(0);
    expect(chatSync.encryption()).toMatchObject({ verifiedAt: new Date(Date.UTC(2026, 0, 1, 12)) });
  });
});

describe('a vault of which every file was altered', () => {
  it('is refused, and fails the drill', async () => {
    const cloud = cloudA();
    const ann = await open([cloud]);
    await ann.history.save(messageAt(0));
    await encrypt(ann);
    for (const path of dataOf(cloud))
      cloud.poke(path, (cloud.peek(path) ?? new Uint8Array()).with(-1, 0).with(-2, 0));
    const bob = await open([cloud]);
    expect(await bob.chatSync.unlock({ passphrase })).toMatchObject({
      error: { code: 'keys-missing' },
    });
    expect(await ann.chatSync.verifyRecovery({ passphrase })).toMatchObject({
      report: { ok: false, clouds: [{ unreadable: dataOf(cloud) }] },
    });
    expect(ann.chatSync.encryption()).toMatchObject({ verifiedAt: null });
  });
});

describe('history from before', () => {
  it('is counted, stays readable, and is rewritten until nothing plain is left', async () => {
    const cloud = cloudA();
    const ann = await open([cloud]);
    for (let index = 0; index < 3; index++) {
      await ann.history.save(messageAt(index));
      await ann.chatSync.syncMessages();
    }
    await encrypt(ann);
    expect(ann.chatSync.encryption()).toMatchObject({ state: 'unlocked', plainFiles: 3 });
    const bob = await open([cloud]);
    await bob.chatSync.unlock({ passphrase });
    await bob.chatSync.syncMessages();
    expect(await bob.ids()).toHaveLength(3);
    expect(await ann.chatSync.rewriteHistory()).toMatchObject({
      ok: true,
      report: { filesRemaining: 0 },
    });
    expect(ann.chatSync.encryption()).toMatchObject({ plainFiles: 0, plainBytes: 0 });
  });
});

describe('turning encryption off', () => {
  it('needs a secret, writes plain files again, and reads what is sealed', async () => {
    const cloud = cloudA();
    const ann = await open([cloud]);
    await ann.history.save(messageAt(0));
    await encrypt(ann);
    expect(await ann.chatSync.disableEncryption({ passphrase: 'wrong' })).toMatchObject({
      error: { code: 'wrong-secret' },
    });
    expect(ann.chatSync.encryption().state).toBe('unlocked');
    expect(await ann.chatSync.disableEncryption({ passphrase })).toMatchObject({
      ok: true,
      report: { state: 'off' },
    });
    const before = dataOf(cloud);
    await ann.history.save(messageAt(1));
    expect(await ann.chatSync.syncMessages()).toMatchObject({ ok: true });
    const news = dataOf(cloud).filter((path) => !before.includes(path));
    expect(news.length).toBeGreaterThan(0);
    for (const path of news) expect(path).not.toMatch(/\.enc$/);
    expect(await ann.chatSync.rewriteHistory()).toMatchObject({ report: { filesRemaining: 0 } });
    expect(await ann.chatSync.unlock({ passphrase })).toMatchObject({
      report: { state: 'unlocked' },
    });
    expect(await ann.chatSync.syncMessages()).toMatchObject({ ok: true });
    expect(await ann.ids()).toEqual(['m0000', 'm0001']);
  });
});

it('no secret is in any error', async () => {
  const cloud = cloudA();
  const ann = await open([cloud]);
  const { recoveryCode } = await encrypt(ann);
  const bob = await open([cloud]);
  const secret = 'zebra-zebra-zebra';
  const code = `${recoveryCode.slice(0, -1)}!`;
  const outcomes = [
    await bob.chatSync.unlock({ passphrase: secret }),
    await bob.chatSync.unlock({ recoveryCode: code }),
    await ann.chatSync.changePassphrase({ passphrase: secret }, other),
    await ann.chatSync.changePassphrase({ passphrase }, ''),
    await ann.chatSync.verifyRecovery({ passphrase: secret }),
    await ann.chatSync.disableEncryption({ recoveryCode: code }),
  ];
  for (const outcome of outcomes) {
    if (outcome.ok) throw new Error('it was to fail');
    const { message, stack = '', details, cause } = outcome.error;
    const told = `${message} ${stack.split('\n')[0]} ${JSON.stringify(details)} ${String(cause)}`;
    for (const part of [secret, passphrase, recoveryCode.slice(0, 11)])
      expect(told).not.toContain(part);
  }
});

describe('files and moves of an encrypted vault', () => {
  const fileOf = async (device: Device, providerId: string | null) => {
    const exported = await device.chatSync.exportVault({ providerId });
    if (!exported.ok) throw exported.error;
    return new Response(exported.report.stream).blob();
  };

  it('are read with the keys, and not without', async () => {
    const cloud = cloudA();
    const ann = await open([cloud]);
    await ann.history.save(messageAt(0));
    await encrypt(ann);
    await ann.history.save(messageAt(1));
    const file = await fileOf(ann, 'a');
    const bob = await open([cloud]);
    expect(await bob.chatSync.importVault(file)).toMatchObject({ error: { code: 'locked' } });
    await bob.chatSync.unlock({ passphrase });
    expect(await bob.chatSync.importVault(file)).toMatchObject({ ok: true });
    expect(await bob.ids()).toEqual(['m0000', 'm0001']);
  });

  it('go to another cloud as they are', async () => {
    const [first, second] = [cloudA(), memoryCloud({ providerId: 'b' })];
    const ann = await open([first, second]);
    await ann.history.save(messageAt(0));
    await ann.chatSync.disconnect('b');
    await encrypt(ann);
    await ann.chatSync.connect('b');
    expect(await ann.chatSync.migrate('a', 'b')).toMatchObject({ ok: true });
    for (const path of dataOf(second)) expect(path).toMatch(/\.enc$/);
    const bob = await open([second]);
    expect(await bob.chatSync.unlock({ passphrase })).toMatchObject({ ok: true });
    await bob.chatSync.syncMessages();
    expect(await bob.ids()).toEqual(['m0000']);
  });
});
