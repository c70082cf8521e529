import { CloudError, type CloudStorage } from '@chat-vault/cloud-storage';
import { memoryCloud } from '@chat-vault/cloud-storage/memory';
import { canonicalJson } from '@chat-vault/core';
import { sha256Hex } from '@chat-vault/core/format';
import {
  createKeyring,
  rotateVaultKey,
  sealedCodec,
  type VaultKey,
  VaultKeyring,
  type VaultSecret,
} from '@chat-vault/core/sealed';
import { describe, expect, it } from 'vitest';
import { type Device, World } from '../testing/world.js';
import {
  changeVaultSecret,
  drillRestore,
  healKeyring,
  joinVault,
  type KeyringPlace,
  refuseEncrypted,
  storeKeyring,
  unlockVault,
} from './index.js';

const secret: VaultSecret = { kind: 'passphrase', passphrase: 'correct horse' };
const wrong: VaultSecret = { kind: 'passphrase', passphrase: 'wrong horse' };
const next: VaultSecret = { kind: 'passphrase', passphrase: 'battery staple' };

let state = 1;
const random = (length: number) =>
  Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 24;
  });
const environment = { random, passphraseCost: { memoryKiB: 19 * 1024, passes: 1, lanes: 1 } };

let world: World;
const options = () => ({ newId: () => world.environment(() => world.now).uuid(), environment });
const placeOf = (device: Device, cloud: CloudStorage = world.cloud): KeyringPlace => ({
  storage: device.storage,
  cloud,
});
const idsOf = (keys: readonly VaultKey[]) => keys.map(({ id }) => id);
const paths = () => world.cloud.files().map(({ path }) => path);
const isKeyring = (path: string) => path.startsWith('chat-vault/keyring/');
const keyringPaths = () => paths().filter(isKeyring);
const dataPaths = () => paths().filter((path) => !isKeyring(path));

/** A device with a keyring in the cloud, and what it wrote sealed with it. */
async function sealedVault(account?: string) {
  world = new World();
  const written = await createKeyring([secret], {
    ...options(),
    ...(account !== undefined && { account }),
  });
  const device = await world.device({
    codec: sealedCodec({ keyring: new VaultKeyring(written.keys), environment }),
  });
  await storeKeyring(placeOf(device), written, account === undefined ? [secret] : []);
  await device.write(3);
  await device.sync();
  return { device, written };
}

type MaybePromise<Value> = Value | Promise<Value>;

/** The same file with another wrapping and the digest of that: nobody sees it who has no secret. */
async function altered(bytes: Uint8Array): Promise<Uint8Array> {
  const { digest: _digest, ...file } = JSON.parse(new TextDecoder().decode(bytes)) as {
    readonly digest: string;
    readonly wrapped: string;
  };
  const wrapped = file.wrapped.replace(/^./, (first) => (first === 'A' ? 'B' : 'A'));
  const json = { ...file, wrapped };
  const digest = await sha256Hex(new TextEncoder().encode(canonicalJson(json)));
  return new TextEncoder().encode(`${canonicalJson({ ...json, digest })}\n`);
}

describe('unlocking a vault', () => {
  it('gives the keys to a new device, and writes nothing to the cloud', async () => {
    const { written } = await sealedVault();
    const before = world.cloud.files();
    const opened = await unlockVault(placeOf(await world.device()), secret);
    expect(idsOf(opened.keys)).toEqual(idsOf(written.keys));
    expect(world.cloud.files()).toEqual(before);
  });

  it('tells a wrong secret from a damaged and from a missing keyring', async () => {
    await sealedVault();
    const bob = await world.device();
    const [path = ''] = keyringPaths();
    const bytes = await world.cloud.read(path);
    await expect(unlockVault(placeOf(bob), wrong)).rejects.toMatchObject({ code: 'wrong-secret' });
    await world.cloud.remove(path);
    await expect(unlockVault(placeOf(bob), secret)).rejects.toMatchObject({ code: 'no-keyring' });
    await world.cloud.create(
      path,
      bytes.map((byte, at) => (at === 60 ? byte ^ 1 : byte)),
    );
    await expect(unlockVault(placeOf(bob), secret)).rejects.toMatchObject({
      code: 'damaged-keyring',
    });
  });

  it('tells an oversized keyring file from none, without reading it', async () => {
    await sealedVault();
    const [path = ''] = keyringPaths();
    await world.cloud.remove(path);
    await world.cloud.create(path, new Uint8Array(65 * 1024));
    const cloud: CloudStorage = { ...copyOf(world.cloud), read: () => Promise.reject(new Error()) };
    const refused = unlockVault(placeOf(await world.device(), cloud), secret);
    await expect(refused).rejects.toMatchObject({ code: 'damaged-keyring' });
  });

  it('refuses the keyring of another account', async () => {
    await sealedVault('0123456789abcdef');
    const place = { ...placeOf(await world.device()), accountId: 'bob' };
    await expect(unlockVault(place, secret)).rejects.toMatchObject({ code: 'foreign-vault' });
  });

  it('refuses keys that open none of the sealed files', async () => {
    await sealedVault();
    for (const path of keyringPaths()) await world.cloud.remove(path);
    const other = await createKeyring([secret], options());
    await storeKeyring(placeOf(await world.device()), other, [secret]);
    const refused = unlockVault(placeOf(await world.device()), secret);
    await expect(refused).rejects.toMatchObject({ code: 'keys-missing' });
  });

  it('is the only offer where a keyring or a sealed file is', async () => {
    const { device } = await sealedVault();
    const refused = { code: 'already-encrypted' };
    await expect(refuseEncrypted(placeOf(device))).rejects.toMatchObject(refused);
    for (const path of keyringPaths()) await world.cloud.remove(path);
    await expect(refuseEncrypted(placeOf(device))).rejects.toMatchObject(refused);
    await refuseEncrypted(placeOf(device, memoryCloud()));
  });
});

describe('unlocking a device that has copies of the keyring', () => {
  /** Gives the device after the cloud's file became what `alter` makes of it. */
  async function locked(alter: (bytes: Uint8Array) => MaybePromise<Uint8Array | null>) {
    const { device, written } = await sealedVault();
    const [path] = keyringPaths();
    const bytes = await alter(world.cloud.peek(path ?? '') ?? new Uint8Array());
    world.cloud.drop(path ?? '');
    if (bytes) world.cloud.poke(path ?? '', bytes);
    return { device, written };
  }

  it.each([
    ['is gone', () => null],
    ['is cut', (bytes: Uint8Array) => bytes.slice(9)],
    ['is another one of the same name', altered],
  ])('opens them where the file %s', async (_name, alter) => {
    const { device, written } = await locked(alter);
    const place = placeOf(device);
    const before = world.cloud.files();
    const opened = await unlockVault(place, secret);
    expect(idsOf(opened.keys)).toEqual(idsOf(written.keys));
    expect(world.cloud.files()).toEqual(before);
    await joinVault(place, opened.keys, []);
    expect(world.cloud.peek(keyringPaths()[0] ?? '')).toEqual(written.files[0]?.bytes);
    expect(await unlockVault(placeOf(await world.device()), secret)).toMatchObject({ closed: [] });
  });

  it('says what the folder says to a wrong secret', async () => {
    const { device } = await locked(() => null);
    const unlocked = unlockVault(placeOf(device), wrong);
    await expect(unlocked).rejects.toMatchObject({ code: 'no-keyring' });
  });

  it('does not open what a file that is there took the place of', async () => {
    const { device } = await sealedVault();
    const place = placeOf(await world.device());
    await unlockVault(place, secret);
    await changeVaultSecret(placeOf(device), { current: secret, next }, options());
    await expect(unlockVault(place, secret)).rejects.toMatchObject({ code: 'wrong-secret' });
  });
});

describe('storing a keyring', () => {
  it('fails when the cloud gives other bytes back', async () => {
    world = new World();
    const device = await world.device();
    const written = await createKeyring([secret], options());
    const cloud: CloudStorage = {
      ...copyOf(world.cloud),
      read: async (path) => (await world.cloud.read(path)).slice(1),
    };
    const stored = storeKeyring(placeOf(device, cloud), written, [secret]);
    await expect(stored).rejects.toBeInstanceOf(CloudError);
  });

  it('fails when the secret does not open what was stored', async () => {
    world = new World();
    const written = await createKeyring([secret], options());
    const stored = storeKeyring(placeOf(await world.device()), written, [wrong]);
    await expect(stored).rejects.toMatchObject({ code: 'wrong-secret' });
  });
});

describe('changing a passphrase', () => {
  it('writes one keyring file, removes the old one, and touches no other', async () => {
    const { device, written } = await sealedVault();
    const before = dataPaths();
    await changeVaultSecret(placeOf(device), { current: secret, next }, options());
    const after = dataPaths();
    expect(after).toEqual(before);
    expect(keyringPaths()).toHaveLength(1);
    const bob = placeOf(await world.device());
    await expect(unlockVault(bob, secret)).rejects.toMatchObject({ code: 'wrong-secret' });
    expect(idsOf((await unlockVault(bob, next)).keys)).toEqual(idsOf(written.keys));
  });

  it('refuses a wrong one before anything is written', async () => {
    const { device } = await sealedVault();
    const before = world.cloud.files();
    const changed = changeVaultSecret(placeOf(device), { current: wrong, next }, options());
    await expect(changed).rejects.toMatchObject({ code: 'wrong-secret' });
    expect(world.cloud.files()).toEqual(before);
  });

  it('cut off before the old file was removed, is completed by the next healing or attempt', async () => {
    const { device, written } = await sealedVault();
    const cloud: CloudStorage = {
      ...copyOf(world.cloud),
      remove: () => Promise.reject(new CloudError('offline', 'cut off')),
    };
    const change = { current: secret, next };
    const cut = changeVaultSecret(placeOf(device, cloud), change, options());
    await expect(cut).rejects.toMatchObject({ code: 'offline' });
    expect(keyringPaths()).toHaveLength(2);
    await healKeyring(placeOf(device), written.keys);
    expect(keyringPaths()).toHaveLength(1);
    await changeVaultSecret(placeOf(device), change, options());
    expect(keyringPaths()).toHaveLength(1);
  });
});

describe('healing a keyring', () => {
  it('puts back what is missing, byte for byte, and twice changes nothing', async () => {
    const { device, written } = await sealedVault();
    const [path = ''] = keyringPaths();
    const bytes = await world.cloud.read(path);
    await world.cloud.remove(path);
    expect((await healKeyring(placeOf(device), written.keys)).putBack).toHaveLength(1);
    expect(await world.cloud.read(path)).toEqual(bytes);
    expect((await healKeyring(placeOf(device), written.keys)).putBack).toEqual([]);
  });

  it('writes a damaged file again', async () => {
    const { device, written } = await sealedVault();
    const [path = ''] = keyringPaths();
    const bytes = await world.cloud.read(path);
    await world.cloud.remove(path);
    await world.cloud.create(path, bytes.slice(3));
    await healKeyring(placeOf(device), written.keys);
    expect(await world.cloud.read(path)).toEqual(bytes);
  });

  it.each([
    ['with another wrapping', altered],
    ['that says it is newer', () => new TextEncoder().encode('{"kind":"keyring","version":2}\n')],
  ])('writes a file again that somebody replaced by one of its name %s', async (_name, alter) => {
    const { device, written } = await sealedVault();
    const [path = ''] = keyringPaths();
    world.cloud.poke(path, await alter(world.cloud.peek(path) ?? new Uint8Array()));
    expect(await healKeyring(placeOf(device), written.keys)).toMatchObject({
      putBack: [written.files[0]?.id],
      isThere: true,
    });
    expect(world.cloud.peek(path)).toEqual(written.files[0]?.bytes);
    expect(await healKeyring(placeOf(device), written.keys)).toMatchObject({ putBack: [] });
  });

  it('does not replace what is there by a copy that nobody ever opened', async () => {
    const { device, written } = await sealedVault();
    const [path = ''] = keyringPaths();
    const genuine = world.cloud.peek(path) ?? new Uint8Array();
    const place = placeOf(await world.device());
    world.cloud.poke(path, await altered(genuine));
    await healKeyring(place, written.keys);
    world.cloud.poke(path, genuine);
    expect(await healKeyring(place, written.keys)).toMatchObject({ putBack: [] });
    expect(world.cloud.peek(path)).toEqual(genuine);
    expect(await healKeyring(placeOf(device), written.keys)).toMatchObject({ putBack: [] });
  });

  it('does not put back what a changed passphrase took the place of', async () => {
    const { device, written } = await sealedVault();
    const bob = await world.device();
    await unlockVault(placeOf(bob), secret);
    await changeVaultSecret(placeOf(device), { current: secret, next }, options());
    expect((await healKeyring(placeOf(bob), written.keys)).putBack).toEqual([]);
    expect(keyringPaths()).toHaveLength(1);
  });

  it('gives another cloud of the same keys the same files', async () => {
    const { device, written } = await sealedVault();
    const other = memoryCloud({ providerId: 'other' });
    const place = placeOf(device, other);
    await healKeyring(place, written.keys, written.files);
    expect(idsOf((await unlockVault(place, secret)).keys)).toEqual(idsOf(written.keys));
  });

  it('tells of keys that this device lacks', async () => {
    const { device, written } = await sealedVault();
    const rotated = await rotateVaultKey(
      written.files,
      { current: secret, next: [next] },
      options(),
    );
    await storeKeyring(placeOf(await world.device()), rotated, [next]);
    const { closed } = await healKeyring(placeOf(device), written.keys);
    expect(closed).toHaveLength(1);
  });
});

describe('a restore drill', () => {
  const spread = async (device: Device) => {
    await device.write(2, { prefix: 'may', at: Date.UTC(2024, 4, 3) });
    await device.sync();
    await device.engine().compact();
  };

  it('opens one file of each month with nothing but the secret', async () => {
    const { device } = await sealedVault();
    await spread(device);
    const before = world.cloud.files();
    const steps: number[] = [];
    const report = await drillRestore(placeOf(await world.device()), secret, {
      random: world.random,
      onProgress: ({ monthsDone }) => steps.push(monthsDone),
    });
    expect(report).toMatchObject({ ok: true, unreadable: [] });
    expect(report.months.map(({ month }) => month)).toEqual(['2024-05', '2024-06']);
    expect(report.months.every(({ ok, isSealed }) => ok && isSealed)).toBe(true);
    expect(steps).toEqual([0, 1, 2]);
    expect(world.cloud.files()).toEqual(before);
  });

  it('names the month whose file is damaged', async () => {
    const { device } = await sealedVault();
    await spread(device);
    const path = paths().find((one) => one.includes('chat_vault_2024_05')) ?? '';
    const bytes = await world.cloud.read(path);
    await world.cloud.remove(path);
    await world.cloud.create(
      path,
      bytes.map((byte, at) => (at === 200 ? byte ^ 1 : byte)),
    );
    const report = await drillRestore(placeOf(device), secret, { random: () => 0 });
    expect(report).toMatchObject({
      ok: false,
      months: [{ month: '2024-05', ok: false, reason: 'digest-mismatch' }, { ok: true }],
    });
  });

  it('counts months that are only in deltas', async () => {
    await sealedVault();
    const report = await drillRestore(placeOf(await world.device()), secret);
    expect(report).toMatchObject({ ok: true, months: [{ month: '2024-06', isSealed: true }] });
  });

  it('does not pass where all indexes of the months are gone', async () => {
    const { device } = await sealedVault();
    await spread(device);
    for (const path of paths()) if (/\/(catalogs|deltas)\//.test(path)) world.cloud.drop(path);
    expect(await drillRestore(placeOf(device), secret)).toEqual({
      ok: false,
      unreadable: [],
      months: ['2024-05', '2024-06'].map((month) => ({
        month,
        ok: false,
        isSealed: true,
        reason: 'not-found',
      })),
    });
  });

  it('refuses a wrong secret', async () => {
    const { device } = await sealedVault();
    const drill = drillRestore(placeOf(device), wrong);
    await expect(drill).rejects.toMatchObject({ code: 'wrong-secret' });
  });
});

const copyOf = (cloud: CloudStorage): CloudStorage => ({
  providerId: cloud.providerId,
  displayName: cloud.displayName,
  list: (...call) => cloud.list(...call),
  listFolders: (...call) => cloud.listFolders(...call),
  read: (...call) => cloud.read(...call),
  create: (...call) => cloud.create(...call),
  remove: (...call) => cloud.remove(...call),
});

describe('joining a cloud with keys', () => {
  it('refuses to go on where the keyring is gone and no copy is left', async () => {
    const { written } = await sealedVault();
    for (const path of keyringPaths()) await world.cloud.remove(path);
    const place = placeOf(await world.device());
    const before = world.cloud.files();
    const joined = joinVault(place, written.keys, []);
    await expect(joined).rejects.toMatchObject({ code: 'keys-missing' });
    expect(world.cloud.files()).toEqual(before);
    expect(await joinVault(place, written.keys, written.files)).toMatchObject({ hasSealed: true });
  });

  it('refuses another vault before anything is written', async () => {
    await sealedVault();
    const other = await createKeyring([next], options());
    const before = world.cloud.files();
    const joined = joinVault(placeOf(await world.device()), other.keys, other.files);
    await expect(joined).rejects.toMatchObject({ code: 'keys-missing' });
    expect(world.cloud.files()).toEqual(before);
  });
});
