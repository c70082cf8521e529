export {
  type CatalogJoin,
  EMPTY_JOIN,
  allLiveVaults,
  joinCatalogs,
  liveMonths,
  liveVaults,
} from './catalog-join.js';
export {
  type CarriedDelta,
  type Catalog,
  type CatalogConversation,
  type CatalogVault,
  type PlainDelta,
  type SkippedFile,
} from './catalog.js';
export { FORMAT_VERSION } from './limits.js';
export { type Manifest, type ManifestSegment } from './manifest.js';
export { catalogToJson, parseCatalog } from './parse-catalog.js';
export { parseManifest } from './parse-manifest.js';
export {
  catalogPath,
  catalogsFolder,
  deltaPath,
  deltasFolder,
  isSealedExtension,
  parsePath,
  type VaultPath,
  yearFolder,
} from './paths.js';
export { sha256Hex } from './sha256.js';
export { createVault, parseVault, vaultToJson } from './vault.js';
