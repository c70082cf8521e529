import { type CloudStorage } from '@chat-vault/cloud-storage';
import { memoryCloud } from '@chat-vault/cloud-storage/memory';
import { faultyCloud } from '@chat-vault/cloud-storage/testing';
import { canonicalJson } from '@chat-vault/core';
import { sha256Hex } from '@chat-vault/core/format';
import {
  createKeyring,
  type KeyringFile,
  keyringPath,
  openKeyring,
  sealedCodec,
  type VaultKey,
  VaultKeyring,
  type VaultSecret,
  type WrittenKeyring,
} from '@chat-vault/core/sealed';
import { describe, expect, it } from 'vitest';
import { type Device, World } from '../testing/world.js';
import {
  healKeyring,
  joinVault,
  type KeyringPlace,
  noteOutdated,
  openOneFile,
  readKeyring,
  rotateKeyring,
  storeKeyring,
  unlockVault,
} from './index.js';

const words = (passphrase: string): VaultSecret => ({ kind: 'passphrase', passphrase });
const [mine, theirs, next] = [words('correct horse'), words('battery staple'), words('new words')];

let state = 7;
const random = (length: number) =>
  Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 24;
  });
const environment = { random, passphraseCost: { memoryKiB: 19 * 1024, passes: 1, lanes: 1 } };

const optionsOf = (world: World) => ({
  newId: () => world.environment(() => world.now).uuid(),
  environment,
});
const codecOf = (keys: readonly VaultKey[]) =>
  sealedCodec({ keyring: new VaultKeyring(keys), environment });
const placeOf = (device: Device, cloud: CloudStorage = device.world.cloud): KeyringPlace => ({
  storage: device.storage,
  cloud,
});
const idsOf = (keys: readonly VaultKey[]) => keys.map(({ id }) => id);
const keyringIn = (cloud: Pick<World['cloud'], 'files'>) =>
  cloud.files('chat-vault/keyring').map(({ path }) => path);

/** A device with a keyring in the cloud, and what it wrote sealed with it. */
async function sealedVault(world: World, secret = mine) {
  const written = await createKeyring([secret], optionsOf(world));
  const device = await world.device({ codec: codecOf(written.keys) });
  await storeKeyring(placeOf(device), written, [secret]);
  await device.write(2);
  await device.sync();
  return { device, written };
}

const rotate = (
  world: World,
  clouds: readonly (readonly KeyringFile[])[],
  current: readonly VaultSecret[] = [mine],
): Promise<WrittenKeyring> => rotateKeyring(clouds, { current, next: [next] }, optionsOf(world));

describe('a keyring that gets a new key', () => {
  it('is the same for two clouds whose passphrases are not', async () => {
    const world = new World();
    const { device, written } = await sealedVault(world);
    const second = memoryCloud({ providerId: 'second' });
    const other = await rotateKeyring(
      [written.files],
      { current: [mine], next: [theirs] },
      optionsOf(world),
    );
    // As where changing the passphrase reached one cloud only.
    await storeKeyring(placeOf(device, second), other, [theirs]);
    const clouds = [await readKeyring(placeOf(device)), await readKeyring(placeOf(device, second))];
    const rotated = await rotate(world, clouds, [mine, theirs]);
    expect(rotated.keys).toHaveLength(3);
    for (const cloud of [world.cloud, second]) {
      await storeKeyring(placeOf(device, cloud), rotated, [next]);
      expect(keyringIn(cloud)).toHaveLength(1);
      const opened = await openKeyring(await readKeyring(placeOf(device, cloud)), next);
      expect(idsOf(opened.keys)).toEqual(idsOf(rotated.keys));
    }
  });

  it('opens a file once that lies in several clouds', async () => {
    const world = new World();
    const { written } = await sealedVault(world);
    const rotated = await rotate(world, [written.files, written.files]);
    expect(rotated.replaced).toEqual(written.files.map(({ id }) => id));
    expect(rotated.keys).toHaveLength(2);
  });

  it('cut off at any call is whole: the old secret or the new one opens all, and the same again completes it', async () => {
    let total = Number.POSITIVE_INFINITY;
    for (let after = 0; after <= total; after++) {
      const world = new World();
      const { device, written } = await sealedVault(world);
      const rotated = await rotate(world, [await readKeyring(placeOf(device))]);
      const cloud = faultyCloud(world.cloud);
      let calls = 0;
      cloud.beforeCall(() => void calls++);
      cloud.stopAfter(after, { isLastReplyLost: after % 2 === 1 });
      const cut = await storeKeyring(placeOf(device, cloud), rotated, [next]).then(
        () => false,
        () => true,
      );
      if (!cut) total = calls;
      const opened = await Promise.allSettled(
        [mine, next].map(async (secret) => openKeyring(await readKeyring(placeOf(device)), secret)),
      );
      const keys = opened.flatMap((one) => (one.status === 'fulfilled' ? [one.value.keys] : []));
      expect(keys.some((some) => idsOf(some).includes(written.keys[0]?.id ?? ''))).toBe(true);
      await storeKeyring(placeOf(device), rotated, [next]);
      expect(keyringIn(world.cloud)).toHaveLength(1);
      expect(idsOf((await unlockVault(placeOf(device), next)).keys)).toEqual(idsOf(rotated.keys));
    }
    expect(total).toBeGreaterThan(2);
  });
});

describe('a cloud that was not reached while the key was changed', () => {
  it('gets the new file before anything is sealed there, and loses the old ones after it', async () => {
    const world = new World();
    const { device, written } = await sealedVault(world);
    const second = memoryCloud({ providerId: 'second' });
    await healKeyring(placeOf(device, second), written.keys, written.files);
    const rotated = await rotate(world, [written.files]);
    await storeKeyring(placeOf(device), rotated, [next]);
    const place = placeOf(device, second);
    await noteOutdated(place, rotated.replaced);
    const cloud = faultyCloud(second);
    cloud.stopAfter(1);
    await expect(joinVault({ ...place, cloud }, rotated.keys, rotated.files)).rejects.toThrow();
    expect(keyringIn(second)).toHaveLength(1);
    expect(await joinVault(place, rotated.keys, rotated.files)).toMatchObject({ isThere: true });
    expect(keyringIn(second)).toHaveLength(1);
    expect(idsOf((await unlockVault(place, next)).keys)).toEqual(idsOf(rotated.keys));
  });

  it('keeps its old files, and is refused, where no file with the new key is at hand', async () => {
    const world = new World();
    const { device, written } = await sealedVault(world);
    const rotated = await rotate(world, [written.files]);
    const place = placeOf(device);
    await noteOutdated(place, rotated.replaced);
    const before = world.cloud.files();
    const joined = joinVault(place, rotated.keys, written.files);
    await expect(joined).rejects.toMatchObject({ code: 'keys-missing' });
    expect(world.cloud.files()).toEqual(before);
  });

  it('keeps what another cloud only says is replaced', async () => {
    const world = new World();
    const { device, written } = await sealedVault(world);
    const rotated = await rotate(world, [written.files]);
    const place = placeOf(device);
    await joinVault(place, rotated.keys, rotated.files);
    expect(keyringIn(world.cloud)).toHaveLength(2);
    expect(await healKeyring(place, rotated.keys)).toMatchObject({ isDivided: false });
  });
});

describe('keys of two devices', () => {
  /** As two devices leave it that turned encryption on at once: the newer files are all of one key. */
  async function twoKeys(world: World) {
    const ann = await sealedVault(world, mine);
    const create = () => createKeyring([theirs], optionsOf(world));
    let bob = await create();
    // The one that writes.
    while ((bob.keys[0]?.id ?? '') > (ann.written.keys[0]?.id ?? '')) bob = await create();
    await storeKeyring(placeOf(await world.device()), bob, [theirs]);
    const writer = await world.device({ codec: codecOf([...ann.written.keys, ...bob.keys]) });
    await writer.engine().seal();
    for (let count = 0; count < 6; count++) {
      await writer.write(1, { prefix: `r${count}` });
      await writer.sync();
    }
    return { ann, bob, device: await world.device() };
  }

  it('are opened with either secret, also when the newest files are all of the other key', async () => {
    const world = new World();
    const { ann, bob, device } = await twoKeys(world);
    for (const [secret, { keys }] of [
      [mine, ann.written],
      [theirs, bob],
    ] as const)
      expect(idsOf((await unlockVault(placeOf(device), secret)).keys)).toEqual(idsOf(keys));
  });

  it('count as divided until one file holds all', async () => {
    const world = new World();
    const { ann, bob, device } = await twoKeys(world);
    const keys = [...bob.keys, ...ann.written.keys];
    const place = placeOf(device);
    expect(await healKeyring(place, keys)).toMatchObject({ isDivided: true, closed: [] });
    expect(await healKeyring(place, ann.written.keys)).toMatchObject({ isDivided: false });
    const united = await rotate(world, [await readKeyring(place)], [mine, theirs]);
    await storeKeyring(place, united, [next]);
    expect(keyringIn(world.cloud)).toHaveLength(1);
    expect(await healKeyring(place, united.keys)).toMatchObject({ isDivided: false, closed: [] });
    expect(idsOf((await unlockVault(place, next)).keys)).toEqual(idsOf(united.keys));
  });

  it('are refused where they open none of the files, and taken with one that is held', async () => {
    const world = new World();
    const { ann, device } = await twoKeys(world);
    const late = await createKeyring([next], optionsOf(world));
    const place = placeOf(device);
    await storeKeyring(place, late, [next]);
    await expect(unlockVault(place, next)).rejects.toMatchObject({ code: 'keys-missing' });
    const opened = await unlockVault(place, next, ann.written.keys);
    expect(idsOf(opened.keys)).toEqual(idsOf(late.keys));
    expect(await openOneFile(place, ann.written.keys)).toBe(true);
  });
});

/** A keyring file that names the keys of a genuine one, for a recovery code, and opens with none. */
async function plant(world: World, genuine: Uint8Array, start: string): Promise<void> {
  const id = start.padEnd(36, '0');
  const { digest: _, ...json } = JSON.parse(new TextDecoder().decode(genuine)) as Record<
    string,
    unknown
  >;
  const kind = { secret: 'recovery', kdf: { name: 'hkdf-sha-256' } };
  const forged = { ...json, ...kind, id, salt: 'ab'.repeat(32) };
  const digest = await sha256Hex(new TextEncoder().encode(canonicalJson(forged)));
  const bytes = new TextEncoder().encode(`${canonicalJson({ ...forged, digest })}\n`);
  await world.cloud.create(keyringPath('chat-vault', id), bytes);
}

describe('copies of a keyring', () => {
  it('are not driven out by files that somebody plants', async () => {
    const world = new World();
    const { device, written } = await sealedVault(world);
    const [path = ''] = keyringIn(world.cloud);
    const bytes = await world.cloud.read(path);
    for (let at = 0; at < 40; at++)
      await plant(world, bytes, `ffffffff-0000-7000-8000-${100 + at}`);
    expect(keyringIn(world.cloud)).toHaveLength(41);
    await healKeyring(placeOf(device), written.keys);
    await world.cloud.remove(path);
    await healKeyring(placeOf(device), written.keys);
    expect(world.cloud.peek(path)).toEqual(bytes);
  });

  it.each(['unlocks', 'changes the key'])(
    'hold the genuine file of a device that %s among many planted ones',
    async (what) => {
      const world = new World();
      const { device, written } = await sealedVault(world);
      const [path = ''] = keyringIn(world.cloud);
      const genuine = await world.cloud.read(path);
      for (let at = 0; at < 40; at++)
        await plant(world, genuine, `ffffffff-0000-7000-8000-${100 + at}`);
      const place = placeOf(what === 'unlocks' ? await world.device() : device);
      const before = keyringIn(world.cloud);
      let { keys } = written;
      if (what === 'unlocks') await unlockVault(place, mine);
      else {
        await healKeyring(place, keys);
        const clouds = [await readKeyring(place)];
        const change = { current: [mine], next: [next, theirs] };
        const rotated = await rotateKeyring(clouds, change, optionsOf(world));
        await storeKeyring(place, rotated, [next]);
        keys = rotated.keys;
      }
      const opening = keyringIn(world.cloud).findLast((one) => !before.includes(one)) ?? path;
      const bytes = await world.cloud.read(opening);
      await healKeyring(place, keys);
      await world.cloud.remove(opening);
      await healKeyring(place, keys);
      expect(world.cloud.peek(opening)).toEqual(bytes);
    },
  );
});
