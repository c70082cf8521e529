import { type RecoverySecret, type RecoverySheet } from '@chat-vault/chat-sync/encryption';
import { CloudError } from '@chat-vault/cloud-storage';
import { type MemoryCloud, memoryCloud } from '@chat-vault/cloud-storage/memory';
import { openIdbChatStorage } from '@chat-vault/chat-storage/idb';
import { describe, expect, it } from 'vitest';
import { messageAt } from '../test-messages';
import {
  cloudA,
  dataOf,
  type Device,
  encrypt,
  encryptAtOnce,
  keyringOf,
  open,
  other,
  passphrase,
  pathsOf,
  typedOf,
  unseen,
} from './test-encryption';

const third = 'a third one';

/** Changes the key, as a person does. */
async function rotate(
  { chatSync }: Device,
  current: RecoverySecret | readonly RecoverySecret[] = { passphrase },
  options: { readonly passphrase?: string } = {},
): Promise<RecoverySheet> {
  const begun = await chatSync.rotateKeys(current, options);
  if (!begun.ok) throw begun.error;
  const confirmed = await chatSync.confirmRecovery(typedOf(begun.report));
  if (!confirmed.ok) throw confirmed.error;
  return begun.report;
}

/** The id of the key that a file was sealed with, in hex. */
function keyOf(cloud: MemoryCloud, path: string): string {
  const bytes = cloud.peek(path)?.slice(5, 21) ?? new Uint8Array();
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

const keysOf = (cloud: MemoryCloud, paths: readonly string[]) =>
  new Set(paths.filter((path) => path.endsWith('.enc')).map((path) => keyOf(cloud, path)));

/** The keys that some file of the keyring holds. */
const keyringKeys = (cloud: MemoryCloud) =>
  new Set(
    keyringOf(cloud).flatMap((path) => {
      const { keyIds } = JSON.parse(new TextDecoder().decode(cloud.peek(path))) as {
        readonly keyIds: readonly string[];
      };
      return keyIds;
    }),
  );

async function syncAll(...devices: readonly Device[]): Promise<void> {
  for (let round = 0; round < 2; round++)
    for (const { chatSync } of devices) await chatSync.syncMessages();
}

/** What a new device reads with nothing but this secret. */
async function readWith(clouds: readonly MemoryCloud[], secret: RecoverySecret) {
  const device = await open(clouds);
  const unlocked = await device.chatSync.unlock(secret);
  if (!unlocked.ok) return unlocked.error.code;
  await device.chatSync.syncMessages();
  return [device.chatSync.encryption().state, ...(await device.ids())].join(' ');
}

describe('changing the key', () => {
  it('writes nothing before the new recovery code was confirmed, and can be given up', async () => {
    const cloud = cloudA();
    const { chatSync, history } = await (async () => {
      const device = await open([cloud]);
      await device.history.save(messageAt(0));
      await encrypt(device);
      return device;
    })();
    const before = pathsOf(cloud);
    const begun = await chatSync.rotateKeys({ passphrase });
    if (!begun.ok) throw begun.error;
    const { groups } = begun.report;
    expect(chatSync.encryption()).toEqual({ state: 'rotating', groups });
    expect(await chatSync.confirmRecovery(['', '', ''])).toMatchObject({
      error: { code: 'mistyped-code', details: { group: groups[0] } },
    });
    expect(pathsOf(cloud)).toEqual(before);
    expect(await chatSync.cancelRecovery()).toMatchObject({ report: { state: 'unlocked' } });
    expect(await chatSync.confirmRecovery(typedOf(begun.report))).toMatchObject({
      error: { code: 'not-turning-on' },
    });
    await history.save(messageAt(1));
    await chatSync.syncMessages();
    expect(keysOf(cloud, pathsOf(cloud)).size).toBe(1);
  });

  it('seals with the new key at once, reads what the old one sealed, and the old secrets open nothing', async () => {
    const cloud = cloudA();
    const ann = await open([cloud]);
    await ann.history.save(messageAt(0));
    const old = await encrypt(ann);
    const before = dataOf(cloud);
    const { recoveryCode } = await rotate(ann, { passphrase }, { passphrase: third });
    expect(ann.chatSync.encryption()).toMatchObject({
      state: 'unlocked',
      verifiedAt: null,
      isDivided: false,
    });
    await ann.history.save(messageAt(1));
    await ann.chatSync.syncMessages();
    const news = keysOf(
      cloud,
      dataOf(cloud).filter((path) => !before.includes(path)),
    );
    expect(news.size).toBe(1);
    expect([...news]).not.toEqual([...keysOf(cloud, before)]);
    expect(keyringOf(cloud)).toHaveLength(2);
    expect(await readWith([cloud], { passphrase })).toBe('wrong-secret');
    expect(await readWith([cloud], { recoveryCode: old.recoveryCode })).toBe('wrong-secret');
    for (const secret of [{ passphrase: third }, { recoveryCode }])
      expect(await readWith([cloud], secret)).toBe('unlocked m0000 m0001');
    expect(await ann.chatSync.verifyRecovery({ recoveryCode })).toMatchObject({
      report: { ok: true },
    });
  });

  it('lets rewriteHistory write what the old key sealed anew, until nothing of it is left', async () => {
    const cloud = cloudA();
    const ann = await open([cloud]);
    await ann.history.save(messageAt(0));
    await encrypt(ann);
    await rotate(ann);
    const before = dataOf(cloud);
    expect(await ann.chatSync.rewriteHistory()).toMatchObject({ report: { filesRemaining: 0 } });
    const news = dataOf(cloud).filter((path) => !before.includes(path));
    expect(news.length).toBeGreaterThan(0);
    expect(keysOf(cloud, news).size).toBe(1);
    expect(await ann.chatSync.rewriteHistory()).toMatchObject({ report: { filesWritten: 0 } });
    expect(await readWith([cloud], { passphrase })).toBe('unlocked m0000');
  });

  it('keeps the passphrase that was given, and asks for a new one with a recovery code', async () => {
    const cloud = cloudA();
    const ann = await open([cloud]);
    const { recoveryCode } = await encrypt(ann);
    const before = pathsOf(cloud);
    for (const [current, options, code] of [
      [{ recoveryCode }, {}, 'unusable-passphrase'],
      [{ recoveryCode }, { passphrase: '' }, 'unusable-passphrase'],
      [[], { passphrase: third }, 'unusable-passphrase'],
      [{ passphrase: third }, {}, 'wrong-secret'],
      [[{ passphrase }, { passphrase: third }], {}, 'wrong-secret'],
    ] as const)
      expect(await ann.chatSync.rotateKeys(current, options)).toMatchObject({ error: { code } });
    expect(ann.chatSync.encryption().state).toBe('unlocked');
    expect(pathsOf(cloud)).toEqual(before);
    await rotate(ann);
    expect(await readWith([cloud], { passphrase })).toBe('unlocked');
    const next = await rotate(ann, { passphrase });
    await rotate(ann, { recoveryCode: next.recoveryCode }, { passphrase: other });
    expect(await readWith([cloud], { passphrase: other })).toBe('unlocked');
    expect(keyringOf(cloud)).toHaveLength(2);
  });

  it('begun before the passphrase was changed is given up, as it would bring the old one back', async () => {
    const cloud = cloudA();
    const { chatSync, ...device } = await open([cloud]);
    await encrypt({ chatSync, ...device });
    const begun = await chatSync.rotateKeys({ passphrase });
    if (!begun.ok) throw begun.error;
    expect(await chatSync.changePassphrase({ passphrase }, other)).toMatchObject({
      report: { state: 'unlocked' },
    });
    expect(await chatSync.confirmRecovery(typedOf(begun.report))).toMatchObject({
      error: { code: 'not-turning-on' },
    });
    expect(await readWith([cloud], { passphrase })).toBe('wrong-secret');
  });

  it('confirmed twice at once changes it once', async () => {
    const cloud = cloudA();
    const ann = await open([cloud]);
    await encrypt(ann);
    const begun = await ann.chatSync.rotateKeys({ passphrase });
    if (!begun.ok) throw begun.error;
    const typed = typedOf(begun.report);
    const outcomes = await Promise.all([
      ann.chatSync.confirmRecovery(typed),
      ann.chatSync.confirmRecovery(typed),
    ]);
    expect(outcomes.some(({ ok }) => ok)).toBe(true);
    expect(keyringOf(cloud)).toHaveLength(2);
    expect(keyringKeys(cloud).size).toBe(2);
  });

  it('locks another device for the new key, which loses nothing and goes on once it was typed', async () => {
    const cloud = cloudA();
    const ann = await open([cloud]);
    await ann.history.save(messageAt(0));
    await encrypt(ann);
    const bob = await open([cloud]);
    await bob.chatSync.unlock({ passphrase });
    await bob.chatSync.syncMessages();
    await rotate(ann, { passphrase }, { passphrase: third });
    await bob.history.save(messageAt(1));
    await bob.chatSync.syncMessages();
    expect(bob.chatSync.encryption()).toEqual({ state: 'locked', isKeyNew: true });
    expect(await bob.chatSync.unlock({ passphrase })).toMatchObject({
      error: { code: 'wrong-secret' },
    });
    expect(await bob.chatSync.unlock({ passphrase: third })).toMatchObject({
      report: { state: 'unlocked' },
    });
    await bob.history.save(messageAt(2));
    await syncAll(ann, bob);
    for (const device of [ann, bob]) {
      expect(await device.ids()).toEqual(['m0000', 'm0001', 'm0002']);
      expect(device.chatSync.pendingChanges()).toBe(0);
      expect(device.chatSync.encryption()).toMatchObject({ state: 'unlocked', isDivided: false });
    }
  });

  it('reaches the other tabs, and what one of them was asked for is not asked any more', async () => {
    const cloud = cloudA();
    const ann = await open([cloud]);
    await encrypt(ann);
    const name = 'rotation-tabs';
    const openStorage = () => openIdbChatStorage({ name });
    const [here, there] = [
      await open([cloud], { openStorage }),
      await open([cloud], { openStorage }),
    ];
    await here.chatSync.unlock({ passphrase });
    await expect.poll(() => there.chatSync.encryption().state).toBe('unlocked');
    await rotate(ann);
    await there.chatSync.syncMessages();
    expect(there.chatSync.encryption().state).toBe('locked');
    await here.chatSync.unlock({ passphrase });
    await expect.poll(() => there.chatSync.encryption().state).toBe('unlocked');
    const before = dataOf(cloud);
    await there.history.save(messageAt(0));
    await there.chatSync.syncMessages();
    const news = dataOf(cloud).filter((path) => !before.includes(path));
    expect(news.length).toBeGreaterThan(0);
    await rotate(here);
    await there.history.save(messageAt(1));
    await there.chatSync.syncMessages();
    const later = dataOf(cloud).filter((path) => ![...before, ...news].includes(path));
    expect(keysOf(cloud, later).size).toBe(1);
    expect([...keysOf(cloud, later)]).not.toEqual([...keysOf(cloud, news)]);
  });
});

describe('changing the key of several clouds', () => {
  const twoClouds = () => [cloudA(), memoryCloud({ providerId: 'b' })] as const;

  it('puts the same files into each, also where the passphrases had come to differ', async () => {
    const [first, second] = twoClouds();
    const ann = await open([first, second]);
    await ann.history.save(messageAt(0));
    await encrypt(ann);
    const list = second.list.bind(second);
    second.list = () => Promise.reject(new CloudError('unavailable', 'down'));
    await ann.chatSync.changePassphrase({ passphrase }, other);
    second.list = list;
    await rotate(ann, { passphrase: other }, { passphrase: third });
    expect(keyringOf(first)).toHaveLength(2);
    expect(keyringOf(second)).toEqual(keyringOf(first));
    for (const cloud of [first, second])
      expect(await readWith([cloud], { passphrase: third })).toBe('unlocked m0000');
  });

  it.each(['a', 'b'])(
    'goes on without %s, which gets the new files before anything sealed with the new key',
    async (down) => {
      const clouds = twoClouds();
      const ann = await open(clouds);
      await encrypt(ann);
      const cloud = clouds[down === 'a' ? 0 : 1];
      const old = keyringKeys(cloud);
      const { list, create } = cloud;
      cloud.list = () => Promise.reject(new CloudError('unavailable', 'down'));
      await ann.history.save(messageAt(0));
      await rotate(ann);
      expect(keyringKeys(cloud)).toEqual(old);
      cloud.list = list.bind(cloud);
      cloud.create = async (path, bytes, options) => {
        const outcome = await create.call(cloud, path, bytes, options);
        if (path.endsWith('.enc')) expect([...keyringKeys(cloud)]).toContain(keyOf(cloud, path));
        return outcome;
      };
      await ann.controller.advance(60_000);
      expect(await ann.chatSync.syncMessages()).toMatchObject({ ok: true });
      expect(keyringOf(cloud)).toEqual(keyringOf(clouds[down === 'a' ? 1 : 0]));
      expect(await readWith([cloud], { passphrase })).toBe('unlocked m0000');
      expect(ann.chatSync.encryption()).toMatchObject({ state: 'unlocked', isDivided: false });
    },
  );

  it('reaches one that is connected again later', async () => {
    const [first, second] = twoClouds();
    const ann = await open([first, second]);
    await encrypt(ann);
    await ann.chatSync.disconnect('b');
    await rotate(ann, { passphrase }, { passphrase: third });
    await ann.history.save(messageAt(0));
    await ann.chatSync.connect('b');
    await ann.chatSync.syncMessages();
    expect(keyringOf(second)).toEqual(keyringOf(first));
    expect(await readWith([second], { passphrase: third })).toBe('unlocked m0000');
  });

  it('that cannot be reached changes nothing, and may be confirmed again', async () => {
    const cloud = cloudA();
    const ann = await open([cloud]);
    await encrypt(ann);
    const begun = await ann.chatSync.rotateKeys({ passphrase });
    if (!begun.ok) throw begun.error;
    const before = pathsOf(cloud);
    const create = cloud.create.bind(cloud);
    cloud.create = () => Promise.reject(new CloudError('quota-exceeded', 'full'));
    const confirm = () => ann.chatSync.confirmRecovery(typedOf(begun.report));
    expect(await confirm()).toMatchObject({ error: { code: 'quota-exceeded' } });
    expect(pathsOf(cloud)).toEqual(before);
    expect(ann.chatSync.encryption().state).toBe('rotating');
    cloud.create = create;
    expect(await confirm()).toMatchObject({ ok: true });
    expect(keyringKeys(cloud).size).toBe(2);
  });
});

describe('a change of the key that dies', () => {
  /** Dies after so many calls that write; gives how many there were. */
  const dying = (cloud: MemoryCloud, after: number) => {
    const { create, remove, list, read } = cloud;
    let writes = 0;
    const dead = () => new CloudError('offline', 'cut off');
    const write =
      <Call extends readonly unknown[], Result>(work: (...call: Call) => Promise<Result>) =>
      (...call: Call): Promise<Result> =>
        writes++ < after ? work.apply(cloud, call as never) : Promise.reject(dead());
    const look =
      <Call extends readonly unknown[], Result>(work: (...call: Call) => Promise<Result>) =>
      (...call: Call): Promise<Result> =>
        writes <= after ? work.apply(cloud, call as never) : Promise.reject(dead());
    cloud.create = write(create);
    cloud.remove = write(remove);
    cloud.list = look(list);
    cloud.read = look(read);
    return {
      count: () => writes,
      revive: () => Object.assign(cloud, { create, remove, list, read }),
    };
  };

  /** Refuses what is stored after so many writes of what is known of the clouds. */
  const dyingStorage = async (name: string) => {
    const storage = await openIdbChatStorage({ name, openChannel: () => undefined });
    const death = { after: Number.POSITIVE_INFINITY, writes: 0 };
    const { updateSyncState } = storage;
    storage.updateSyncState = (...call) =>
      death.writes++ < death.after
        ? updateSyncState.apply(storage, call)
        : Promise.reject(new Error('cut off'));
    return { storage, death };
  };

  /** A device in the middle of a change; gives a new page of it after it died. */
  async function dieAfter(after: number, kind: 'cloud' | 'storage') {
    const cloud = cloudA();
    const name = `rotation-dies-${kind}-${after}`;
    const { storage, death } = await dyingStorage(name);
    const first = await open([cloud], { openStorage: () => Promise.resolve(storage) });
    await first.history.save(messageAt(0));
    await encrypt(first);
    const begun = await first.chatSync.rotateKeys({ passphrase }, { passphrase: third });
    if (!begun.ok) throw begun.error;
    await first.history.save(messageAt(1));
    const dead = dying(cloud, kind === 'cloud' ? after : Number.POSITIVE_INFINITY);
    Object.assign(death, { writes: 0, ...(kind === 'storage' && { after }) });
    await first.chatSync.confirmRecovery(typedOf(begun.report));
    const writes = kind === 'cloud' ? dead.count() : death.writes;
    dead.revive();
    const page = await open([cloud], {
      openStorage: () => openIdbChatStorage({ name, openChannel: () => undefined }),
    });
    return { cloud, page, writes };
  }

  it.each(['cloud', 'storage'] as const)(
    'after any write to the %s loses nothing: a secret opens all, and doing it again completes it',
    { timeout: 120_000 },
    async (kind) => {
      let total = Number.POSITIVE_INFINITY;
      // What comes after the first ones is an ordinary sync, which has its own tests.
      for (let after = 0; after <= total; after += after < 8 ? 1 : 8) {
        const { cloud, page, writes } = await dieAfter(after, kind);
        if (writes <= after) total = writes;
        expect(await page.chatSync.syncMessages()).toMatchObject({ ok: true });
        for (const path of dataOf(cloud).filter((one) => one.endsWith('.enc')))
          expect([...keyringKeys(cloud)]).toContain(keyOf(cloud, path));
        const read = [
          await readWith([cloud], { passphrase }),
          await readWith([cloud], { passphrase: third }),
        ];
        expect(read).toContain('unlocked m0000 m0001');
        const current = read[1] === 'wrong-secret' ? { passphrase } : { passphrase: third };
        await rotate(page, current, { passphrase: other });
        expect(keyringOf(cloud)).toHaveLength(2);
        expect(await readWith([cloud], { passphrase: other })).toBe('unlocked m0000 m0001');
      }
      expect(total).toBeGreaterThan(3);
    },
  );
});

describe('keys that two devices made at once', () => {
  it('by turning encryption on are one after a change of the key with both passphrases', async () => {
    const cloud = cloudA();
    const [ann, bob] = [await open([cloud]), await open([cloud])];
    await ann.history.save(messageAt(0));
    await bob.history.save(messageAt(1));
    await encryptAtOnce(cloud, ann, bob);
    await syncAll(ann, bob);
    await ann.chatSync.unlock({ passphrase: other });
    await bob.chatSync.unlock({ passphrase });
    await syncAll(ann, bob);
    for (const { chatSync } of [ann, bob])
      expect(chatSync.encryption()).toMatchObject({ state: 'unlocked', isDivided: true });
    const carol = await open([cloud]);
    for (const secret of [passphrase, other]) {
      expect(await carol.chatSync.unlock({ passphrase: secret })).toMatchObject({ ok: true });
      await carol.chatSync.syncMessages();
      expect(carol.chatSync.encryption().state).toBe(secret === other ? 'unlocked' : 'locked');
    }
    expect(await carol.ids()).toEqual(['m0000', 'm0001']);
    const { recoveryCode } = await rotate(ann, [{ passphrase }, { passphrase: other }]);
    expect(ann.chatSync.encryption()).toMatchObject({ isDivided: false });
    expect(keyringOf(cloud)).toHaveLength(2);
    for (const secret of [{ passphrase }, { recoveryCode }])
      expect(await readWith([cloud], secret)).toBe('unlocked m0000 m0001');
    expect(await readWith([cloud], { passphrase: other })).toBe('wrong-secret');
    await bob.chatSync.syncMessages();
    await bob.chatSync.unlock({ passphrase });
    await syncAll(ann, bob);
    for (const { chatSync } of [ann, bob])
      expect(chatSync.encryption()).toMatchObject({ state: 'unlocked', isDivided: false });
  });

  it('by changing it are both read, and one after one more change', async () => {
    const cloud = cloudA();
    const [ann, bob] = [await open([cloud]), await open([cloud])];
    await ann.history.save(messageAt(0));
    await encrypt(ann);
    await bob.chatSync.unlock({ passphrase });
    await bob.history.save(messageAt(1));
    await syncAll(ann, bob);
    const begun = [
      [ann, await ann.chatSync.rotateKeys({ passphrase })],
      [bob, await bob.chatSync.rotateKeys({ passphrase }, { passphrase: third })],
    ] as const;
    await unseen(cloud, async () => {
      for (const [{ chatSync }, sheet] of begun)
        if (sheet.ok) await chatSync.confirmRecovery(typedOf(sheet.report));
    });
    await syncAll(ann, bob);
    for (const { chatSync } of [ann, bob]) expect(chatSync.encryption().state).toBe('locked');
    await ann.chatSync.unlock({ passphrase: third });
    await bob.chatSync.unlock({ passphrase });
    await ann.history.save(messageAt(2));
    await syncAll(ann, bob);
    for (const { chatSync } of [ann, bob])
      expect(chatSync.encryption()).toMatchObject({ state: 'unlocked', isDivided: true });
    await rotate(bob, [{ passphrase: third }, { passphrase }]);
    expect(await readWith([cloud], { passphrase: third })).toBe('unlocked m0000 m0001 m0002');
  });
});
