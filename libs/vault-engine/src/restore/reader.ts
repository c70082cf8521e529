/** What reads month vaults: not needed while nothing is new and nobody scrolls up. A bundler makes it a chunk of its own, loaded by `loadReader`. */
export { loadOlderPage } from '../history/load-older.js';
export { hydrateNewest } from './hydrate-newest.js';
export { refreshCoverage } from './refresh-coverage.js';
export { restoreAllHere, restoreMonthHere } from './restore-month.js';
