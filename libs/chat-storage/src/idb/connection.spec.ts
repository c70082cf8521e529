import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { firstValueFrom } from 'rxjs';
import { type ChatStorage } from '../port/chat-storage.js';
import { inMemoryIndexedDb } from '../testing/in-memory-indexed-db.js';
import { ALL, contentOf, pendingIds } from '../testing/conformance-target.js';
import { message, NOON, utf8 } from '../testing/sample-records.js';
import { openIdbChatStorage } from './idb-chat-storage.js';
import { type IdbChatStorageOptions } from './idb-options.js';
import { openDatabase } from './open-database.js';
import { SCHEMA_STEPS, type SchemaStep } from './schema.js';

let indexedDB: IDBFactory;
let name: string;
let opened: ChatStorage[];

beforeEach(() => {
  indexedDB = inMemoryIndexedDb();
  name = `connection-${crypto.randomUUID()}`;
  opened = [];
});

afterEach(async () => {
  for (const storage of opened) await storage.close();
  indexedDB.deleteDatabase(name);
});

/** Opens the database of this test as another tab would. */
async function openTab(options: IdbChatStorageOptions = {}): Promise<ChatStorage> {
  const storage = await openIdbChatStorage({ indexedDB, name, now: () => NOON, ...options });
  opened.push(storage);
  return storage;
}

/** An IndexedDB whose connections a test can cut, as WebKit does to tabs in the background. */
function cuttable(cutsAtOnce = 0) {
  const requests: IDBOpenDBRequest[] = [];
  const factory = {
    open: (...args: Parameters<IDBFactory['open']>) => {
      const request = indexedDB.open(...args);
      const isCut = requests.length > 0 && requests.length <= cutsAtOnce;
      if (isCut) request.addEventListener('success', () => request.result.close());
      requests.push(request);
      return request;
    },
  } as IDBFactory;
  const cut = () => (requests[requests.length - 1] as IDBOpenDBRequest).result.close();
  return { factory, requests, cut };
}

describe('openIdbChatStorage', () => {
  it('finds everything again when it is opened again, and its stamps go on', async () => {
    const first = await openTab();
    await first.updateSyncState('cloud', { documents: { plan: [1] } });
    await first.save([message(1), message(2)]);
    const before = await contentOf(first);
    await first.close();
    const second = await openTab({ now: () => NOON - 60_000, deviceId: 'f'.repeat(16) });
    expect(second.deviceId).toBe(first.deviceId);
    expect(await contentOf(second)).toEqual(before);
    expect(await pendingIds(second, 'cloud')).toEqual(['m1', 'm2']);
    expect((await second.syncState('cloud')).documents).toEqual({ plan: [1] });
    await second.save(message(1, { text: 'edited' }));
    const stamps = (await contentOf(second)).messages.map(({ stamp }) => stamp);
    expect(String(stamps[0]) > String(stamps[1])).toBe(true);
  });

  it('makes a database with the device id that it is given', async () => {
    const storage = await openTab({ deviceId: '00000000000000ab' });
    expect(storage.deviceId).toBe('00000000000000ab');
  });

  it('lets two tabs write at once: nothing is lost and no stamp is made twice', async () => {
    const tabs = [await openTab(), await openTab()];
    await Promise.all(
      Array.from({ length: 60 }, (_, index) =>
        (tabs[index % 2] as ChatStorage).save(message((index * 37) % 61)),
      ),
    );
    const { messages } = await contentOf(tabs[0] as ChatStorage);
    expect(messages).toHaveLength(60);
    expect(new Set(messages.map(({ stamp }) => stamp)).size).toBe(60);
    expect((await (tabs[1] as ChatStorage).pendingFor('cloud', ALL)).records).toBe(60);
  });

  it('never builds on what it remembers when another tab has written since', async () => {
    const [here, there] = [await openTab(), await openTab()];
    for (let sent = 0; sent < 12; sent += 3) {
      await here.save(message(sent));
      await here.save(message(sent + 1));
      await there.save([message(sent + 2), message(sent, { text: 'edited there' })]);
    }
    await there.markRead('urn:chat:1');
    await here.save(message(20));
    const { messages } = await contentOf(here);
    expect(messages).toHaveLength(13);
    expect(messages[0]?.payloadBytes).toEqual(utf8('edited there'));
    const [summary] = await there.conversations();
    expect(summary).toMatchObject({ messageCount: 13, unreadCount: 1 });
  });

  it('tells of a change in another tab', async () => {
    const [here, there] = [await openTab(), await openTab()];
    const heard = firstValueFrom(here.changes$);
    await there.save(message(1));
    expect(await heard).toEqual({
      kind: 'local-write',
      conversationUrns: ['urn:chat:1'],
      fromOtherContext: true,
    });
  });

  it('tells of rows that another tab changed, and reads them', async () => {
    const [here, there] = [await openTab(), await openTab()];
    const heard = firstValueFrom(here.changes$);
    await there.writeRows({ change: () => [{ table: 'todo', id: 'a', value: 1 }] });
    expect(await heard).toEqual({
      kind: 'bookkeeping',
      conversationUrns: [],
      tables: ['todo'],
      fromOtherContext: true,
    });
    expect(await here.row('todo', 'a')).toBe(1);
  });

  it('works without a channel to other tabs', async () => {
    const storage = await openTab({ openChannel: () => undefined });
    await storage.save(message(1));
    expect(await storage.recordCount()).toBe(1);
  });

  it('lets go of the database when another tab deletes it', async () => {
    const [here, there] = [await openTab(), await openTab()];
    await there.destroy();
    await expect(here.recordCount()).rejects.toMatchObject({ code: 'storage-closed' });
    expect(await (await openTab()).recordCount()).toBe(0);
  });

  it('says that a newer version of the app made the database', async () => {
    const newer = indexedDB.open(name, SCHEMA_STEPS.length + 1);
    await new Promise((resolve) => newer.addEventListener('success', resolve));
    newer.result.close();
    await expect(openTab()).rejects.toMatchObject({ code: 'storage-closed' });
  });
});

describe('Connection', () => {
  it('opens a lost connection again and repeats what failed', async () => {
    const { factory, requests, cut } = cuttable();
    const storage = await openTab({ indexedDB: factory });
    cut();
    await storage.save(message(1));
    cut();
    expect(await storage.recordCount()).toBe(1);
    expect(requests).toHaveLength(3);
  });

  it('tries five times, then says that the storage is closed', async () => {
    const wait = () => Promise.resolve();
    const patient = cuttable(5);
    const storage = await openTab({ indexedDB: patient.factory, wait });
    patient.cut();
    await expect(storage.save(message(1))).rejects.toMatchObject({ code: 'storage-closed' });
    expect(patient.requests).toHaveLength(6);
    await storage.save(message(1));
    expect(await storage.recordCount()).toBe(1);
  });

  it('probes the connection when the page comes back', async () => {
    const page = new EventTarget();
    const { factory, requests, cut } = cuttable();
    await openTab({ indexedDB: factory, page });
    cut();
    page.dispatchEvent(new Event('pageshow'));
    await expect.poll(() => requests.length).toBe(2);
  });

  it('writes nothing and says so when the disk is full, at whichever row', async () => {
    const storage = await openTab();
    await storage.updateSyncState('cloud', {});
    await storage.save(message(1));
    const before = await contentOf(storage);
    const { put } = IDBObjectStore.prototype;
    let rows = 0;
    for (let isFull = true; isFull; rows++) {
      let left = rows;
      IDBObjectStore.prototype.put = function (this: IDBObjectStore, ...args) {
        if (left-- === 0) throw new DOMException('The disk is full', 'QuotaExceededError');
        return put.apply(this, args);
      };
      const failed = await storage.save([message(2), message(3)]).then(
        () => undefined,
        (error: unknown) => error,
      );
      IDBObjectStore.prototype.put = put;
      isFull = failed !== undefined;
      if (isFull) {
        expect(failed).toMatchObject({ code: 'storage-full' });
        expect(await contentOf(storage)).toEqual(before);
        expect(await pendingIds(storage, 'cloud')).toEqual(['m1']);
      }
    }
    expect(rows).toBeGreaterThan(3);
    expect(await storage.recordCount()).toBe(3);
  });
});

describe('openDatabase', () => {
  const environment = (wait: () => Promise<void>) => ({
    indexedDB,
    name,
    wait,
    randomBytes: (length: number) => new Uint8Array(length),
  });
  const never = () => new Promise<void>(() => undefined);
  const addsStore: SchemaStep = (database) => {
    database.createObjectStore('added' as 'pages');
  };

  it('says that another tab blocks the upgrade, and works once that tab is gone', async () => {
    const old = await openDatabase(environment(never), SCHEMA_STEPS);
    const steps = [...SCHEMA_STEPS, addsStore];
    const blocked = openDatabase(
      environment(() => Promise.resolve()),
      steps,
    );
    await expect(blocked).rejects.toMatchObject({ code: 'upgrade-blocked' });
    old.close();
    const upgraded = await openDatabase(environment(never), steps);
    expect([...upgraded.objectStoreNames]).toContain('added');
    upgraded.close();
  });

  it('brings a database of the first version up to date, with all that is in it', async () => {
    const old = await openDatabase(environment(never), SCHEMA_STEPS.slice(0, 1));
    await old.put('sync', 'kept', ['cloud', 'document', 'plan']);
    old.close();
    const storage = await openTab();
    expect(await storage.document('cloud', 'plan')).toBe('kept');
    const change = () => [{ table: 'todo', id: 'a', value: 1 }];
    await storage.save(message(1), { change });
    expect(await storage.row('todo', 'a')).toBe(1);
  });

  it('runs only the steps that are missing, and runs them again after one failed', async () => {
    (await openDatabase(environment(never), SCHEMA_STEPS)).close();
    const breaks: SchemaStep = () => {
      throw new Error('the tab was closed');
    };
    const failing = openDatabase(environment(never), [...SCHEMA_STEPS, addsStore, breaks]);
    await expect(failing).rejects.toThrow('the tab was closed');
    const open = await openDatabase(environment(never), [...SCHEMA_STEPS, addsStore]);
    expect([...open.objectStoreNames]).toEqual(expect.arrayContaining(['added', 'pages', 'meta']));
    open.close();
  });
});
