import { createRxDatabase, type RxJsonSchema } from 'rxdb';
import { getRxStorageDexie } from 'rxdb/plugins/storage-dexie';
import { type Contact, type EntityLibrary } from './entity-library.ts';

const schema: RxJsonSchema<Contact> = {
  version: 0,
  primaryKey: 'id',
  type: 'object',
  properties: {
    id: { type: 'string', maxLength: 100 },
    name: { type: 'string' },
    email: { type: 'string' },
    labels: { type: 'array', items: { type: 'string' } },
    note: { type: 'string' },
    isMuted: { type: 'boolean' },
  },
  required: ['id', 'name', 'email', 'labels', 'note', 'isMuted'],
};

/** RxDB on its storage for IndexedDB that is free. */
export const rxdbLibrary: EntityLibrary = {
  name: 'RxDB',
  async open(database) {
    const opened = await createRxDatabase({
      name: database,
      storage: getRxStorageDexie(),
      multiInstance: false,
    });
    const { contacts } = await opened.addCollections({ contacts: { schema } });
    return {
      async saveAll(all) {
        const { error } = await contacts.bulkInsert([...all]);
        if (error.length > 0) throw new Error(`${error.length} contacts were not inserted`);
      },
      async save(contact) {
        await contacts.upsert(contact);
      },
      observeAll(heard) {
        const subscription = contacts
          .find()
          .$.subscribe((documents) =>
            heard(documents.map((document) => document.toJSON() as Contact)),
          );
        return () => subscription.unsubscribe();
      },
      async destroy() {
        await opened.remove();
      },
    };
  },
};
