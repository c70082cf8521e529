export { type IdbStore, idbStore, type IdbStoreOptions } from '../tiers/idb/idb-store.js';
