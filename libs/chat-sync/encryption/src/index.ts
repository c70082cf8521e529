export {
  ENCRYPTION_OPTIONS as ɵENCRYPTION_OPTIONS,
  type EncryptionOptions,
  SEALED_ENVIRONMENT as ɵSEALED_ENVIRONMENT,
} from './encryption-options';
export {
  type EncryptionState,
  type RecoveryReport,
  type RecoverySecret,
  type RecoverySheet,
  type SecretKind,
} from './encryption-state';
export { type EncryptionFeature, withEncryption } from './with-encryption';
