import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { canonicalText } from '../../model/canonical-text.js';
import { type EntityKeyData } from '../../model/entity-key-data.js';
import { manyNotes, notes, textsOf } from '../../simulation/cloud-place.js';
import { inMemoryIndexedDb } from '../../simulation/in-memory-indexed-db.js';
import { type IdbStore, idbStore } from './idb-store.js';

let indexedDB: IDBFactory;
let name: string;
let opened: IdbStore[];

beforeEach(() => {
  indexedDB = inMemoryIndexedDb();
  name = `entities-${crypto.randomUUID()}`;
  opened = [];
});

afterEach(async () => {
  for (const store of opened) await store.close();
  indexedDB.deleteDatabase(name);
});

/** Opens the database of this test as another tab would. */
function openTab(factory: IDBFactory = indexedDB): IdbStore {
  const store = idbStore({ indexedDB: factory, name });
  opened.push(store);
  return store;
}

/** An IndexedDB whose connections a test can cut, as WebKit does to tabs in the background. */
function cuttable(cutsAtOnce = 0) {
  const requests: IDBOpenDBRequest[] = [];
  /** What hears that the browser closed the last connection. */
  let hears: (() => void) | undefined;
  const factory = {
    open: (...args: Parameters<IDBFactory['open']>) => {
      const request = indexedDB.open(...args);
      const isCut = requests.length > 0 && requests.length <= cutsAtOnce;
      if (isCut) request.addEventListener('success', () => request.result.close());
      request.addEventListener('success', () => {
        const { result } = request;
        const add = result.addEventListener.bind(result) as (
          type: string,
          hear: () => void,
        ) => void;
        const listen = (type: string, hear: () => void) => {
          if (type === 'close') hears = hear;
          add(type, hear);
        };
        result.addEventListener = listen as typeof result.addEventListener;
      });
      requests.push(request);
      return request;
    },
  } as IDBFactory;
  const last = () => (requests.at(-1) as IDBOpenDBRequest).result;
  return { factory, requests, last, browserCloses: () => hears?.() };
}

/** Counts what is put into a store while the work runs. */
async function putsDuring(work: () => Promise<void>): Promise<Readonly<Record<string, number>>> {
  const counts: Record<string, number> = { values: 0, parts: 0 };
  const { put } = IDBObjectStore.prototype;
  IDBObjectStore.prototype.put = function (this: IDBObjectStore, ...args) {
    counts[this.name] = (counts[this.name] ?? 0) + 1;
    return put.apply(this, args);
  };
  try {
    await work();
  } finally {
    IDBObjectStore.prototype.put = put;
  }
  return counts;
}

describe('idbStore', { timeout: 30_000 }, () => {
  it('finds everything again in another tab and after it was opened again', async () => {
    const data = notes({ x: '1' });
    const first = openTab();
    await first.storeAll(
      new Map<string, unknown>([
        ['app.Note', data],
        ['app.metadata', { n: 1 }],
      ]),
    );
    expect(await openTab().loadData('app.Note')).toEqual(data);
    await first.close();
    const second = openTab();
    expect(await second.loadData('app.metadata')).toEqual({ n: 1 });
    await expect(first.loadData('app.Note')).rejects.toMatchObject({ code: 'storage-closed' });
  });

  it('keeps a large key in parts, and writes only those that changed', async () => {
    const store = openTab();
    const data = manyNotes(2000, { size: 300 });
    const all = await putsDuring(() => store.storeData('app.Note', data));
    expect(all).toEqual({ values: 1, parts: 4 });
    expect(canonicalText(await store.loadData('app.Note'))).toBe(canonicalText(data));
    const changed = { Note: { ...data['Note'], ...notes({ n5: 'new', n6: 'new' }, 1)['Note'] } };
    const some = await putsDuring(() => openTab().storeData('app.Note', changed));
    expect(some['parts']).toBeGreaterThan(0);
    expect(some['parts']).toBeLessThanOrEqual(2);
    expect(canonicalText(await store.loadData('app.Note'))).toBe(canonicalText(changed));
    expect(await putsDuring(() => store.storeData('app.Note', changed))).toEqual({
      values: 1,
      parts: 0,
    });
  });

  it('writes of a patch only the parts that it touches, and halves what outgrows its part', async () => {
    const store = openTab();
    const patch = (data: EntityKeyData) =>
      putsDuring(() =>
        store.patchAll([], () => ({ values: new Map(), patches: new Map([['app.Note', data]]) })),
      );
    const data = manyNotes(2000, { size: 300 });
    expect(await patch(data)).toEqual({ values: 1, parts: 4 });
    const changed = notes({ n5: 'new' }, 1);
    expect(await patch(changed)).toEqual({ values: 1, parts: 1 });
    const grown = manyNotes(9000, { size: 300 });
    expect((await patch(grown))['parts']).toBe(16);
    expect(canonicalText(await store.loadData('app.Note'))).toBe(canonicalText(grown));
    expect(await patch(changed)).toEqual({ values: 1, parts: 1 });
    const all = { Note: { ...grown['Note'], ...changed['Note'] } };
    expect(canonicalText(await store.loadData('app.Note'))).toBe(canonicalText(all));
  });

  it('notices an entity that was changed in place', async () => {
    const store = openTab();
    const data = manyNotes(2000, { size: 300 });
    await store.storeData('app.Note', data);
    (data as unknown as { Note: { n5: { text: string } } }).Note.n5.text = 'in place';
    await store.storeData('app.Note', data);
    expect(textsOf(await store.loadData('app.Note'))['n5']).toBe('in place');
  });

  it('leaves nothing behind when a key grows, shrinks, becomes something else or is cleared', async () => {
    const store = openTab();
    const sizes = [10, 2000, 5000, 2000, 10, 2000];
    for (const count of sizes) {
      const data = manyNotes(count, { size: 300 });
      await store.storeData('app.Note', data);
      await store.storeData('app.Note2', manyNotes(1500, { size: 300 }));
      expect(canonicalText(await store.loadData('app.Note'))).toBe(canonicalText(data));
    }
    await store.storeData('app.Note', 'a text');
    expect(await store.loadData('app.Note')).toBe('a text');
    await store.storeData('app.Note', manyNotes(2000, { size: 300 }));
    await store.clearData('app.Note');
    await store.clearData('app.Note2');
    expect(await store.loadData('app.Note')).toBeNull();
    await store.close();
    const request = indexedDB.open(name);
    await new Promise((resolve) => request.addEventListener('success', resolve));
    const count = request.result.transaction('parts').objectStore('parts').count();
    await new Promise((resolve) => count.addEventListener('success', resolve));
    expect(count.result).toBe(0);
    request.result.close();
  });

  it('writes nothing and says so when the disk is full, at whichever row', async () => {
    const store = openTab();
    const before = manyNotes(2000, { size: 300 });
    await store.storeData('app.Note', before);
    const { put } = IDBObjectStore.prototype;
    let rows = 0;
    for (let isFull = true; isFull; rows++) {
      let left = rows;
      IDBObjectStore.prototype.put = function (this: IDBObjectStore, ...args) {
        if (left-- === 0) throw new DOMException('The disk is full', 'QuotaExceededError');
        return put.apply(this, args);
      };
      const entries = new Map<string, unknown>([
        ['app.Note', manyNotes(2000, { size: 300, ms: 1 })],
        ['app.metadata', { n: 2 }],
      ]);
      const failed: unknown = await store.storeAll(entries).catch((error: unknown) => error);
      IDBObjectStore.prototype.put = put;
      isFull = failed !== undefined;
      if (!isFull) break;
      expect(failed).toMatchObject({ code: 'storage-full' });
      expect(canonicalText(await store.loadData('app.Note'))).toBe(canonicalText(before));
      expect(await store.loadData('app.metadata')).toBeNull();
    }
    expect(rows).toBeGreaterThan(3);
  });

  it('says what cannot be kept, and writes none of what came with it', async () => {
    const store = openTab();
    const entries = new Map<string, unknown>([
      ['a', 1],
      ['b', { f: () => 1 }],
      ['c', 1],
    ]);
    await expect(store.storeAll(entries)).rejects.toMatchObject({ code: 'invalid-entity' });
    for (const key of entries.keys()) expect(await store.loadData(key)).toBeNull();
  });

  it('opens a connection again that was lost or that a tab asked for', async () => {
    const { factory, requests, last, browserCloses } = cuttable();
    const store = openTab(factory);
    await store.storeData('a', 1);
    last().close();
    await store.storeData('b', 2);
    browserCloses();
    expect(await store.loadData('a')).toBe(1);
    expect(requests).toHaveLength(3);
    await openTab().destroy();
    expect(await store.loadData('a')).toBeNull();
    await store.storeData('a', 3);
    expect(await openTab().loadData('a')).toBe(3);
  });

  it('gives up after five tries, and works again when it can', async () => {
    const { factory, requests, last } = cuttable(4);
    const store = openTab(factory);
    await store.storeData('a', 1);
    last().close();
    await expect(store.storeData('a', 2)).rejects.toMatchObject({ code: 'storage-closed' });
    expect(requests).toHaveLength(5);
    await store.storeData('a', 3);
    expect(await store.loadData('a')).toBe(3);
  });

  it('says that a newer version of the app made the database', async () => {
    const newer = indexedDB.open(name, 99);
    await new Promise((resolve) => newer.addEventListener('success', resolve));
    newer.result.close();
    await expect(openTab().loadData('a')).rejects.toMatchObject({ code: 'storage-closed' });
  });

  it('lets tabs count up together without losing a step', async () => {
    const tabs = [openTab(), openTab()];
    await Promise.all(
      Array.from({ length: 40 }, (_, at) =>
        tabs[at % 2]?.updateAll(
          ['n'],
          (values) => new Map([['n', Number(values.get('n') ?? 0) + 1]]),
        ),
      ),
    );
    expect(await tabs[0]?.loadData('n')).toBe(40);
  });
});
