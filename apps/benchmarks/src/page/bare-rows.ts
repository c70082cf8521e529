import { deleteDB, type IDBPDatabase, openDB } from 'idb';
import { type Benchmark } from '../benchmark.ts';
import { medianTime } from '../median.ts';

const NAME = 'bench-bare-rows';
const ROWS = 10_000;

/**
 * The reference for all that stores messages: one IndexedDB record for each, with nothing of ours around it. Other
 * figures are ratios to these, taken in the same run, so that they hold on any machine.
 */
export const bareRows: Benchmark = {
  name: 'bare-rows',
  async run() {
    let database: IDBPDatabase | undefined;
    const fresh = async () => {
      database?.close();
      await deleteDB(NAME);
      database = await openDB(NAME, 1, {
        upgrade: (opened) =>
          void opened.createObjectStore('rows', { keyPath: ['urn', 'sent', 'id'] }),
      });
    };
    const open = async () => database ?? Promise.reject(new Error('not prepared'));
    const bulk = await medianTime(3, async () => putRows(await open(), 0, ROWS), fresh);
    let next = ROWS;
    const single = await medianTime(200, async () => putRows(await open(), next++, 1));
    database?.close();
    await deleteDB(NAME);
    return [
      { what: `bare put of ${ROWS.toLocaleString('en')} rows`, value: bulk, unit: 'ms' },
      { what: 'bare put of one row', value: single, unit: 'ms' },
    ];
  },
};

async function putRows(database: IDBPDatabase, first: number, count: number): Promise<void> {
  const transaction = database.transaction('rows', 'readwrite');
  for (let index = first; index < first + count; index += 1) void transaction.store.put(row(index));
  await transaction.done;
}

const payload = new TextEncoder().encode(
  'A message of about the usual length, as people write it.',
);

const row = (index: number) => ({
  urn: `urn:chat:${index % 20}`,
  sent: new Date(Date.UTC(2024, 0, 1) + index * 60_000).toISOString(),
  id: `message-${index}`,
  senderId: `urn:person:${index % 7}`,
  typeId: 'text',
  payloadBytes: payload,
});
