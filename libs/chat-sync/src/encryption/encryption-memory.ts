import { type RecoverySecret } from '@chat-vault/chat-sync/encryption';
import { type VaultKey, type VaultSecret } from '@chat-vault/core/sealed';

/** Name of the document of a provider that says how its encryption stands. */
export const ENCRYPTION_DOCUMENT = 'chat-sync:encryption';

/** What is kept of encryption, for each provider. */
export interface EncryptionMemory {
  readonly mode: 'on' | 'off';
  /** Not extractable; none while locked, and none where they are kept in memory only. */
  readonly keys: readonly VaultKey[];
  /** Whether the change of `mode` still has to be told to the cloud's vault. */
  readonly isDue: boolean;
  /** How often this device was locked: another tab follows when it grows. */
  readonly locks: number;
  /** Unix ms. */
  readonly verifiedAt: number | null;
}

/** What a stored document says; `null` when there is none. */
export function parseEncryptionMemory(document: unknown): EncryptionMemory | null {
  if (typeof document !== 'object' || document === null) return null;
  const { mode, keys, isDue, locks, verifiedAt } = document as Record<string, unknown>;
  return {
    mode: mode === 'on' ? 'on' : 'off',
    keys: Array.isArray(keys) ? (keys as readonly VaultKey[]) : [], // only `HeldKeys` writes it
    isDue: isDue === true,
    locks: typeof locks === 'number' ? locks : 0,
    verifiedAt: typeof verifiedAt === 'number' ? verifiedAt : null,
  };
}

/** As the keyring calls it. */
export const toVaultSecret = (secret: RecoverySecret): VaultSecret =>
  'passphrase' in secret
    ? { kind: 'passphrase', passphrase: secret.passphrase }
    : { kind: 'recovery', code: secret.recoveryCode };
