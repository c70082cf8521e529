import { type VaultKey, type VaultSecret } from '@chat-vault/core/sealed';
import { type DrillReport } from '@chat-vault/vault-engine/keyring';

/**
 * How encryption stands on this device:
 * - `off`: what is written from now on can be read by whoever keeps the storage;
 * - `turning-on`: the recovery code was shown, and `groups` of it (counted from 1) are to be typed into `confirmRecovery`; nothing was written yet;
 * - `locked`: the vault is encrypted and a key is missing here; changes wait until `unlock`;
 * - `unlocked`: what is written is encrypted. `plainFiles` and `plainBytes` are what still lies in the clouds from before and could be rewritten.
 */
export type EncryptionState =
  | { readonly state: 'off' }
  | { readonly state: 'turning-on'; readonly groups: readonly number[] }
  | { readonly state: 'locked' }
  | {
      readonly state: 'unlocked';
      readonly plainFiles: number;
      readonly plainBytes: number;
      /** When `verifyRecovery` last succeeded here, for every cloud; `null`: never. */
      readonly verifiedAt: Date | null;
    };

/** What a person types to get at the history: the passphrase, or the recovery code. */
export type RecoverySecret = { readonly passphrase: string } | { readonly recoveryCode: string };

/** What is shown once, when encryption is turned on. */
export interface RecoverySheet {
  /** 13 groups of 5 characters. Nobody can show it again. */
  readonly recoveryCode: string;
  /** The groups (counted from 1) that `confirmRecovery` asks for. */
  readonly groups: readonly number[];
}

/** What a restore drill found in each cloud. */
export interface RecoveryReport {
  readonly ok: boolean;
  readonly clouds: readonly ({ readonly providerId: string } & DrillReport)[];
}

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
    keys: Array.isArray(keys) ? (keys as readonly VaultKey[]) : [], // only this class writes it
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
