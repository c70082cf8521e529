import { gunzipSync } from 'node:zlib';
import { faultyCloud } from '@chat-vault/cloud-storage/testing';
import { gzipCodec, jsonCodec, type StampedMessage } from '@chat-vault/core';
import { encodeVaultFile } from '@chat-vault/core/compaction';
import { beforeEach, describe, expect, it } from 'vitest';
import { deltas, manifests, monthVaults } from '../testing/cloud-paths.js';
import { expectConverged, restoreEverything } from '../testing/convergence.js';
import { alterByte, tear } from '../testing/damage.js';
import { commitManifestAs } from '../testing/newer-client.js';
import { MANY_SEGMENTS, newcomer, onlyVault, vaultWriter } from '../testing/one-vault.js';
import { DAY, HOUR, World } from '../testing/world.js';

let world: World;

beforeEach(() => {
  world = new World();
});

/** A vault of two segments, the last with top-level fields that this version does not know, as files. */
async function encodeVault(
  messages: readonly StampedMessage[],
  extra: Readonly<Record<string, unknown>>,
): Promise<ReadonlyMap<string, Uint8Array>> {
  const half = messages.length / 2;
  const rest = { tombstones: [], reactions: [], cleared: [] };
  const newId = () => world.environment(() => world.now).uuid();
  const files = new Map<string, Uint8Array>();
  for await (const file of encodeVaultFile({
    partition: '2024-06',
    runId: newId(),
    basePath: 'chat-vault',
    codec: gzipCodec(),
    newId,
    maxVaultBytes: 1e6,
    segments: [
      { content: { messages: messages.slice(0, half), ...rest } },
      { content: { messages: messages.slice(half), ...rest, extra } },
    ],
  })) {
    files.set(file.path, file.bytes);
    files.set(file.manifestPath, file.manifestBytes);
  }
  return files;
}

const DAMAGE: Readonly<Record<string, () => void>> = {
  'altered at the same size': () => alterByte(world.cloud, onlyVault(world), 30),
  'altered at its end': () => alterByte(world.cloud, onlyVault(world), -9),
  torn: () => tear(world.cloud, onlyVault(world)),
  'emptied of its bytes': () => tear(world.cloud, onlyVault(world), 0),
  'longer than it was': () =>
    world.cloud.poke(
      onlyVault(world),
      new Uint8Array([...(world.cloud.peek(onlyVault(world)) ?? []), 1, 2, 3]),
    ),
  'left with an altered manifest': () => alterByte(world.cloud, manifests(world.cloud)[0] ?? '', 9),
  'left with a torn manifest': () => tear(world.cloud, manifests(world.cloud)[0] ?? ''),
  'left without a manifest': () => world.cloud.drop(manifests(world.cloud)[0] ?? ''),
};

describe.each(['there', 'gone'] as const)('a live vault, its deltas %s,', (deltasAre) => {
  it.each(Object.entries(DAMAGE))(
    'that is %s is reported until a device that has its records repairs',
    async (_name, damage) => {
      const ann = await vaultWriter(world, deltasAre);
      const path = onlyVault(world);
      damage();
      const before = await ann.engine().verify();
      expect(before.ok).toBe(false);
      expect([...before.damaged, ...before.missing].length).toBeGreaterThan(0);
      await ann.engine().repair();
      expect(await ann.engine().verify()).toMatchObject({ ok: true, damaged: [], unnamed: [] });
      expect(await ann.engine().repair()).toMatchObject({ filesWritten: 0 });
      const bob = await expectConverged(world, [ann]);
      expect(await bob.texts()).toHaveLength(36);
      world.pass(9 * DAY);
      await ann.write(1, { prefix: 'later' });
      await ann.sync();
      await ann.sync();
      expect(monthVaults(world.cloud)).not.toContain(path);
      expect(await ann.engine().verify()).toMatchObject({ ok: true });
    },
  );
});

describe('a live vault of which a part is damaged', () => {
  it.each(['with its manifest', 'with a manifest that is damaged as well'])(
    'keeps what only the cloud has, %s',
    async (which) => {
      const ann = await vaultWriter(world, 'gone');
      const all = await ann.texts();
      alterByte(world.cloud, onlyVault(world), 30);
      if (which !== 'with its manifest') tear(world.cloud, manifests(world.cloud)[0] ?? '');
      const bob = await newcomer(world);
      await bob.engine().repair();
      expect(await bob.engine().verify()).toMatchObject({ ok: true });
      expect(await bob.engine().repair()).toMatchObject({ filesWritten: 0 });
      const carl = await newcomer(world);
      await restoreEverything(carl);
      const left = await carl.texts();
      expect(left.length).toBeGreaterThan(all.length / 2);
      expect(left.length).toBeLessThan(all.length);
      expect(all).toEqual(expect.arrayContaining([...left]));
    },
  );

  it('is made up for by the folded deltas that are still there', async () => {
    const ann = await vaultWriter(world, 'there');
    alterByte(world.cloud, onlyVault(world), 30);
    const bob = await newcomer(world);
    await bob.engine().repair();
    expect(await bob.engine().verify()).toMatchObject({ ok: true });
    const carl = await expectConverged(world, [bob]);
    expect(await carl.content()).toEqual(await ann.content());
  });

  it('is not made up for by a folded delta that is damaged as well', async () => {
    const ann = await vaultWriter(world, 'there');
    alterByte(world.cloud, onlyVault(world), 30);
    alterByte(world.cloud, deltas(world.cloud)[0] ?? '', 30);
    const bob = await newcomer(world);
    await bob.engine().repair();
    expect(await bob.engine().verify()).toMatchObject({ ok: true });
    await ann.sync();
    const carl = await expectConverged(world, [ann, bob]);
    expect(await carl.texts()).toHaveLength(36);
  });

  it('is made up for by the vaults that it replaced and that are still there', async () => {
    const ann = await world.device({ options: MANY_SEGMENTS });
    for (let round = 0; round < 4; round++) {
      await ann.write(3, { prefix: `r${round}` });
      await ann.sync();
      await ann.engine().compact();
      world.pass(HOUR);
    }
    const { months } = await ann.engine().inventory();
    expect(months.map(({ vaults }) => vaults)).toEqual([1]);
    for (const path of deltas(world.cloud)) world.cloud.drop(path);
    const vaults = monthVaults(world.cloud);
    expect(vaults.length).toBeGreaterThan(3);
    const bob = await newcomer(world);
    alterByte(world.cloud, vaults.at(-1) ?? '', 30);
    await bob.engine().repair();
    const carl = await newcomer(world);
    await restoreEverything(carl);
    expect(await carl.texts()).toEqual(await ann.texts());
    expect(await bob.engine().verify()).toMatchObject({ ok: true });
    expect(await bob.engine().repair()).toMatchObject({ filesWritten: 0 });
  });

  it('is told to the other devices, which write what they have of it at their next sync', async () => {
    const ann = await vaultWriter(world, 'gone');
    alterByte(world.cloud, onlyVault(world), 30);
    const bob = await newcomer(world);
    await bob.engine().repair();
    const report = await ann.sync();
    expect(report.recordsUploaded).toBeGreaterThan(0);
    const carl = await expectConverged(world, [ann, bob]);
    expect(await carl.texts()).toHaveLength(36);
  });

  it('is told as well to a device that was away since before the vault was made', async () => {
    const ann = await vaultWriter(world, 'there');
    const zoe = await world.device();
    await zoe.sync();
    await restoreEverything(zoe);
    const image = await zoe.texts();
    await ann.write(3, { prefix: 'new' });
    await ann.sync();
    await ann.engine().compact();
    world.pass(9 * DAY);
    await ann.sync();
    for (const path of monthVaults(world.cloud)) alterByte(world.cloud, path, 30);
    const bob = await newcomer(world);
    await bob.engine().repair();
    world.pass(9 * DAY);
    await bob.sync();
    await bob.engine().compact();
    await zoe.sync();
    const carl = await newcomer(world);
    await restoreEverything(carl);
    expect(await carl.texts()).toEqual(expect.arrayContaining([...image]));
  });

  it('keeps the fields that this version does not know', async () => {
    const ann = await world.device();
    await ann.write(40);
    const files = await encodeVault((await ann.content()).messages, { future: ['kept'] });
    for (const [path, bytes] of files) world.cloud.poke(path, bytes);
    const bob = await newcomer(world);
    await bob.engine().repair();
    expect(await bob.engine().verify()).toMatchObject({ ok: true });
    const path = onlyVault(world);
    alterByte(world.cloud, path, 30);
    await bob.engine().repair();
    const again = monthVaults(world.cloud).filter((other) => other !== path);
    const text = again.map((other) => gunzipSync(world.cloud.peek(other) ?? '').toString());
    expect(text.join('')).toContain('"future":["kept"]');
  });

  it('is live again when its bytes are put back', async () => {
    const ann = await vaultWriter(world, 'gone');
    const path = onlyVault(world);
    const whole = world.cloud.peek(path) ?? new Uint8Array();
    alterByte(world.cloud, path, 30);
    const bob = await newcomer(world);
    await bob.engine().repair();
    world.cloud.poke(path, whole);
    await bob.engine().repair();
    expect(await bob.engine().verify()).toMatchObject({ ok: true });
    const carl = await newcomer(world);
    await restoreEverything(carl);
    expect(await carl.texts()).toEqual(await ann.texts());
    expect(await bob.engine().repair()).toMatchObject({ filesWritten: 0 });
  });
});

describe('a live vault of plain text', () => {
  const parts = { codec: jsonCodec(), options: MANY_SEGMENTS };

  it.each([
    ['altered', () => alterByte(world.cloud, onlyVault(world), 400)],
    ['without its manifest', () => world.cloud.drop(manifests(world.cloud)[0] ?? '')],
  ])('that is %s is mended by anybody', async (_what, damage) => {
    const ann = await vaultWriter(world, 'there', parts);
    damage();
    const bob = await world.device(parts);
    await bob.engine().repair();
    expect(await bob.engine().verify()).toMatchObject({ ok: true });
    const carl = await world.device(parts);
    await carl.sync();
    await restoreEverything(carl);
    expect(await carl.content()).toEqual(await ann.content());
  });

  it('that is altered and has no manifest is left to a device that knows what was where', async () => {
    const ann = await vaultWriter(world, 'gone', parts);
    await ann.engine().verify();
    alterByte(world.cloud, onlyVault(world), 400);
    world.cloud.drop(manifests(world.cloud)[0] ?? '');
    const files = world.cloud.files();
    const bob = await world.device(parts);
    await bob.engine().repair();
    expect(world.cloud.files()).toEqual(files);
    await ann.engine().repair();
    expect(await ann.engine().verify()).toMatchObject({ ok: true });
    await bob.sync();
    await restoreEverything(bob);
    expect(await bob.content()).toEqual(await ann.content());
  });
});

describe('a vault that merely could not be read', () => {
  it('stays as it is when the network fails', async () => {
    const ann = await vaultWriter(world, 'gone');
    const before = world.cloud.files();
    const failing = faultyCloud(world.cloud);
    failing.beforeCall(({ operation, path }) => {
      if (operation === 'read' && path === onlyVault(world)) throw new Error('503');
    });
    await expect(ann.engine(failing).repair()).rejects.toThrow('503');
    expect(world.cloud.files()).toEqual(before);
  });

  it('stays as it is when one answer was wrong', async () => {
    const ann = await vaultWriter(world, 'gone');
    const path = onlyVault(world);
    const before = world.cloud.files();
    const whole = world.cloud.peek(path) ?? new Uint8Array();
    let reads = 0;
    const flaky = faultyCloud(world.cloud);
    flaky.beforeCall(({ operation, path: of }) => {
      if (operation !== 'read' || of !== path) return;
      reads += 1;
      world.cloud.poke(path, reads === 1 ? whole.map((byte) => byte ^ 1) : whole);
    });
    await ann.engine(flaky).repair();
    expect(reads).toBeGreaterThan(1);
    expect(world.cloud.files().map((file) => file.path)).toEqual(before.map((file) => file.path));
  });

  it('stays as it is when a newer version wrote its manifest', async () => {
    const ann = await vaultWriter(world, 'gone');
    await commitManifestAs(world.cloud, { minReader: 2 });
    const before = world.cloud.files();
    await ann.sync();
    const { warnings } = await ann.engine().repair();
    expect(warnings.map(({ code }) => code)).toContain('upgrade-required');
    const after = world.cloud.files().map(({ path }) => path);
    expect(after.filter((path) => !path.includes('/deltas/'))).toEqual(
      before.map(({ path }) => path).filter((path) => !path.includes('/deltas/')),
    );
  });
});
