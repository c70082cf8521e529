import { DataOrchestrator, EntityKeyNameStrategy, memoryStore } from '@chat-vault/entity-sync';
import { idbStore } from '@chat-vault/entity-sync/idb';
import { type Contact, type EntityLibrary } from './entity-library.ts';

/** Memory and IndexedDB, as an app has them. */
export const ourLibrary: EntityLibrary = {
  name: 'entity-sync',
  async open(database) {
    const local = idbStore({ name: database });
    const orchestrator = await DataOrchestrator.create({
      prefix: 'app',
      store: memoryStore(),
      local,
      strategy: new EntityKeyNameStrategy(),
      schedule: 'manual',
    });
    const contacts = orchestrator.repo<Contact & object>('Contact');
    return {
      async saveAll(all) {
        for (const contact of all) contacts.save(contact);
        await orchestrator.flush();
      },
      async save(contact) {
        contacts.save(contact);
      },
      observeAll(heard) {
        const subscription = contacts.observeAll().subscribe(heard);
        return () => subscription.unsubscribe();
      },
      async destroy() {
        await orchestrator.unload();
        await local.destroy();
      },
    };
  },
};
