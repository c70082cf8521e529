import { CloudError, type CloudStorage } from '@chat-vault/cloud-storage';
import { type MemoryCloud, memoryCloud } from '@chat-vault/cloud-storage/memory';
import { faultyCloud, type FaultyCloudOptions } from '@chat-vault/cloud-storage/testing';
import { describe, expect, it } from 'vitest';
import { type SyncProgress } from '../reports/reports.js';
import { catalogs, deltas, monthVaults } from '../testing/cloud-paths.js';
import { restoreEverything } from '../testing/convergence.js';
import { DAY, type Device, HOUR, World } from '../testing/world.js';
import { migrateVault } from './migrate-vault.js';
import { type MigrateOptions } from './migration.js';

/** A world with a vault that was compacted several times, and a cloud to move it to. */
async function worldToMove() {
  const world = new World();
  const options = { compactionThreshold: 3 };
  const ann = await world.device({ options, accountId: 'ann' });
  for (let round = 0; round < 9; round++) {
    const [first] = await ann.write(2, { prefix: `r${round}` });
    if (first && round === 4) await ann.storage.delete(first);
    if (round === 5) await ann.write(2, { prefix: 'old', at: Date.UTC(2021, 2, 3) });
    if (round === 6) await ann.storage.clearConversation('urn:chat:gone');
    await ann.sync();
    world.pass(3 * HOUR);
  }
  const target = memoryCloud({ providerId: 'target', now: () => world.now });
  const move = (parts: Partial<MigrateOptions> = {}) =>
    migrateVault({
      from: { cloud: world.cloud },
      to: { cloud: target },
      environment: world.environment(() => world.now),
      ...parts,
    });
  return { world, ann, target, move };
}

/** What a new device has that knows only this cloud. */
async function contentOf(world: World, cloud: CloudStorage) {
  const device = await world.device({ cloud, accountId: 'ann' });
  await device.engine().restore();
  await restoreEverything(device);
  return { device, content: await device.content() };
}

const creates = (cloud: MemoryCloud) =>
  cloud.requests.flatMap(({ kind, path }) => (kind === 'create' ? [path] : []));
const bytesOf = (cloud: MemoryCloud) =>
  new Map(cloud.files().map(({ path }) => [path, cloud.peek(path)]));
const flip = (cloud: MemoryCloud, path: string) =>
  cloud.poke(
    path,
    (cloud.peek(path) ?? new Uint8Array()).map((byte, index) => (index === 30 ? byte ^ 1 : byte)),
  );
const cut = (cloud: MemoryCloud, path: string, from: MemoryCloud = cloud) =>
  cloud.poke(path, (from.peek(path) ?? new Uint8Array()).slice(0, 40));

describe('migrateVault', () => {
  it('copies and checks all files, so that a new device restores everything from the target', async () => {
    const { world, ann, target, move } = await worldToMove();
    const before = bytesOf(world.cloud);
    const report = await move();
    expect(report).toMatchObject({
      mayRelease: true,
      problems: [],
      foreign: [],
      filesCopied: before.size,
      filesPresent: 0,
      filesReplaced: 0,
      filesVerified: before.size,
    });
    expect(bytesOf(world.cloud)).toEqual(before);
    expect(bytesOf(target)).toEqual(before);
    const { device, content } = await contentOf(world, target);
    expect(content).toEqual(await ann.content());
    expect(await device.engine().verify()).toMatchObject({ ok: true });
  });

  it('lets a device go on at the target', async () => {
    const { world, ann, target, move } = await worldToMove();
    await move();
    expect(await ann.engine(target).sync()).toMatchObject({ skipped: [], warnings: [] });
    await ann.write(1, { prefix: 'new' });
    await ann.engine(target).sync();
    expect(await ann.engine(target).sync()).toMatchObject({ filesWritten: 0 });
    expect((await contentOf(world, target)).content).toEqual(await ann.content());
  });

  it('lets a device that knows the target by the id of the source go on without uploading anything', async () => {
    const { world, ann, move } = await worldToMove();
    const target = memoryCloud({ providerId: world.cloud.providerId });
    await move({ to: { cloud: target } });
    world.pass(HOUR);
    expect(await ann.engine(target).sync()).toMatchObject({
      recordsUploaded: 0,
      recordsPending: 0,
      messagesNew: 0,
      warnings: [],
    });
    await ann.write(1, { prefix: 'new' });
    expect(await ann.engine(target).sync()).toMatchObject({ recordsUploaded: 1 });
    expect((await contentOf(world, target)).content).toEqual(await ann.content());
  });

  it('writes a catalog only when all that it names is there and was read back', async () => {
    const { target, move } = await worldToMove();
    await move();
    const calls = target.requests.filter(({ kind }) => kind === 'create' || kind === 'read');
    const isCatalog = calls.map(({ path }) => path.includes('/catalogs/'));
    expect(isCatalog).toContain(true);
    expect(isCatalog).toEqual([...isCatalog].sort());
  });

  it('copies nothing twice, and checks what is there all the same', async () => {
    const { world, target, move } = await worldToMove();
    await move();
    target.clearRequests();
    const files = world.cloud.files().length;
    expect(await move()).toMatchObject({
      mayRelease: true,
      filesCopied: 0,
      filesPresent: files,
      filesVerified: files,
    });
    expect(creates(target)).toEqual([]);
  });

  it('moves to another base folder', async () => {
    const { world, ann, target, move } = await worldToMove();
    const to = { cloud: target, basePath: 'messaging/backup' };
    expect(await move({ to })).toMatchObject({ mayRelease: true });
    const root = memoryCloud({ providerId: 'root' });
    expect(await move({ from: to, to: { cloud: root, basePath: '' } })).toMatchObject({
      mayRelease: true,
    });
    expect(root.files('deltas').length).toBeGreaterThan(0);
    for (const place of [to, { cloud: root, basePath: '' }]) {
      const device = await world.device({ ...place, accountId: 'ann' });
      await device.engine().restore();
      await restoreEverything(device);
      expect(await device.content()).toEqual(await ann.content());
    }
  });

  it('refuses to move a vault to where it is', async () => {
    const { world, target, move } = await worldToMove();
    await expect(move({ to: { cloud: world.cloud } })).rejects.toMatchObject({ code: 'invalid' });
    expect(
      await move({ to: { cloud: world.cloud, basePath: 'copy' }, from: { cloud: world.cloud } }),
    ).toMatchObject({ mayRelease: true });
    expect(target.files()).toEqual([]);
  });

  it('moves nothing of an empty place, and leaves out what is not of the format', async () => {
    const { world, target, move } = await worldToMove();
    const empty = memoryCloud({ providerId: 'empty' });
    expect(await move({ from: { cloud: empty } })).toMatchObject({ filesCopied: 0 });
    const [delta = ''] = deltas(world.cloud);
    const junk = [
      'chat-vault/deltas/desktop.ini',
      `${delta.replace('.json.gz', '')} (1).json.gz`,
      'chat-vault/catalogs/.part',
    ];
    for (const path of junk) world.cloud.poke(path, new Uint8Array(3));
    world.cloud.poke('chat-vault/.stversions/x', new Uint8Array(3));
    const { foreign, mayRelease } = await move();
    expect(mayRelease).toBe(true);
    expect([...foreign].sort()).toEqual([...junk, 'chat-vault/.stversions'].sort());
    for (const path of junk) expect(target.peek(path)).toBeUndefined();
  });
});

describe('a move that was stopped', () => {
  it.each([true, false])(
    'after any write (reply lost: %s) left a whole vault, and goes on',
    async (isLastReplyLost) => {
      const { world, ann, target, move } = await worldToMove();
      const content = await ann.content();
      const counted = faultyCloud(memoryCloud({ providerId: 'target' }));
      const writes: number[] = [];
      counted.beforeCall(({ operation, index }) => {
        if (operation === 'create') writes.push(index);
      });
      await move({ to: { cloud: counted } });
      expect(writes.length).toBe(world.cloud.files().length);
      const empty = target.snapshot();
      for (const write of writes) {
        target.restore(empty);
        const dying = faultyCloud(target);
        dying.stopAfter(write, { isLastReplyLost });
        await expect(move({ to: { cloud: dying } })).rejects.toMatchObject({ code: 'offline' });
        const early = await world.device({ cloud: target, accountId: 'ann' });
        await early.engine().restore();
        const checked = await early.engine().verify();
        expect(checked).toMatchObject({ missing: [], damaged: [] });
        expect(await move()).toMatchObject({ mayRelease: true });
        expect(bytesOf(target)).toEqual(bytesOf(world.cloud));
      }
      expect((await contentOf(world, target)).content).toEqual(content);
    },
  );

  it('in the middle of any upload goes on, and writes the torn file anew', async () => {
    const { world, target, move } = await worldToMove();
    const empty = target.snapshot();
    for (const { path } of world.cloud.files()) {
      target.restore(empty);
      const dying = faultyCloud(target);
      dying.beforeCall((call) => {
        if (call.operation !== 'create' || call.path !== path) return;
        cut(target, path, world.cloud);
        throw new CloudError('unavailable', 'the upload broke off');
      });
      await expect(move({ to: { cloud: dying } })).rejects.toMatchObject({ code: 'unavailable' });
      expect(await move()).toMatchObject({ mayRelease: true, filesReplaced: 1 });
      expect(bytesOf(target)).toEqual(bytesOf(world.cloud));
    }
  });

  it('by its caller ends with the reason, within a file', async () => {
    const { world, target, move } = await worldToMove();
    for (let calls = 1; calls < 60; calls += 4) {
      const aborter = new AbortController();
      const reason = new Error('enough');
      const watched = faultyCloud(world.cloud);
      watched.beforeCall(({ index }) => {
        if (index === calls) aborter.abort(reason);
      });
      const phases: SyncProgress['phase'][] = [];
      const moving = move({
        from: { cloud: watched },
        signal: aborter.signal,
        onProgress: ({ phase }) => phases.push(phase),
      });
      const outcome = await moving.catch((error: unknown) => error);
      if (watched.calls < calls) break;
      expect(outcome).toBe(reason);
      expect(phases.at(-1)).toBe('aborted');
    }
    expect(await move()).toMatchObject({ mayRelease: true });
    expect(bytesOf(target)).toEqual(bytesOf(world.cloud));
  });

  it.each(['unauthorized', 'quota-exceeded', 'rate-limited', 'offline', 'unavailable'] as const)(
    'by a target that says %s tells so, and goes on later',
    async (code) => {
      const { move, target } = await worldToMove();
      const full = faultyCloud(target);
      let creates = 0;
      full.beforeCall(({ operation }) => {
        if (operation === 'create' && ++creates > 3) throw new CloudError(code, 'test');
      });
      await expect(move({ to: { cloud: full } })).rejects.toMatchObject({ code });
      full.calm();
      expect(await move({ to: { cloud: full } })).toMatchObject({
        mayRelease: true,
        filesPresent: 3,
      });
    },
  );
});

describe('a source in which something is wrong', () => {
  const kinds: readonly (readonly [string, (cloud: MemoryCloud) => readonly string[]])[] = [
    ['a delta', deltas],
    ['a month vault', monthVaults],
    ['a manifest', (cloud) => pathsWith(cloud, 'chat_manifest')],
    ['a catalog', catalogs],
  ];

  it.each(kinds)('in %s, is reported, and all is copied as it is', async (_, pathsOf) => {
    const { world, target, move } = await worldToMove();
    const path = pathsOf(world.cloud).at(-1) ?? '';
    flip(world.cloud, path);
    const report = await move();
    expect(report).toMatchObject({
      mayRelease: false,
      problems: [{ kind: 'damaged', path: path.replace('chat-vault/', '') }],
    });
    expect(bytesOf(target)).toEqual(bytesOf(world.cloud));
  });

  it.each(['unavailable', 'invalid', 'forbidden'] as const)(
    'as a file that is %s does not stop the rest',
    async (code) => {
      const { world, target, move } = await worldToMove();
      const [path = ''] = monthVaults(world.cloud);
      const failing = faultyCloud(world.cloud);
      failing.beforeCall((call) => {
        if (call.operation === 'read' && call.path === path) throw new CloudError(code, 'test');
      });
      expect(await move({ from: { cloud: failing } })).toMatchObject({
        mayRelease: false,
        problems: [{ kind: 'unreadable', reason: code }],
        filesCopied: world.cloud.files().length - 1,
      });
      expect(target.peek(path)).toBeUndefined();
      expect(await move()).toMatchObject({ mayRelease: true, filesCopied: 1 });
    },
  );

  it('as a service that fails altogether ends the move', async () => {
    const { world, move } = await worldToMove();
    const failing = faultyCloud(world.cloud);
    failing.beforeCall(({ operation }) => {
      if (operation === 'read') throw new CloudError('unavailable', 'test');
    });
    await expect(move({ from: { cloud: failing } })).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('on the way only, is read again', async () => {
    const { world, target, move } = await worldToMove();
    const torn = faultyCloud(world.cloud, { seed: 3, faults: { tornRead: 0.2 } });
    const report = await move({ from: { cloud: torn } });
    const unread = report.problems.filter(({ kind }) => kind === 'unreadable');
    expect(torn.injected.length).toBeGreaterThan(unread.length);
    for (const { path, size } of target.files()) {
      expect(size).toBe(world.cloud.peek(path)?.length);
    }
    expect(await move()).toMatchObject({ mayRelease: true });
    expect(bytesOf(target)).toEqual(bytesOf(world.cloud));
  });

  it('as a file that a catalog names and that is lost, is reported', async () => {
    const { world, move } = await worldToMove();
    const [path = ''] = monthVaults(world.cloud);
    world.cloud.drop(path);
    expect(await move()).toMatchObject({
      mayRelease: false,
      problems: [{ kind: 'missing', path: path.replace('chat-vault/', '') }],
    });
  });

  it('as a file that is listed for ever and not there, is reported', async () => {
    const { world, move } = await worldToMove();
    const [path = ''] = deltas(world.cloud);
    const lying = faultyCloud(world.cloud);
    lying.beforeCall((call) => {
      if (call.operation === 'read' && call.path === path)
        throw new CloudError('not-found', 'test');
    });
    const report = await move({ from: { cloud: lying } });
    expect(report).toMatchObject({ mayRelease: false, problems: [{ kind: 'unreadable' }] });
  });
});

describe('a source that is in use', () => {
  const busy = (world: World, work: (call: number) => Promise<void>): CloudStorage => {
    const cloud = faultyCloud(world.cloud);
    cloud.beforeCall(({ operation, index }) => (operation === 'read' ? work(index) : undefined));
    return cloud;
  };

  it('is copied until nothing is new', async () => {
    const { world, ann, target, move } = await worldToMove();
    let written = 0;
    const from = {
      cloud: busy(world, async () => {
        if (written >= 5) return;
        written += 1;
        await ann.write(1, { prefix: `late${written}` });
        await ann.sync();
        world.pass(HOUR);
      }),
    };
    expect(await move({ from })).toMatchObject({ mayRelease: true });
    expect(written).toBe(5);
    expect((await contentOf(world, target)).content).toEqual(await ann.content());
  });

  it('may be compacted and cleaned up meanwhile', async () => {
    const { world, ann, target, move } = await worldToMove();
    let isDone = false;
    const from = {
      cloud: busy(world, async (call) => {
        if (isDone || call < 12) return;
        isDone = true;
        world.pass(9 * DAY);
        await ann.write(1, { prefix: 'late' });
        await ann.sync();
        await ann.engine().compact();
        world.pass(9 * DAY);
        await ann.sync();
        await ann.engine().collectGarbage();
      }),
    };
    const before = bytesOf(world.cloud);
    expect(await move({ from })).toMatchObject({ mayRelease: true });
    const gone = [...before.keys()].filter((path) => world.cloud.peek(path) === undefined);
    expect(gone.length).toBeGreaterThan(0);
    const { device, content } = await contentOf(world, target);
    expect(content).toEqual(await ann.content());
    expect(await device.engine().verify()).toMatchObject({ missing: [], damaged: [] });
  });

  it('gives no catalog in the round in which a file went, as a newer one names what took its place', async () => {
    const { world, target, move } = await worldToMove();
    const [gone = ''] = monthVaults(world.cloud);
    let looks = 0;
    const catalogsAfterLooks = new Set<number>();
    const source = faultyCloud(world.cloud);
    source.beforeCall(({ operation, path }) => {
      if (operation === 'list' && path.endsWith('/catalogs')) looks += 1;
      if (operation === 'read' && path === gone) world.cloud.drop(gone);
    });
    const to = faultyCloud(target);
    to.beforeCall(({ operation, path }) => {
      if (operation === 'create' && path.includes('/catalogs/')) catalogsAfterLooks.add(looks);
    });
    await move({ from: { cloud: source }, to: { cloud: to } });
    expect(catalogsAfterLooks).toEqual(new Set([2]));
  });

  it('without end is left for later', async () => {
    const { world, ann, move } = await worldToMove();
    const from = {
      cloud: busy(world, async () => {
        await ann.write(1);
        await ann.engine().backup();
        world.pass(1000);
      }),
    };
    await expect(move({ from })).rejects.toMatchObject({ code: 'unavailable' });
  });
});

describe('a target that holds something', () => {
  it('of another account is refused, and nothing is written', async () => {
    const { world, target, move } = await worldToMove();
    const eve = await world.device({ cloud: target, accountId: 'eve' });
    await eve.write(1, { prefix: 'eve' });
    await eve.sync();
    const before = bytesOf(target);
    await expect(move()).rejects.toMatchObject({ name: 'EngineError', code: 'foreign-vault' });
    expect(bytesOf(target)).toEqual(before);
  });

  it('of the same account becomes one with it', async () => {
    const { world, ann, target, move } = await worldToMove();
    const other = await world.device({ cloud: target, accountId: 'ann' });
    await other.write(2, { prefix: 'there' });
    await other.sync();
    expect(await move()).toMatchObject({ mayRelease: true });
    const { content } = await contentOf(world, target);
    expect(content.messages).toHaveLength((await ann.content()).messages.length + 2);
  });

  it('under the same name, which nothing proves broken, keeps it', async () => {
    const { world, target, move } = await worldToMove();
    const path = 'chat-vault/keyring/018d5f3a-0000-7000-8000-000000000001.json';
    world.cloud.poke(path, new Uint8Array(10));
    target.poke(path, new Uint8Array(11));
    const report = await move();
    expect(report).toMatchObject({
      mayRelease: false,
      problems: [{ kind: 'conflict', path: path.replace('chat-vault/', '') }],
    });
    expect(target.peek(path)).toHaveLength(11);
    target.poke(path, new Uint8Array(10).fill(1));
    expect(await move()).toMatchObject({
      mayRelease: false,
      problems: [{ kind: 'unverified', reason: 'it is not the same file' }],
    });
    expect(target.peek(path)).toEqual(new Uint8Array(10).fill(1));
  });

  it('whole where the source is broken keeps it', async () => {
    const { world, target, move } = await worldToMove();
    await move();
    const [path = ''] = deltas(world.cloud);
    const whole = target.peek(path);
    cut(world.cloud, path);
    expect(await move()).toMatchObject({ mayRelease: false });
    expect(target.peek(path)).toEqual(whole);
  });

  it('damaged at the same size is written anew', async () => {
    const { world, target, move } = await worldToMove();
    await move();
    for (const paths of [
      deltas,
      monthVaults,
      (cloud: MemoryCloud) => pathsWith(cloud, 'chat_manifest'),
      catalogs,
    ]) {
      flip(target, paths(target).at(-1) ?? '');
    }
    expect(await move()).toMatchObject({ mayRelease: true, filesReplaced: 4, filesCopied: 0 });
    expect(bytesOf(target)).toEqual(bytesOf(world.cloud));
  });

  it('altered on the way at every write is never trusted', async () => {
    const { target, move } = await worldToMove();
    const altering: CloudStorage = {
      ...bound(target),
      create: (path, bytes, options) =>
        target.create(
          path,
          bytes.map((byte, index) => (index === 30 ? byte ^ 1 : byte)),
          options,
        ),
    };
    const report = await move({ to: { cloud: altering } });
    expect(report).toMatchObject({ mayRelease: false, filesVerified: 0 });
    expect(new Set(report.problems.map(({ kind }) => kind))).toEqual(new Set(['unverified']));
  });
});

describe('listings that lag', () => {
  const lagging = (world: World, cloud: CloudStorage, options: FaultyCloudOptions = {}) =>
    faultyCloud(cloud, { faults: { lag: { ms: 30_000 } }, now: () => world.now, ...options });

  it('at the target are waited for', async () => {
    const { world, target, move } = await worldToMove();
    const before = world.now;
    expect(await move({ to: { cloud: lagging(world, target) } })).toMatchObject({
      mayRelease: true,
      filesPresent: 0,
    });
    expect(world.now - before).toBeGreaterThanOrEqual(30_000);
  });

  it('at the target without end leave it unverified', async () => {
    const { world, target, move } = await worldToMove();
    const never = lagging(world, target, { faults: { lag: { listings: 1000 } } });
    const report = await move({ to: { cloud: never } });
    expect(report).toMatchObject({ mayRelease: false });
    expect(report.problems[0]).toMatchObject({ kind: 'unverified', reason: 'it is not listed' });
  });

  it('at the source are waited for', async () => {
    const { world, ann, target, move } = await worldToMove();
    const slow = lagging(world, world.cloud);
    await ann.write(1, { prefix: 'just now' });
    await ann.engine(slow).backup();
    expect(await move({ from: { cloud: slow } })).toMatchObject({ mayRelease: true });
    expect((await contentOf(world, target)).content).toEqual(await ann.content());
  });

  it('at the source are waited for, also while they show nothing at all', async () => {
    const { world, ann, target, move } = await worldToMove();
    const kept = memoryCloud({ providerId: 'slow', now: () => world.now });
    const slow = lagging(world, kept);
    await ann.engine(slow).backup();
    expect(await move({ from: { cloud: slow } })).toMatchObject({ mayRelease: true });
    expect(kept.files().length).toBeGreaterThan(0);
    expect(bytesOf(target)).toEqual(bytesOf(kept));
  });
});

describe('listings that lag by an hour', () => {
  /** A cloud whose listings are late, that a person is signed in to for a little less than that, and what was slept. */
  const hourly = async (hidesNew = true) => {
    const parts = await worldToMove();
    const { world, target, move } = parts;
    world.pass(2 * HOUR);
    let signedInAt = world.now;
    const late = (cloud: CloudStorage) => {
      const faults = hidesNew ? { lag: { ms: HOUR } } : {};
      const faulty = faultyCloud(cloud, { faults, now: () => world.now });
      faulty.beforeCall(() => {
        if (world.now - signedInAt > HOUR) throw new CloudError('unauthorized', 'the token ended');
      });
      return Object.assign(faulty, { listingLagMs: HOUR });
    };
    const source = late(world.cloud);
    const slept: number[] = [];
    const environment = {
      ...world.environment(() => world.now),
      sleep: async (ms: number) => {
        slept.push(ms);
        world.pass(ms);
      },
    };
    return {
      ...parts,
      late,
      slept,
      source,
      signIn: () => (signedInAt = world.now),
      move: (more: Partial<MigrateOptions> = {}) =>
        move({ from: { cloud: source }, to: { cloud: target }, environment, ...more }),
    };
  };

  it('at the source are not waited for, and a later move finds that nothing new came', async () => {
    const { world, target, slept, signIn, move } = await hourly();
    const files = world.cloud.files().length;
    const first = await move();
    expect(first).toMatchObject({
      mayRelease: false,
      filesCopied: files,
      lookAgainAt: new Date(world.now + HOUR).toISOString(),
      problems: [{ kind: 'unsettled', path: '' }],
    });
    expect(slept).toEqual([]);
    world.pass(HOUR - 1);
    signIn();
    expect(await move()).toMatchObject({
      mayRelease: false,
      lookAgainAt: first.lookAgainAt,
      filesCopied: 0,
    });
    world.pass(1);
    expect(await move()).toMatchObject({ mayRelease: true, problems: [], filesPresent: files });
    expect(slept).toEqual([]);
    expect(bytesOf(target)).toEqual(bytesOf(world.cloud));
  });

  it('bring over later what was written just before the first move', async () => {
    const { world, ann, target, source, signIn, move } = await hourly();
    await ann.write(1, { prefix: 'just now' });
    await ann.engine(source).backup();
    expect(await move()).toMatchObject({ mayRelease: false });
    expect(target.files().length).toBeLessThan(world.cloud.files().length);
    world.pass(HOUR);
    signIn();
    expect(await move()).toMatchObject({ mayRelease: true, problems: [] });
    expect((await contentOf(world, target)).content).toEqual(await ann.content());
  });

  it('keep the source while something new comes', async () => {
    const { world, ann, signIn, move } = await hourly(false);
    await move();
    world.pass(HOUR);
    signIn();
    await ann.write(1, { prefix: 'new' });
    await ann.sync();
    expect(await move()).toMatchObject({
      mayRelease: false,
      lookAgainAt: new Date(world.now + HOUR).toISOString(),
    });
    world.pass(HOUR);
    signIn();
    expect(await move()).toMatchObject({ mayRelease: true });
  });

  it('of a place that seems empty do not yet mean that nothing is there', async () => {
    const { world, source, move } = await hourly();
    const empty = { cloud: source, basePath: 'other' };
    expect(await move({ from: empty })).toMatchObject({
      mayRelease: false,
      lookAgainAt: new Date(world.now + HOUR).toISOString(),
    });
  });

  it('at the target are not waited for either', async () => {
    const { world, target, late, slept, signIn, move } = await hourly();
    const to = { cloud: late(target) };
    const from = { cloud: world.cloud };
    const report = await move({ from, to });
    expect(report).toMatchObject({ mayRelease: false });
    expect(new Set(report.problems.map(({ kind }) => kind))).toEqual(new Set(['unsettled']));
    expect(report.lookAgainAt).toBe(new Date(world.now + HOUR).toISOString());
    expect(Math.max(...slept)).toBeLessThan(HOUR / 60);
    world.pass(HOUR);
    signIn();
    expect(await move({ from, to })).toMatchObject({ mayRelease: true, problems: [] });
  });
});

describe('a move', () => {
  it('has so many files and bytes under way, and not more', async () => {
    const { world, target, move } = await worldToMove();
    const largest = Math.max(...world.cloud.files().map(({ size }) => size));
    let [underWay, most] = [0, 0];
    const counting = (cloud: MemoryCloud): CloudStorage => ({
      ...bound(cloud),
      read: async (path, options) => {
        most = Math.max(most, (underWay += 1));
        await new Promise((resolve) => setImmediate(resolve));
        underWay -= 1;
        return cloud.read(path, options);
      },
    });
    const run = async (parts: Partial<MigrateOptions>) => {
      most = 0;
      const to = { cloud: counting(memoryCloud({ providerId: 'counted' })) };
      await move({ from: { cloud: counting(world.cloud) }, to, ...parts });
      return most;
    };
    expect(await run({ maxInFlight: 3 })).toBe(3);
    expect(await run({ maxInFlight: 1 })).toBe(1);
    expect(await run({ maxInFlight: 8, maxInFlightBytes: largest })).toBeLessThan(8);
    expect(await run({ maxInFlight: 8, maxInFlightBytes: 1 })).toBe(1);
    expect(target.files()).toEqual([]);
  });

  it('tells how far it is, never goes back, and ends', async () => {
    const { world, move } = await worldToMove();
    const told: SyncProgress[] = [];
    await move({ onProgress: (progress) => told.push(progress) });
    const files = 2 * world.cloud.files().length;
    expect(told.at(-1)).toMatchObject({ phase: 'done', filesDone: files, filesTotal: files });
    expect(new Set(told.map(({ phase }) => phase))).toEqual(
      new Set(['listing', 'backing-up', 'verifying', 'done']),
    );
    for (const [index, { filesDone, bytesDone }] of told.entries()) {
      expect(filesDone).toBeGreaterThanOrEqual(told[index - 1]?.filesDone ?? 0);
      expect(bytesDone).toBeGreaterThanOrEqual(told[index - 1]?.bytesDone ?? 0);
    }
  });

  const sealed = sealingCodec();
  /** A world with an encrypted vault that was compacted. */
  const worldWithSealed = async () => {
    const world = new World();
    const ann = await world.device({ codec: sealed, options: { compactionThreshold: 2 } });
    for (let round = 0; round < 6; round++) {
      await ann.write(2, { prefix: `r${round}` });
      await ann.sync();
      world.pass(3 * HOUR);
    }
    return { world, ann };
  };

  it('of a sealed vault takes no plain catalog at its word, as anybody may have put it there', async () => {
    const { world } = await worldWithSealed();
    const evil = new World(2);
    evil.pass(DAY); // other ids than those of this world
    const eve = await evil.device({ options: { bulkRecords: 5 } });
    await eve.write(6, { prefix: 'evil' });
    await eve.sync();
    const [planted = ''] = catalogs(evil.cloud);
    expect(world.cloud.peek(planted)).toBeUndefined();
    world.cloud.poke(planted, evil.cloud.peek(planted) ?? new Uint8Array());
    const to = { cloud: memoryCloud({ providerId: 'target' }) };
    const from = { cloud: world.cloud };
    expect(await migrateVault({ from, to, codec: sealed })).toMatchObject({
      mayRelease: true,
      problems: [],
    });
  });

  it('of a sealed vault needs no key, and with it also says what is missing', async () => {
    const { world, ann } = await worldWithSealed();
    const target = memoryCloud({ providerId: 'target' });
    const places = { from: { cloud: world.cloud }, to: { cloud: target } };
    expect(await migrateVault(places)).toMatchObject({ mayRelease: true });
    expect(bytesOf(target)).toEqual(bytesOf(world.cloud));
    const fresh: Device = await world.device({ codec: sealed, cloud: target });
    await fresh.engine().restore();
    await restoreEverything(fresh);
    expect(await fresh.content()).toEqual(await ann.content());
    const [vault = ''] = monthVaults(world.cloud);
    world.cloud.drop(vault);
    expect(await migrateVault(places)).toMatchObject({ mayRelease: true });
    expect(await migrateVault({ ...places, codec: sealed })).toMatchObject({
      mayRelease: false,
      problems: [{ kind: 'missing' }],
    });
  });
});

const pathsWith = (cloud: MemoryCloud, part: string): readonly string[] =>
  cloud.files().flatMap(({ path }) => (path.includes(part) ? [path] : []));

const bound = (cloud: MemoryCloud): CloudStorage => ({
  providerId: cloud.providerId,
  displayName: cloud.displayName,
  list: cloud.list.bind(cloud),
  listFolders: cloud.listFolders.bind(cloud),
  read: cloud.read.bind(cloud),
  create: cloud.create.bind(cloud),
  remove: cloud.remove.bind(cloud),
});

/** Stands for encryption: nobody without it can read the files. */
function sealingCodec() {
  const turn = (bytes: Uint8Array) => bytes.map((byte) => byte ^ 0x5a);
  return {
    extension: 'json.gz.enc',
    encode: async (json: unknown) => turn(new TextEncoder().encode(JSON.stringify(json))),
    decode: async (bytes: Uint8Array): Promise<unknown> =>
      JSON.parse(new TextDecoder().decode(turn(bytes))),
  };
}
