export { type HealedKeyring, healKeyring } from './heal-keyring.js';
export { hasSealedFiles } from './keyring-folder.js';
export { accountOf, type KeyringPlace, newKeyringId } from './keyring-place.js';
export { keptFiles, KEYRING_DOCUMENT, noteOutdated } from './kept-files.js';
export {
  type DrilledMonth,
  type DrillOptions,
  drillRestore,
  type DrillReport,
} from './restore-drill.js';
export { readKeyring, rotateKeyring } from './rotate-keyring.js';
export { changeVaultSecret, storeKeyring } from './store-keyring.js';
export { joinVault, openOneFile, refuseEncrypted, unlockVault } from './unlock-vault.js';
