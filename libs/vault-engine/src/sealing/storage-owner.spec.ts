import { catalogPath, deltaPath, parsePath, sha256Hex } from '@chat-vault/core/format';
import { keyringPath } from '@chat-vault/core/sealed';
import { describe, expect, it } from 'vitest';
import { deltas, monthVaults } from '../testing/cloud-paths.js';
import { expectConverged, syncUntilQuiet } from '../testing/convergence.js';
import { firstKeys, type RealKeys, rotatedKeys } from '../testing/real-keys.js';
import { DAY, type Device, HOUR, World } from '../testing/world.js';

const OPTIONS = { bulkRecords: 20, compactionThreshold: 3, segmentBytes: 600 };

/** A vault that was encrypted from its first file, with everything in it that there can be, and the keys to it. */
async function sealedVault(world: World) {
  const keys = await firstKeys();
  const ann = await world.device({ codec: keys.codec, accountId: ACCOUNT, options: OPTIONS });
  await ann.engine().seal();
  await ann.write(30, { at: Date.UTC(2024, 1, 3), ...SAID });
  await ann.sync();
  for (let round = 0; round < 6; round++) {
    const [first, second] = await ann.write(3, { ...SAID, prefix: `${SAID.prefix}${round}` });
    if (first) await ann.storage.delete(first);
    if (second) await ann.storage.react(second, SAID.senderId, REACTION);
    if (round === 3) await ann.storage.clearConversation(`${SAID.conversationUrn}:gone`);
    await ann.sync();
    world.pass(HOUR);
  }
  return { ann, keys };
}

const ACCOUNT = 'account-of-ann';
const REACTION = 'reaction-of-bob';
const SAID = { conversationUrn: 'urn:oak-friends', senderId: 'bob-the-sender', prefix: 'we-meet' };

/** Every file that the cloud ever held, also those that were removed since. */
function everWritten(world: World): ReadonlyMap<string, Uint8Array> {
  const files = new Map<string, Uint8Array>();
  const { create } = world.cloud;
  world.cloud.create = async (path, bytes, options) => {
    files.set(path, bytes);
    await create.call(world.cloud, path, bytes, options);
  };
  return files;
}

/** The envelopes of a sealed file, which follow each other (docs/vault-format.md, "Envelope"). */
function envelopesIn(file: Buffer): readonly Buffer[] {
  const envelopes: Buffer[] = [];
  for (let at = 0; at < file.length; at += envelopes.at(-1)?.length ?? 0)
    envelopes.push(file.subarray(at, at + 89 + file.readUInt32BE(at + 85)));
  return envelopes;
}

const newDevice = (world: World, { codec }: Pick<RealKeys, 'codec'>) =>
  world.device({ codec, accountId: ACCOUNT });

async function restored(device: Device) {
  const report = await device.sync();
  await device.engine().restoreAll();
  return report;
}

describe('whoever keeps an encrypted vault', () => {
  it('finds no text, person, conversation, id, reaction or account in any file or name', async () => {
    const world = new World();
    const files = everWritten(world);
    const { ann } = await sealedVault(world);
    await ann.engine().compact();
    await ann.engine().repair();
    expect(monthVaults(world.cloud).length).toBeGreaterThan(1);
    expect(files.size).toBeGreaterThan(12);
    const said = [...Object.values(SAID), ACCOUNT, REACTION, 'payloadText', 'sentTimestamp'];
    for (const [path, bytes] of files) {
      expect(parsePath('chat-vault', path), path).not.toBeNull();
      const [name, content] = [path, Buffer.from(bytes).toString('latin1')];
      for (const text of said) expect(name.includes(text) || content.includes(text)).toBe(false);
      expect(content.startsWith('CVE1')).toBe(true);
    }
  });

  it('never sees two files or segments that one salt sealed, of a cloned device neither', async () => {
    const world = new World();
    const files = everWritten(world);
    const { ann } = await sealedVault(world);
    const twin = await world.clone(ann);
    for (const device of [ann, twin]) {
      await device.write(2, { prefix: 'both' });
      await device.sync();
      await device.engine().compact();
    }
    const bySalt = new Map<string, string>();
    for (const bytes of files.values())
      for (const envelope of envelopesIn(Buffer.from(bytes))) {
        const salt = envelope.toString('hex', 21, 53);
        // A segment that did not change is copied as it is.
        expect(bySalt.get(salt) ?? envelope.toString('hex')).toBe(envelope.toString('hex'));
        bySalt.set(salt, envelope.toString('hex'));
      }
    expect(bySalt.size).toBeGreaterThan(files.size);
  });

  it('lets nothing in that was put there before a second seal()', async () => {
    const [world, other] = [new World(), new World(9)];
    const { ann, keys } = await sealedVault(world);
    const bob = await newDevice(world, keys);
    await restored(bob);
    const eve = await other.device();
    await eve.write(2, { prefix: 'evil' });
    await eve.sync();
    const [planted = ''] = deltas(other.cloud);
    world.cloud.poke(planted, other.cloud.peek(planted) ?? new Uint8Array());
    for (const device of [ann, bob]) {
      await device.engine().seal();
      await device.sync();
      expect((await device.texts()).join()).not.toContain('evil');
    }
    expect((await ann.engine().verify()).unsealed).toEqual([planted]);
  });

  it('cannot pass a genuine file off as another one', async () => {
    const world = new World();
    const { ann, keys } = await sealedVault(world);
    await ann.write(2, { prefix: 'last' });
    await ann.engine().backup();
    const before = await ann.content();
    const path = deltas(world.cloud).at(-1) ?? '';
    const bytes = world.cloud.peek(path) ?? new Uint8Array();
    const [month = ''] = monthVaults(world.cloud);
    const digest = (await sha256Hex(bytes)).slice(0, 16);
    const vaultId = '018d5f3a-0000-7000-8000-00000000ffff';
    const named = { at: world.now, vaultId, digest, extension: 'json.gz.enc' };
    const another = deltaPath('chat-vault', named);
    world.cloud.poke(another, bytes);
    const vault = world.cloud.peek(month) ?? new Uint8Array();
    const ofVault = { ...named, vaultId: vaultId.replace('f', 'e'), digest: '' };
    ofVault.digest = (await sha256Hex(vault)).slice(0, 16);
    world.cloud.poke(deltaPath('chat-vault', ofVault), vault);
    const bob = await newDevice(world, keys);
    const { skipped } = await restored(bob);
    expect(skipped).toHaveLength(2);
    for (const { reason } of skipped) expect(['malformed', 'not-authentic']).toContain(reason);
    expect((await bob.content()).messages).toEqual(before.messages);
  });

  it('cannot add what was sealed with a key of their own', async () => {
    const [world, other] = [new World(), new World(9)];
    const { ann, keys } = await sealedVault(world);
    const theirs = await firstKeys();
    const eve = await other.device({ codec: theirs.codec, accountId: ACCOUNT, options: OPTIONS });
    for (let round = 0; round < 5; round++) {
      await eve.write(2, { prefix: `evil${round}` });
      await eve.sync();
    }
    const before = await ann.content();
    const planted = other.cloud.files().map(({ path }) => path);
    for (const path of planted) world.cloud.poke(path, other.cloud.peek(path) ?? new Uint8Array());
    const report = await ann.sync();
    expect(new Set(report.skipped.map(({ reason }) => reason))).toEqual(new Set(['unknown-key']));
    expect(await ann.content()).toEqual(before);
    const bob = await newDevice(world, keys);
    await restored(bob);
    expect((await bob.texts()).join()).not.toContain('evil');
    expect((await bob.content()).messages).toEqual(before.messages);
  });

  it('makes nobody download plain files that do not count, however many and large', async () => {
    const world = new World();
    const { ann } = await sealedVault(world);
    const planted: string[] = [];
    for (let at = 0; at < 50; at++) {
      const vaultId = `018d5f3a-0000-7000-8000-00000000ff${at.toString(16).padStart(2, '0')}`;
      const named = { at: world.now, vaultId, digest: '0'.repeat(16), extension: 'json.gz' };
      planted.push(deltaPath('chat-vault', named));
    }
    for (const path of planted) world.cloud.poke(path, new Uint8Array(100_000));
    world.cloud.clearRequests();
    await ann.sync();
    const read = world.cloud.requests.filter(({ kind }) => kind === 'read');
    expect(read.filter(({ path }) => planted.includes(path))).toEqual([]);
  });

  it('stops compacting and repairing by a catalog that looks newer; what is new still goes up', async () => {
    const world = new World();
    const { ann, keys } = await sealedVault(world);
    const catalogId = '018d5f3a-0000-7000-8000-00000000ffff';
    const planted = catalogPath('chat-vault', {
      generation: 99_999,
      catalogId,
      extension: 'json.gz.enc',
    });
    world.cloud.poke(planted, new TextEncoder().encode('CVE2'.padEnd(300, '.')));
    for (let round = 0; round < 6; round++) {
      await ann.write(1, { prefix: `later${round}` });
      const report = await ann.sync();
      expect(report).toMatchObject({ recordsPending: 0, garbage: null });
      expect(report.warnings.map(({ code }) => code)).toContain('upgrade-required');
      expect(report.compaction?.committed ?? false).toBe(false);
    }
    const refused = expect(ann.engine().repair()).rejects;
    await refused.toMatchObject({ code: 'upgrade-required' });
    const bob = await newDevice(world, keys);
    await restored(bob);
    expect((await bob.content()).messages).toEqual((await ann.content()).messages);
    world.cloud.drop(planted);
    expect((await ann.sync()).compaction).toMatchObject({ committed: true });
  });

  it('finds keyring files left alone by every job', async () => {
    const world = new World();
    const { ann, keys } = await sealedVault(world);
    const files = [...keys.files, ...(await firstKeys()).files];
    const paths = files.map(({ id }) => keyringPath('chat-vault', id));
    for (const [at, { bytes }] of files.entries()) world.cloud.poke(paths[at] ?? '', bytes);
    world.cloud.clearRequests();
    world.pass(9 * DAY);
    await ann.sync();
    for (const call of ['compact', 'collectGarbage', 'repair', 'rewrite'] as const)
      await ann.engine()[call]();
    for (const [at, { bytes }] of files.entries())
      expect(world.cloud.peek(paths[at] ?? '')).toEqual(bytes);
    expect(world.cloud.requests.some(({ path }) => paths.includes(path))).toBe(false);
  });
});

describe.each(['plain', 'encrypted'])('the files that ever were in a vault that is %s', (kind) => {
  it('bring nothing back that was deleted when they are all put there again', async () => {
    const world = new World();
    const files = everWritten(world);
    const { codec } = await firstKeys();
    const parts = kind === 'plain' ? {} : { codec };
    const ann = await world.device({ ...parts, options: OPTIONS });
    await ann.write(30, { at: Date.UTC(2024, 1, 3), prefix: 'bulk' });
    await ann.sync();
    for (let round = 0; round < 9; round++) {
      const [first] = await ann.write(3, { prefix: `r${round}` });
      await ann.sync();
      if (first) await ann.storage.delete(first);
      await ann.sync();
      world.pass(HOUR);
    }
    await ann.engine().compact();
    world.pass(9 * DAY);
    await ann.sync();
    const before = await ann.content();
    expect(before.tombstones).toHaveLength(9);
    expect(world.cloud.files().length).toBeLessThan(files.size / 2);
    for (const [path, bytes] of files) world.cloud.poke(path, bytes);
    const bob = await world.device(parts);
    await restored(bob);
    expect(await bob.content()).toEqual(before);
    await syncUntilQuiet(world, [ann, bob]);
    expect(await ann.content()).toEqual(before);
  });
});

describe('an encrypted vault that was rolled back', () => {
  it('is noticed by a device that saw more, which loses nothing and mends it', async () => {
    const world = new World();
    const { ann, keys } = await sealedVault(world);
    const old = world.cloud.snapshot();
    for (let round = 0; round < 8; round++) {
      await ann.write(2, { prefix: `later${round}` });
      await ann.sync();
      world.pass(HOUR);
    }
    const before = await ann.content();
    world.cloud.restore(old);
    const report = await ann.sync();
    expect(report.warnings.map(({ code }) => code)).toContain('vault-rolled-back');
    expect(await ann.content()).toEqual(before);
    await ann.engine().repair();
    await syncUntilQuiet(world, [ann]);
    const bob = await newDevice(world, keys);
    await restored(bob);
    expect((await bob.content()).messages).toEqual(before.messages);
  });

  it('is taken as it is by a new device, which cannot know', async () => {
    const world = new World();
    const { ann, keys } = await sealedVault(world);
    const old = world.cloud.snapshot();
    const known = await ann.texts();
    await ann.write(2, { prefix: 'hidden' });
    await ann.sync();
    world.cloud.restore(old);
    const bob = await newDevice(world, keys);
    const report = await restored(bob);
    expect(report.warnings).toEqual([]);
    expect(await bob.texts()).toEqual(known);
  });
});

describe('a vault key that was replaced by a rotation', () => {
  it('opens nothing that is written after it', async () => {
    const world = new World();
    const { ann, keys } = await sealedVault(world);
    const next = await rotatedKeys(keys);
    const device = ann.with({ codec: next.codec });
    await device.write(2, { prefix: 'after' });
    await device.sync();
    const thief = await newDevice(world, keys);
    const { skipped } = await restored(thief);
    expect(skipped.map(({ reason }) => reason)).toContain('unknown-key');
    expect((await thief.texts()).join()).not.toContain('after');
  });

  it('opens nothing of the history any more once that was written anew and the old files are gone', async () => {
    const world = new World();
    const { ann, keys } = await sealedVault(world);
    const next = await rotatedKeys(keys);
    const device = ann.with({ codec: next.codec });
    await device.write(1, { prefix: 'after' });
    await device.sync();
    expect(await device.engine().rewrite()).toMatchObject({ committed: true, filesRemaining: 0 });
    for (let round = 0; round < 3; round++) {
      world.pass(8 * DAY);
      await device.engine().collectGarbage();
    }
    const thief = await newDevice(world, keys);
    await thief.sync().catch(() => undefined);
    expect(await thief.texts()).toEqual([]);
    const fresh = await newDevice(world, next);
    await fresh.sync();
    await fresh.engine().restoreAll();
    expect([...(await fresh.texts())].sort()).toEqual([...(await device.texts())].sort());
  });

  it('still adds to the vault, for who took it and can write there', async () => {
    const world = new World();
    const { ann, keys } = await sealedVault(world);
    const next = await rotatedKeys(keys);
    const thief = await newDevice(world, keys);
    await thief.write(1, { prefix: 'forged' });
    await thief.engine().backup();
    const device = ann.with({ codec: next.codec });
    await device.sync();
    expect(await device.texts()).toContain('forged 0');
  });
});

describe('a plain vault', () => {
  it('is believed whoever wrote it, deletions too', async () => {
    const world = new World();
    const ann = await world.device();
    const [message] = await ann.write(1, { prefix: 'of ann' });
    await ann.sync();
    const whoever = await world.device();
    await whoever.sync();
    if (message) await whoever.storage.delete(message);
    await whoever.write(1, { prefix: 'forged', senderId: 'bob' });
    await whoever.sync();
    await ann.sync();
    expect(await ann.texts()).toEqual(['forged 0']);
  });

  it('is locked by a file that only looks sealed; nothing is lost, and it opens when the provider is forgotten', async () => {
    const world = new World();
    const ann = await world.device();
    await ann.write(3);
    await ann.sync();
    const vaultId = '018d5f3a-0000-7000-8000-00000000ffff';
    const named = { at: world.now, vaultId, digest: '0'.repeat(16), extension: 'json.gz.enc' };
    const planted = deltaPath('chat-vault', named);
    world.cloud.poke(planted, new Uint8Array(200));
    await ann.write(1, { prefix: 'pending' });
    await expect(ann.sync()).rejects.toMatchObject({ code: 'locked' });
    world.cloud.drop(planted);
    await expect(ann.sync()).rejects.toMatchObject({ code: 'locked' });
    await ann.storage.forgetProvider(world.cloud.providerId);
    await expectConverged(world, [ann]);
    expect(await ann.texts()).toHaveLength(4);
  });
});
