import { openIdbChatStorage } from '@chat-vault/chat-storage/idb';
import { memoryCloud } from '@chat-vault/cloud-storage/memory';
import { describe, expect, it } from 'vitest';
import { messageAt } from '../test-messages';
import {
  cloudA,
  type Device,
  encrypt,
  keyringOf,
  open,
  other,
  passphrase,
  pathsOf,
  typedOf,
} from './test-encryption';

const MINUTE_MS = 60_000;
const START = Date.UTC(2026, 0, 1, 12);

/** An encrypted cloud that holds one message, encrypted. */
async function sealedDevice(...clouds: Parameters<typeof open>[0]) {
  const device = await open(clouds);
  await device.history.save(messageAt(0));
  const sheet = await encrypt(device);
  return { ...device, ...sheet };
}

describe('giving up a set-up', () => {
  it('leaves a tab alone that turned encryption on meanwhile', async () => {
    const cloud = cloudA();
    const name = 'encryption-given-up';
    const tabs = [];
    for (let tab = 0; tab < 2; tab++)
      tabs.push(await open([cloud], { openStorage: () => openIdbChatStorage({ name }) }));
    const [here, there] = tabs as [Device, Device];
    const begun = await here.chatSync.enableEncryption({ passphrase: other });
    expect(begun).toMatchObject({ ok: true });
    await encrypt(there);
    expect(await here.chatSync.cancelRecovery()).toMatchObject({ ok: true });
    await expect.poll(() => here.chatSync.encryption().state).toBe('unlocked');
    expect(there.chatSync.encryption().state).toBe('unlocked');
    expect(begun.ok && (await here.chatSync.confirmRecovery(typedOf(begun.report)))).toMatchObject({
      error: { code: 'not-turning-on' },
    });
    expect(keyringOf(cloud)).toHaveLength(2);
  });
});

describe('what is left from before', () => {
  it('is not known on a fresh page before the first run, and then is nothing', async () => {
    const cloud = cloudA();
    const name = 'encryption-plain-left';
    const openStorage = () => openIdbChatStorage({ name, openChannel: () => undefined });
    await encrypt(await open([cloud], { openStorage }));
    const next = await open([cloud], { openStorage });
    expect(next.chatSync.encryption()).toMatchObject({ plainFiles: null, plainBytes: null });
    await next.chatSync.syncMessages();
    expect(next.chatSync.encryption()).toMatchObject({ plainFiles: 0, plainBytes: 0 });
  });

  it('is not nothing while one of two clouds was not looked at', async () => {
    const [first, second] = [cloudA(), memoryCloud({ providerId: 'b' })];
    const device = await open([first]);
    await encrypt(device);
    const both = await open([first, second]);
    await both.chatSync.unlock({ passphrase });
    await both.chatSync.syncMessages('a');
    expect(both.chatSync.encryption()).toMatchObject({ plainFiles: null });
    await both.chatSync.syncMessages();
    expect(both.chatSync.encryption()).toMatchObject({ plainFiles: 0 });
  });

  it('is counted in bytes where only deltas are left', async () => {
    const cloud = cloudA();
    const device = await open([cloud]);
    await device.history.save(messageAt(0));
    await device.chatSync.syncMessages();
    const delta = cloud.files().find(({ path }) => path.includes('/deltas/'));
    await encrypt(device);
    expect(device.chatSync.encryption()).toMatchObject({
      plainFiles: 1,
      plainBytes: delta?.size,
    });
    expect(delta?.size).toBeGreaterThan(0);
  });
});

describe('a restore drill', () => {
  it('that opened nothing encrypted is no success', async () => {
    const device = await open([cloudA()]);
    await device.history.save(messageAt(0));
    await device.chatSync.syncMessages();
    const { recoveryCode } = await encrypt(device);
    const checked = await device.chatSync.verifyRecovery({ recoveryCode });
    expect(checked).toMatchObject({ ok: true, report: { ok: true, clouds: [{ months: [] }] } });
    expect(device.chatSync.encryption()).toMatchObject({ verifiedAt: null, verifiedWith: null });
  });

  it('opens encrypted deltas where no month has a file of its own', async () => {
    const cloud = cloudA();
    const { chatSync, recoveryCode } = await sealedDevice(cloud);
    expect(pathsOf(cloud).filter((path) => path.includes('/vaults/'))).toEqual([]);
    expect(await chatSync.verifyRecovery({ recoveryCode })).toMatchObject({
      report: { clouds: [{ months: [{ ok: true, isSealed: true }] }] },
    });
  });

  it('remembers with which secret it succeeded, and when it last did with the recovery code', async () => {
    const { chatSync, controller, recoveryCode } = await sealedDevice(cloudA());
    const at = (minutes: number) => new Date(START + minutes * MINUTE_MS);
    await chatSync.verifyRecovery({ passphrase });
    expect(chatSync.encryption()).toMatchObject({
      verifiedAt: at(0),
      verifiedWith: 'passphrase',
      recoveryVerifiedAt: null,
    });
    await controller.advance(MINUTE_MS);
    await chatSync.verifyRecovery({ recoveryCode });
    expect(chatSync.encryption()).toMatchObject({
      verifiedAt: at(1),
      verifiedWith: 'recovery',
      recoveryVerifiedAt: at(1),
    });
    await controller.advance(MINUTE_MS);
    await chatSync.verifyRecovery({ passphrase });
    expect(chatSync.encryption()).toMatchObject({
      verifiedAt: at(2),
      verifiedWith: 'passphrase',
      recoveryVerifiedAt: at(1),
    });
  });

  it('counts for nothing once there is a new recovery code', async () => {
    const { chatSync, recoveryCode } = await sealedDevice(cloudA());
    await chatSync.verifyRecovery({ recoveryCode });
    const begun = await chatSync.rotateKeys({ passphrase });
    if (!begun.ok) throw begun.error;
    await chatSync.confirmRecovery(typedOf(begun.report));
    expect(chatSync.encryption()).toMatchObject({
      verifiedAt: null,
      verifiedWith: null,
      recoveryVerifiedAt: null,
    });
  });
});

describe('a device that has keys', () => {
  it('says that another one writes with a new key, and that it was locked by nobody', async () => {
    const cloud = cloudA();
    const ann = await sealedDevice(cloud);
    const bob = await open([cloud]);
    await bob.chatSync.syncMessages();
    expect(bob.chatSync.encryption()).toEqual({ state: 'locked' });
    await bob.chatSync.unlock({ passphrase });
    const begun = await ann.chatSync.rotateKeys({ passphrase }, { passphrase: other });
    if (!begun.ok) throw begun.error;
    await ann.chatSync.confirmRecovery(typedOf(begun.report));
    await bob.chatSync.syncMessages();
    expect(bob.chatSync.encryption()).toEqual({ state: 'locked', isKeyNew: true });
    await bob.chatSync.unlock({ passphrase: other });
    expect(bob.chatSync.encryption()).toMatchObject({ state: 'unlocked' });
    await bob.chatSync.lock();
    expect(bob.chatSync.encryption()).toEqual({ state: 'locked' });
  });
});

describe('an encrypted file', () => {
  const fileOf = async ({ chatSync }: Pick<Device, 'chatSync'>) => {
    const exported = await chatSync.exportVault({ providerId: 'a' });
    if (!exported.ok) throw exported.error;
    return new Response(exported.report.stream).blob();
  };

  it('is read on a fresh device with either secret, which keeps no keys of it', async () => {
    const ann = await sealedDevice(cloudA());
    const file = await fileOf(ann);
    for (const secret of [{ passphrase }, { recoveryCode: ann.recoveryCode }]) {
      const bob = await open([]);
      expect(await bob.chatSync.importVault(file)).toMatchObject({ error: { code: 'locked' } });
      expect(await bob.chatSync.importVault(file, { secret: { passphrase: other } })).toMatchObject(
        { error: { code: 'wrong-secret' } },
      );
      expect(await bob.ids()).toEqual([]);
      expect(await bob.chatSync.importVault(file, { secret })).toMatchObject({ ok: true });
      expect(await bob.ids()).toEqual(['m0000']);
      expect(bob.chatSync.encryption()).toEqual({ state: 'off' });
      expect(await (await bob.history.storage()).providers()).toEqual([]);
    }
  });

  it('of another vault is read on a device that is unlocked for its own', async () => {
    const file = await fileOf(await sealedDevice(cloudA()));
    const bob = await open([cloudA()]);
    await encrypt(bob, other);
    expect(await bob.chatSync.importVault(file)).toMatchObject({ ok: false });
    expect(await bob.chatSync.importVault(file, { secret: { passphrase } })).toMatchObject({
      ok: true,
    });
    expect(await bob.ids()).toEqual(['m0000']);
  });
});
