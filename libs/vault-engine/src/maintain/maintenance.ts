/** Everything that an ordinary sync does not need: a bundler puts it into a chunk of its own, loaded by `loadMaintenance`. */
export { bulkUpload } from '../backup/bulk-upload.js';
export { compactVault } from '../compaction/compact.js';
export { collectGarbageFiles } from '../garbage/collect-garbage.js';
export { takeInventory } from '../inventory/inventory.js';
export { repairMissing, repairVault } from '../repair/repair.js';
export { keepSealed } from '../sealing/keep-sealed.js';
export { rewriteVault } from '../sealing/rewrite-vault.js';
export { unsealVault } from '../sealing/unseal-vault.js';
export { sealVault } from '../sealing/seal-vault.js';
export { verifyVault } from '../verify/verify.js';
