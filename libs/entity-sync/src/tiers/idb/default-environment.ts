/** The databases of this page or worker: the only place where the tier touches them, and only when an app gives none. */
export const systemDatabases = (): IDBFactory => globalThis.indexedDB;
