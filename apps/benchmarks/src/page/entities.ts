import { gzipCodec } from '@chat-vault/core';
import { memoryCloud, type MemoryCloud } from '@chat-vault/cloud-storage/memory';
import { DataOrchestrator, EntityKeyNameStrategy, memoryStore } from '@chat-vault/entity-sync';
import { cloudTier } from '@chat-vault/entity-sync/cloud';
import { idbStore } from '@chat-vault/entity-sync/idb';
import { type Benchmark, type Figure } from '../benchmark.ts';
import { seededRandom } from '../data/seeded-random.ts';
import { median } from '../median.ts';
import { dexieLibrary } from './entity-libraries/dexie-library.ts';
import {
  type Contact,
  type EntityLibrary,
  makeContacts,
} from './entity-libraries/entity-library.ts';
import { ourLibrary } from './entity-libraries/our-library.ts';
import { rxdbLibrary } from './entity-libraries/rxdb-library.ts';

const ENTITIES = 10_000;
const OBSERVED = 100;
const OBSERVERS = 1_000;
const CHANGES = 5;
const ROUNDS = 3;
const LIBRARIES = [ourLibrary, dexieLibrary, rxdbLibrary];

/** Entities: saving, telling observers, and syncing with a cloud; the first two against other libraries at the same work, in turn. */
export const entities: Benchmark = {
  name: 'entities',
  async run({ seed }) {
    const contacts = makeContacts(ENTITIES, seededRandom(seed));
    return [
      ...(await savingFigures(contacts)),
      ...(await observerFigures(contacts.slice(0, OBSERVED))),
      ...(await syncFigures(contacts)),
    ];
  },
};

async function savingFigures(contacts: readonly Contact[]): Promise<readonly Figure[]> {
  const times = LIBRARIES.map((): number[] => []);
  for (let round = 0; round < ROUNDS; round += 1)
    for (const [index, library] of LIBRARIES.entries())
      times[index]?.push(
        await using(library, async (collection) => {
          const startedAt = performance.now();
          await collection.saveAll(contacts);
          return performance.now() - startedAt;
        }),
      );
  return figuresOf(`save of ${ENTITIES.toLocaleString('en')} entities, on disk`, times);
}

async function observerFigures(contacts: readonly Contact[]): Promise<readonly Figure[]> {
  const times = LIBRARIES.map((): number[] => []);
  for (const [index, library] of LIBRARIES.entries())
    await using(library, async (collection) => {
      await collection.saveAll(contacts);
      times[index]?.push(...(await hearingTimes(collection, contacts[0] as Contact)));
    });
  return figuresOf(
    `one change until ${OBSERVERS.toLocaleString('en')} observers of ${OBSERVED} entities have it`,
    times,
  );
}

type Collection = Awaited<ReturnType<EntityLibrary['open']>>;

/** How long it takes from a change until every observer has been given it, several times. */
async function hearingTimes(collection: Collection, contact: Contact): Promise<readonly number[]> {
  let wanted = contact.note;
  let waiting = new Set<number>();
  let done: () => void = () => undefined;
  const expectAll = () =>
    new Promise<void>((resolve) => {
      waiting = new Set(Array.from({ length: OBSERVERS }, (_, observer) => observer));
      done = resolve;
    });
  const first = expectAll();
  const ends = Array.from({ length: OBSERVERS }, (_, observer) =>
    collection.observeAll((all) => {
      if (all.find(({ id }) => id === contact.id)?.note !== wanted) return;
      waiting.delete(observer);
      if (waiting.size === 0) done();
    }),
  );
  await first;
  const times: number[] = [];
  for (let change = 0; change < CHANGES; change += 1) {
    wanted = `change ${change}`;
    const heard = expectAll();
    const startedAt = performance.now();
    await collection.save({ ...contact, note: wanted });
    await heard;
    times.push(performance.now() - startedAt);
  }
  for (const end of ends) end();
  return times;
}

async function syncFigures(contacts: readonly Contact[]): Promise<readonly Figure[]> {
  const cloud = memoryCloud();
  const [one, other] = [await openDevice(cloud), await openDevice(cloud)];
  const repo = one.orchestrator.repo<Contact & object>('Contact');
  for (const contact of contacts) repo.save(contact);
  await one.orchestrator.flush();
  const first = await measureSync(one.orchestrator, cloud);
  const fresh = await measureSync(other.orchestrator, cloud);
  const changes: SyncCost[] = [];
  for (let at = 0; at < CHANGES; at += 1) {
    repo.save({ ...(contacts[0] as Contact), note: `changed ${at}` });
    changes.push(await measureSync(one.orchestrator, cloud));
  }
  const [change] = changes.sort((a, b) => a.ms - b.ms).slice(CHANGES >> 1);
  const nothing = await measureSync(one.orchestrator, cloud);
  const count = (await other.orchestrator.repo<Contact & object>('Contact').getAll()).length;
  if (count !== contacts.length) throw new Error(`the other device has ${count} entities`);
  await one.destroy();
  await other.destroy();
  const what = ENTITIES.toLocaleString('en');
  return [
    ...syncRow(`first sync of ${what} entities`, first),
    ...syncRow(`sync of ${what} entities to a new device`, fresh),
    ...(change ? syncRow('sync of one change', change) : []),
    ...syncRow('sync with nothing changed', nothing, 1),
  ];
}

async function openDevice(cloud: MemoryCloud) {
  const local = idbStore({ name: `entities-${crypto.randomUUID()}` });
  const orchestrator = await DataOrchestrator.create({
    prefix: 'app',
    store: memoryStore(),
    local,
    strategy: new EntityKeyNameStrategy(),
    schedule: 'manual',
  });
  await orchestrator.attachCloud('cloud', cloudTier(cloud, gzipCodec(), { cache: local }));
  const destroy = async () => {
    await orchestrator.unload();
    await local.destroy();
  };
  return { orchestrator, destroy };
}

interface SyncCost {
  readonly ms: number;
  readonly requests: number;
  readonly bytes: number;
}

async function measureSync(orchestrator: DataOrchestrator, cloud: MemoryCloud): Promise<SyncCost> {
  cloud.clearRequests();
  const startedAt = performance.now();
  await orchestrator.syncNow();
  const ms = performance.now() - startedAt;
  const bytes = cloud.requests.reduce((sum, request) => sum + request.bytes, 0);
  return { ms, requests: cloud.requests.length, bytes };
}

const syncRow = (row: string, cost: SyncCost, requests?: number): readonly Figure[] => [
  { what: row, row, value: cost.ms, unit: 'ms' },
  {
    what: `${row}: requests`,
    row,
    value: cost.requests,
    unit: 'requests',
    ...(requests !== undefined && { budget: requests }),
  },
  { what: `${row}: bytes`, row, value: cost.bytes, unit: 'bytes' },
];

/** The times of all libraries, and ours against each other one. */
function figuresOf(what: string, times: readonly (readonly number[])[]): readonly Figure[] {
  const medians = times.map(median);
  const [ours = NaN] = medians;
  return LIBRARIES.flatMap(({ name }, index): readonly Figure[] => {
    const value = medians[index] ?? NaN;
    const figure: Figure = { what: `${what}: ${name}`, value, unit: 'ms' };
    if (index === 0) return [figure];
    return [figure, { what: `${what}: ours against ${name}`, value: ours / value, unit: 'ratio' }];
  });
}

async function using<Result>(
  { open }: EntityLibrary,
  work: (collection: Collection) => Promise<Result>,
): Promise<Result> {
  const collection = await open(`entities-${crypto.randomUUID().replaceAll('-', '')}`);
  try {
    return await work(collection);
  } finally {
    await collection.destroy();
  }
}
