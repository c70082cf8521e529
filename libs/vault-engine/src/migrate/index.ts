export { migrateVault } from './migrate-vault.js';
export {
  type MigrateOptions,
  type MigrateProblem,
  type MigrateReport,
  type VaultPlace,
} from './migration.js';
