import { Dexie, liveQuery, type Table } from 'dexie';
import { type Contact, type EntityLibrary } from './entity-library.ts';

/** Dexie with `liveQuery`. */
export const dexieLibrary: EntityLibrary = {
  name: 'Dexie',
  async open(database) {
    const dexie = new Dexie(database);
    dexie.version(1).stores({ contacts: 'id' });
    await dexie.open();
    const contacts: Table<Contact, string> = dexie.table('contacts');
    return {
      async saveAll(all) {
        await contacts.bulkPut([...all]);
      },
      async save(contact) {
        await contacts.put(contact);
      },
      observeAll(heard) {
        const subscription = liveQuery(() => contacts.toArray()).subscribe(heard);
        return () => subscription.unsubscribe();
      },
      destroy: () => dexie.delete(),
    };
  },
};
