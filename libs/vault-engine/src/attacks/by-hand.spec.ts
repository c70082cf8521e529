import { gzipCodec, jsonCodec, type StampedMessage } from '@chat-vault/core';
import { encodeVaultFile } from '@chat-vault/core/compaction';
import { sha256Hex } from '@chat-vault/core/format';
import { describe, expect, it } from 'vitest';
import { toProduct } from '../commit/run-writer.js';
import { deltas, manifests, monthVaults } from '../testing/cloud-paths.js';
import { expectConverged, syncUntilQuiet } from '../testing/convergence.js';
import { commitAs, readCatalogJson } from '../testing/newer-client.js';
import { onlyVault, vaultWriter } from '../testing/one-vault.js';
import { DAY, World } from '../testing/world.js';

describe('a delta of a chain that somebody deleted', () => {
  it.each([0, 1, 2, 3])(
    'as number %i holds nobody up, is found, and is written again by who has its records',
    async (victim) => {
      const world = new World();
      const [ann, bob] = [await world.device(), await world.device()];
      for (let round = 0; round < 4; round++) {
        await ann.write(2, { prefix: `r${round}` });
        await ann.sync();
      }
      world.cloud.drop(deltas(world.cloud)[victim] ?? '');
      expect(await bob.sync()).toMatchObject({ messagesNew: 6, recordsPending: 0 });
      expect(await ann.engine().verify()).toMatchObject({ ok: false, missingRecords: 2 });
      const { warnings } = await bob.engine().verify();
      const isFollowed = victim < 3;
      expect(warnings.map(({ code }) => code)).toEqual(isFollowed ? ['missing-delta'] : []);
      await ann.engine().repair();
      await expectConverged(world, [ann, bob]);
      expect(await bob.texts()).toHaveLength(8);
    },
  );
});

describe('two genuine vaults of one month', () => {
  it.each([
    { what: 'bytes', pick: monthVaults },
    { what: 'indexes', pick: manifests },
  ])('whose $what were exchanged are not applied, and are mended', async ({ pick }) => {
    const world = new World();
    // Plain text of one length: nothing but the digests tells one from the other.
    const codec = jsonCodec();
    const ann = await world.device({ codec, options: { compactionThreshold: 1_000 } });
    for (let run = 0; run < 2; run++) {
      await ann.write(5, { prefix: `run${run}` });
      await ann.sync();
      await ann.engine().compact();
    }
    world.pass(9 * DAY);
    await ann.sync();
    const [one = '', other = ''] = pick(world.cloud);
    const [a, b] = [world.cloud.peek(one), world.cloud.peek(other)];
    world.cloud.poke(one, b ?? new Uint8Array());
    world.cloud.poke(other, a ?? new Uint8Array());
    const bob = await world.device({ codec });
    await bob.sync();
    const report = await bob.engine().restoreAll();
    expect(a).toHaveLength(b?.length ?? 0);
    expect(report).toMatchObject({ incomplete: true, messagesNew: 0 });
    expect(report.skipped.length).toBeGreaterThan(0);
    await ann.engine().repair();
    await expectConverged(world, [ann, bob]);
    expect(await bob.texts()).toHaveLength(10);
  });
});

/** Puts a vault of some of the messages there, as a faulty compactor would; gives what a catalog says of it. */
async function putVault(world: World, messages: readonly StampedMessage[]) {
  const { cloud } = world;
  const newId = () => world.environment(() => world.now).uuid();
  const files = encodeVaultFile({
    partition: '2024-06',
    runId: newId(),
    basePath: 'chat-vault',
    codec: gzipCodec(),
    newId,
    maxVaultBytes: 1e6,
    segments: [{ content: { messages, tombstones: [], reactions: [], cleared: [] } }],
  });
  for await (const file of files) {
    cloud.poke(file.path, file.bytes);
    cloud.poke(file.manifestPath, file.manifestBytes);
    const sha256 = await sha256Hex(file.manifestBytes);
    const { manifest, manifestPath: at, manifestBytes } = file;
    const { vault } = toProduct({ manifest, path: at, sha256, byteLength: manifestBytes.length });
    const [path, manifestPath] = [vault.path, vault.manifestPath].map((one) =>
      one.replace('chat-vault/', ''),
    );
    return { ...vault, path, manifestPath, conversations: [0] };
  }
  throw new Error('there are messages');
}

describe('a faulty client with the key that commits half of a month as all of it', () => {
  it.each([
    { when: 'at once', days: 0 },
    { when: 'after what it replaced was collected', days: 9 },
  ])('is found and made up for $when by who has the messages', async ({ days }) => {
    const world = new World();
    const ann = await vaultWriter(world, 'gone', {});
    const { messages } = await ann.content();
    const genuine = onlyVault(world);
    const half = await putVault(world, messages.slice(0, 18));
    const { partitions } = (await readCatalogJson(world.cloud)) as {
      readonly partitions: Readonly<Record<string, readonly { readonly vaultId: string }[]>>;
    };
    const [whole] = partitions['2024-06'] ?? [];
    await commitAs(world.cloud, (catalog) => ({
      ...catalog,
      partitions: { '2024-06': [half] },
      replaced: { [whole?.vaultId ?? '']: ['2024-06'] },
    }));
    await ann.sync();
    world.pass(days * DAY);
    await ann.sync();
    expect(monthVaults(world.cloud).includes(genuine)).toBe(days === 0);
    expect(await ann.texts()).toHaveLength(36);
    expect(await ann.engine().verify()).toMatchObject({ ok: false, missingRecords: 18 });
    await ann.engine().repair();
    await syncUntilQuiet(world, [ann]);
    const bob = await expectConverged(world, [ann]);
    expect(await bob.texts()).toHaveLength(36);
  });
});
