import { describe, expect, it } from 'vitest';
import { lastWriterWins } from '../merge/conflict-resolver.js';
import { describeData, metadataOfKeys } from '../metadata/describe-data.js';
import { type EntityKeyData } from '../model/entity-key-data.js';
import { PlainPersistence } from '../simulation/test-world.js';
import { memoryStore } from '../tiers/memory/memory-store.js';
import { type IPersistence } from '../tiers/persistence.js';
import { UNKNOWN_KEY } from './blob-metadata.js';
import { BlobTier } from './blob-tier.js';
import { partitionDifferences } from './partition-differences.js';
import { SyncHandler } from './sync-handler.js';

const at = (ms: number) => new Date(1_700_000_000_000 + ms);
const saved = (id: string, ms: number, name = id): EntityKeyData => ({
  User: { [id]: { id, updatedAt: at(ms), ...{ name } } },
});
const deleted = (id: string, ms: number): EntityKeyData => ({
  deleted: { User: { [id]: at(ms).toISOString() } },
});

const open = (
  a: IPersistence = new PlainPersistence(),
  b: IPersistence = new PlainPersistence(),
) => {
  const options = { prefix: 'app', resolver: lastWriterWins };
  const tiers = { a: new BlobTier('a', a, options), b: new BlobTier('b', b, options) };
  const write = (side: 'a' | 'b', key: string, data: EntityKeyData) =>
    tiers[side].merge(new Map([[key, data]]));
  const read = (key: string) => Promise.all([tiers.a.loadKey(key), tiers.b.loadKey(key)]);
  return {
    a,
    b,
    ...{ tiers },
    write,
    read,
    handler: new SyncHandler(tiers.a, tiers.b, lastWriterWins),
  };
};

describe('partitionDifferences', () => {
  const metadata = (keys: Record<string, EntityKeyData>) =>
    metadataOfKeys(Object.entries(keys).map(([key, data]) => [key, describeData(data)]));

  it('says what is only here, only there, and differs', () => {
    const a = metadata({ x: saved('x', 1), same: saved('s', 1), both: saved('b', 1), none: {} });
    const b = metadata({ y: saved('y', 1), same: saved('s', 1), both: saved('b', 2) });
    expect(partitionDifferences(a, b)).toEqual({ onlyA: ['x'], onlyB: ['y'], differing: ['both'] });
  });

  it('sees a difference although the times are equal', () => {
    const [a, b] = [metadata({ k: saved('a', 1, 'x') }), metadata({ k: saved('a', 1, 'y') })];
    expect(a.updatedAt).toBe(b.updatedAt);
    expect(partitionDifferences(a, b).differing).toEqual(['k']);
  });

  it('compares by content what neither side can tell', () => {
    const unknown = metadataOfKeys([['k', UNKNOWN_KEY]]);
    expect(partitionDifferences(unknown, unknown).differing).toEqual(['k']);
    expect(partitionDifferences(metadata({}), unknown)).toMatchObject({ onlyB: ['k'] });
  });
});

describe.each([
  ['plain tiers', () => new PlainPersistence()],
  ['atomic tiers', () => memoryStore()],
])('SyncHandler between %s', (_, create) => {
  it('copies a key that is only on one side, in both directions', async () => {
    const { handler, read, write } = open(create(), create());
    await write('a', 'app.x', saved('x', 1));
    await write('b', 'app.y', saved('y', 1));
    expect(await handler.sync()).toMatchObject({ keysToA: ['app.y'], keysToB: ['app.x'] });
    expect(await read('app.x')).toEqual([saved('x', 1), saved('x', 1)]);
    expect(await read('app.y')).toEqual([saved('y', 1), saved('y', 1)]);
  });

  it.each([
    ['a newer', saved('x', 2, 'a'), saved('x', 1, 'b'), saved('x', 2, 'a')],
    ['b newer', saved('x', 1, 'a'), saved('x', 2, 'b'), saved('x', 2, 'b')],
    ['a delete and an update at one time', deleted('x', 1), saved('x', 1), deleted('x', 1)],
    ['an update after a delete', deleted('x', 1), saved('x', 2), saved('x', 2)],
    ['a delete after an update', saved('x', 1), deleted('x', 2), deleted('x', 2)],
    ['one time, two states', saved('x', 1, 'a'), saved('x', 1, 'b'), saved('x', 1, 'b')],
    ['two deletes', deleted('x', 1), deleted('x', 2), deleted('x', 2)],
  ])('settles %s the same in both directions', async (_name, one, other, winner) => {
    for (const [a, b] of [
      [one, other],
      [other, one],
    ] as const) {
      const { handler, read, write } = open(create(), create());
      await write('a', 'app.k', a);
      await write('b', 'app.k', b);
      await handler.sync();
      expect(await read('app.k')).toEqual([winner, winner]);
      expect(await handler.sync()).toMatchObject({ compared: 0, keysToA: [], keysToB: [] });
    }
  });

  it('unites different entities of one key', async () => {
    const { handler, read, write } = open(create(), create());
    await write('a', 'app.k', saved('x', 1));
    await write('b', 'app.k', saved('y', 2));
    await handler.sync();
    const both = { User: { ...saved('x', 1)['User'], ...saved('y', 2)['User'] } };
    expect(await read('app.k')).toEqual([both, both]);
  });
});

describe('SyncHandler', () => {
  it('reads two metadata blobs and writes nothing when nothing changed', async () => {
    const [a, b] = [new PlainPersistence(), new PlainPersistence()];
    const { handler, write } = open(a, b);
    for (let index = 0; index < 20; index++) await write('a', `app.${index}`, saved('x', index));
    await handler.sync();
    a.takeCalls();
    b.takeCalls();
    await handler.sync();
    expect(a.takeCalls()).toEqual(['load app.metadata']);
    expect(b.takeCalls()).toEqual(['load app.metadata']);
  });

  it('loads only the keys that differ', async () => {
    const [a, b] = [new PlainPersistence(), new PlainPersistence()];
    const { handler, write } = open(a, b);
    await write('a', 'app.x', saved('x', 1));
    await write('a', 'app.y', saved('y', 1));
    await handler.sync();
    await write('a', 'app.y', saved('y', 2));
    b.takeCalls();
    await handler.sync();
    expect(b.takeCalls().filter((call) => call.endsWith('app.x'))).toEqual([]);
  });

  it('skips a key of the first side that changes meanwhile, and brings it in the next sync', async () => {
    const b = new PlainPersistence();
    const { handler, read, write } = open(new PlainPersistence(), b);
    await write('a', 'app.k', saved('x', 1));
    await write('b', 'app.k', saved('y', 1));
    let isFirst = true;
    b.before = async ({ operation, key }) => {
      if (operation !== 'store' || key !== 'app.k' || !isFirst) return;
      isFirst = false;
      await write('a', 'app.k', saved('z', 5));
    };
    const result = await handler.sync();
    expect(result).toMatchObject({ skipped: ['app.k'], keysToA: [], keysToB: ['app.k'] });
    expect(await handler.sync()).toMatchObject({ skipped: [], keysToA: ['app.k'] });
    const [inA, inB] = await read('app.k');
    expect(Object.keys(inA?.['User'] ?? {}).sort()).toEqual(['x', 'y', 'z']);
    expect(inA).toEqual(inB);
  });

  it('does not put off for ever a key that changes during each sync', async () => {
    const b = new PlainPersistence();
    const { handler, read, write } = open(new PlainPersistence(), b);
    await write('a', 'app.k', saved('x', 1));
    await write('b', 'app.k', saved('y', 1));
    let ms = 10;
    b.before = async ({ operation, key }) => {
      if (operation === 'load' && key === 'app.k') await write('a', 'app.k', saved('x', ms++));
    };
    let rounds = 0;
    for (let isThere = false; !isThere; rounds++) {
      expect(rounds).toBeLessThan(10);
      await handler.sync();
      isThere = Object.hasOwn((await read('app.k'))[0]?.['User'] ?? {}, 'y');
    }
    expect(rounds).toBe(4);
  });

  it('brings to the first side what the second holds, although that takes nothing, and the rest when it does', async () => {
    const b = new PlainPersistence();
    const { handler, read, write } = open(new PlainPersistence(), b);
    for (let key = 0; key < 40; key++) {
      await write('a', `app.k${key}`, saved('x', 1));
      await write('b', `app.k${key}`, saved('y', 1));
    }
    const full = new Error('full');
    let refusals = 0;
    b.before = ({ operation }) => {
      if (operation !== 'store') return;
      refusals += 1;
      throw full;
    };
    const result = await handler.sync();
    expect(result).toMatchObject({ failure: full, keysToB: [], compared: 40 });
    expect(result.keysToA).toHaveLength(40);
    expect(refusals).toBe(1);
    const both = { User: { ...saved('x', 1)['User'], ...saved('y', 1)['User'] } };
    expect(await read('app.k39')).toEqual([both, saved('y', 1)]);
    b.before = () => undefined;
    const healed = await handler.sync();
    expect(healed).toMatchObject({ failure: undefined, keysToA: [], conflicts: 0 });
    expect(await read('app.k0')).toEqual([both, both]);
    expect(await read('app.k39')).toEqual([both, both]);
  });

  it('leaves a damaged key alone, says so, and syncs the others', async () => {
    const a = new PlainPersistence();
    const { handler, read, write } = open(a);
    await write('a', 'app.bad', saved('x', 1));
    await write('a', 'app.good', saved('x', 1));
    await write('b', 'app.bad', saved('x', 2));
    a.blobs.set('app.bad', { User: 'torn' });
    const result = await handler.sync();
    expect([...result.problems.keys()]).toEqual(['app.bad']);
    expect(result.keysToB).toEqual(['app.good']);
    expect(a.blobs.get('app.bad')).toEqual({ User: 'torn' });
    expect(
      (await open(new PlainPersistence(), new PlainPersistence()).read('app.bad'))[0],
    ).toBeNull();
    expect((await read('app.good'))[1]).toEqual(saved('x', 1));
  });

  it('counts as conflicts what both sides changed since they were equal', async () => {
    const { handler, write } = open();
    await write('a', 'app.k', saved('x', 1));
    await write('a', 'app.k', saved('y', 2));
    expect((await handler.sync()).conflicts).toBe(0);
    await write('a', 'app.k', saved('x', 5));
    expect((await handler.sync()).conflicts).toBe(0);
    await write('a', 'app.k', saved('y', 6));
    await write('b', 'app.k', deleted('y', 7));
    await write('b', 'app.k', saved('z', 7));
    const result = await handler.sync();
    expect(result.conflicts).toBe(1);
    expect(result.bytes).toBeGreaterThan(0);
  });
});

describe('BlobTier on a plain persistence', () => {
  it('never believes metadata of a blob that a crash kept from being what they say', async () => {
    // Each write of the merge is the last one once.
    for (let writes = 0; ; writes++) {
      const a = new PlainPersistence();
      const { handler, read, tiers, write } = open(a);
      await write('a', 'app.k', saved('x', 1));
      await handler.sync();
      let left = writes;
      a.before = ({ operation }) => {
        if (operation === 'store' && left-- <= 0) throw new Error('the process died');
      };
      const isDone = await write('a', 'app.k', saved('x', 2)).then(
        () => true,
        () => false,
      );
      a.before = () => undefined;
      const blob = await tiers.a.loadKey('app.k');
      const metadata = await tiers.a.loadMetadata();
      expect(metadata.entityKeys['app.k']?.hash).toBe(describeData(blob ?? {}).hash);
      await handler.sync();
      const [inA, inB] = await read('app.k');
      expect(inA).toEqual(blob);
      expect(inB).toEqual(blob);
      if (isDone) {
        expect(writes).toBe(3);
        return;
      }
    }
  });

  it('adds to what is there although the metadata are lost or damaged', async () => {
    for (const metadata of [undefined, 'torn', { entityKeys: { 'app.k': { hash: 'x' } } }]) {
      const { a, b, handler, read, write } = open();
      await write('b', 'app.k', saved('x', 1));
      if (metadata === undefined) await b.clearData('app.metadata');
      else await b.storeData('app.metadata', metadata);
      await write('a', 'app.k', saved('y', 1));
      await handler.sync();
      await handler.sync();
      const [inA, inB] = await read('app.k');
      expect(Object.keys(inB?.['User'] ?? {}).sort()).toEqual(['x', 'y']);
      expect(inA).toEqual(inB);
      expect(await a.loadData('app.metadata')).toEqual(await b.loadData('app.metadata'));
    }
  });

  it('says what verify finds', async () => {
    const { a, tiers, write } = open();
    for (const key of ['app.fine', 'app.damaged', 'app.altered', 'app.missing'])
      await write('a', key, saved('x', 1));
    expect(await tiers.a.verify()).toEqual({ checked: 4, problems: [] });
    await a.storeData('app.damaged', 5);
    await a.storeData('app.altered', saved('x', 2));
    await a.clearData('app.missing');
    const { problems } = await tiers.a.verify();
    expect(problems.map(({ kind, path }) => `${kind} ${path}`)).toEqual([
      'damaged app.damaged',
      'altered app.altered',
      'missing app.missing',
    ]);
  });
});
