// The same tests on the browser's own IndexedDB.
import './connection.spec.js';
