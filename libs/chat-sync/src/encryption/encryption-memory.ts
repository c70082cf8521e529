import { type RecoverySecret, type SecretKind } from '@chat-vault/chat-sync/encryption';
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
  /** When a restore drill last succeeded, Unix ms, and with which secret. */
  readonly verifiedAt: number | null;
  readonly verifiedWith: SecretKind | null;
  /** When one last succeeded with the recovery code, Unix ms. */
  readonly recoveryVerifiedAt: number | null;
}

/** What is known of restore drills. */
export type DrillMemory = Pick<
  EncryptionMemory,
  'verifiedAt' | 'verifiedWith' | 'recoveryVerifiedAt'
>;

/** No drill succeeded with the secrets that are in force. */
export const NEVER_VERIFIED: DrillMemory = {
  verifiedAt: null,
  verifiedWith: null,
  recoveryVerifiedAt: null,
};

/** What a stored document says; `null` when there is none. */
export function parseEncryptionMemory(document: unknown): EncryptionMemory | null {
  if (typeof document !== 'object' || document === null) return null;
  const { mode, keys, isDue, locks, verifiedAt, verifiedWith, recoveryVerifiedAt } =
    document as Record<string, unknown>;
  return {
    mode: mode === 'on' ? 'on' : 'off',
    keys: Array.isArray(keys) ? (keys as readonly VaultKey[]) : [], // only `HeldKeys` writes it
    isDue: isDue === true,
    locks: typeof locks === 'number' ? locks : 0,
    verifiedAt: timeOf(verifiedAt),
    verifiedWith:
      verifiedWith === 'passphrase' || verifiedWith === 'recovery' ? verifiedWith : null,
    recoveryVerifiedAt: timeOf(recoveryVerifiedAt),
  };
}

const timeOf = (stored: unknown): number | null => (typeof stored === 'number' ? stored : null);

/** What a drill that succeeded changes of what is known of them. */
export const verifiedBy = (secret: RecoverySecret, now: number): Partial<DrillMemory> =>
  'passphrase' in secret
    ? { verifiedAt: now, verifiedWith: 'passphrase' }
    : { verifiedAt: now, verifiedWith: 'recovery', recoveryVerifiedAt: now };

/** As the keyring calls it. */
export const toVaultSecret = (secret: RecoverySecret): VaultSecret =>
  'passphrase' in secret
    ? { kind: 'passphrase', passphrase: secret.passphrase }
    : { kind: 'recovery', code: secret.recoveryCode };
