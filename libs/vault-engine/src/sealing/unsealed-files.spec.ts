import { gzipCodec } from '@chat-vault/core';
import { deltaPath, sha256Hex } from '@chat-vault/core/format';
import { describe, expect, it } from 'vitest';
import { catalogs, deltas, manifests, monthVaults } from '../testing/cloud-paths.js';
import { alterByte } from '../testing/damage.js';
import { sealingCodec } from '../testing/sealing-codec.js';
import { DAY, type Device, HOUR, World } from '../testing/world.js';

/** A sealed vault with one live month, its catalog and a delta. */
async function sealedVault(world: World): Promise<Device> {
  const ann = await world.device({ codec: sealingCodec('key', world.random) });
  await ann.engine().seal();
  for (let round = 0; round < 13; round++) {
    await ann.write(2, { prefix: `r${round}` });
    await ann.sync();
    world.pass(HOUR);
  }
  return ann;
}

/** The files of a plain vault of somebody else, with the device id and the folder of ours. */
async function forgeries(world: World): Promise<readonly string[]> {
  const other = new World(7);
  other.now = world.now;
  const eve = await other.device({ options: { compactionThreshold: 3 } });
  for (let round = 0; round < 6; round++) {
    await eve.write(2, { prefix: `evil${round}` });
    await eve.sync();
    other.pass(HOUR);
  }
  const paths = other.cloud.files().map(({ path }) => path);
  for (const path of paths) world.cloud.poke(path, other.cloud.peek(path) ?? new Uint8Array());
  return paths.sort();
}

describe('plain files that somebody puts into an encrypted vault', () => {
  it('are reported, never merged, never removed, and verify names them', async () => {
    const world = new World();
    const ann = await sealedVault(world);
    const planted = await forgeries(world);
    const before = await ann.content();
    const report = await ann.sync();
    const inFolders = planted.filter((path) => /deltas|catalogs/.test(path));
    expect(inFolders.length).toBeGreaterThan(1);
    expect(report.skipped.map(({ path }) => path).sort()).toEqual(inFolders);
    expect(new Set(report.skipped.map(({ reason }) => reason))).toEqual(new Set(['unsealed']));
    expect(new Set(report.warnings.map(({ code }) => code))).toEqual(new Set(['unsealed']));
    for (const call of ['compact', 'repair', 'collectGarbage'] as const) {
      world.pass(9 * DAY);
      await ann.engine()[call]();
    }
    const verified = await ann.engine().verify();
    expect(verified).toMatchObject({ ok: false, damaged: [], missing: [], missingRecords: 0 });
    expect(verified.unsealed).toEqual(planted);
    expect(await ann.content()).toEqual(before);
    const bob = await world.device({ codec: ann.parts.codec });
    await bob.sync();
    await bob.engine().restoreAll();
    expect(await bob.content()).toEqual(before);
    for (const path of planted) expect(world.cloud.peek(path)).toBeDefined();
  });

  it('do not hide genuine files whose ids they take', async () => {
    const world = new World();
    const ann = await sealedVault(world);
    await ann.write(1, { prefix: 'last' });
    await ann.sync();
    const bytes = await gzipCodec().encode({ evil: true }, { kind: 'delta' });
    const genuine = [
      ...deltas(world.cloud),
      ...catalogs(world.cloud),
      ...monthVaults(world.cloud),
      ...manifests(world.cloud),
    ];
    for (const path of genuine) world.cloud.poke(path.replace(/\.enc$/, ''), bytes);
    const last = deltas(world.cloud).at(-1) ?? '';
    const [, vaultId = ''] = last.split('_');
    const digest = (await sha256Hex(bytes)).slice(0, 16);
    world.cloud.poke(
      deltaPath('chat-vault', { at: world.now, vaultId, digest, extension: 'json.gz' }),
      bytes,
    );
    const bob = await world.device({ codec: ann.parts.codec });
    await bob.sync();
    await bob.engine().restoreAll();
    expect(await bob.content()).toEqual(await ann.content());
    expect(await bob.engine().verify()).toMatchObject({ damaged: [], missing: [], unnamed: [] });
    expect(await bob.engine().repair()).toMatchObject({ filesWritten: 0 });
  });

  it('under the name of one that counts, with other bytes, is refused', async () => {
    const world = new World();
    const plain = await world.device();
    await plain.write(2);
    await plain.sync();
    const codec = sealingCodec('key', world.random);
    const ann = plain.with({ codec });
    await ann.engine().seal();
    const [known = ''] = deltas(world.cloud);
    alterByte(world.cloud, known, -1);
    const bob = await world.device({ codec });
    const report = await bob.sync();
    expect(report.skipped).toEqual([{ path: known, reason: 'digest-mismatch' }]);
    expect(await bob.texts()).toEqual([]);
    await ann.engine().repair();
    await bob.sync();
    expect(await bob.texts()).toHaveLength(2);
  });

  it('cannot say in a plain catalog which plain deltas count', async () => {
    const world = new World();
    const ann = await sealedVault(world);
    await forgeries(world);
    const report = await ann.sync();
    expect(report.skipped.every(({ reason }) => reason === 'unsealed')).toBe(true);
  });

  it('when they are all that is left are not taken for the vault', async () => {
    const world = new World();
    const ann = await sealedVault(world);
    for (const { path } of world.cloud.files()) world.cloud.drop(path);
    await forgeries(world);
    const before = await ann.content();
    await ann.sync();
    expect(await ann.content()).toEqual(before);
    const bob = await world.device({ codec: ann.parts.codec });
    await bob.sync();
    expect((await bob.texts()).join()).not.toContain('evil');
  });
});
