export { keyringFolder, keyringPath } from '../format/paths.js';
export { type SealedEnvironment } from './environment.js';
export { KeyringError, type KeyringErrorCode } from './keyring-error.js';
export { type KeyringEntry, type KeyringFile } from './keyring-file.js';
export { type Argon2Cost } from './kdf.js';
export {
  inspectKeyring,
  type InspectedKeyring,
  type OpenedKeyring,
  openKeyring,
} from './open-keyring.js';
export { parseRecoveryCode } from './recovery-code.js';
export { sealedCodec, type SealedCodecOptions } from './sealed-codec.js';
export { createRecoveryCode, type VaultSecret } from './secret.js';
export { type VaultKey } from './vault-key.js';
export { VaultKeyring } from './vault-keyring.js';
export {
  changeSecret,
  createKeyring,
  type KeyringOptions,
  rotateVaultKey,
  type WrittenKeyring,
} from './write-keyring.js';
