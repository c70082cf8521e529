// The same tests on the browser's own IndexedDB.
import './idb-store.spec.js';
