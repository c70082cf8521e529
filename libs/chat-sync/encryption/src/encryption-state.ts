import { type DrillReport } from '@chat-vault/vault-engine/keyring';

/**
 * How encryption stands on this device:
 * - `off`: what is written from now on can be read by whoever keeps the storage;
 * - `turning-on`: the recovery code was shown, and `groups` of it (counted from 1) are to be typed into `confirmRecovery`; nothing was written yet;
 * - `rotating`: the same for a new key and recovery code (`rotateKeys`); the old ones are in use;
 * - `locked`: the vault is encrypted and a key is missing here; changes wait until `unlock`;
 * - `unlocked`: what is written is encrypted. `plainFiles` and `plainBytes` are what still lies in the clouds from before and could be rewritten.
 */
export type EncryptionState =
  | { readonly state: 'off' }
  | { readonly state: 'turning-on' | 'rotating'; readonly groups: readonly number[] }
  | { readonly state: 'locked' }
  | {
      readonly state: 'unlocked';
      readonly plainFiles: number;
      readonly plainBytes: number;
      /** When `verifyRecovery` last succeeded here, for every cloud; `null`: never. */
      readonly verifiedAt: Date | null;
      /**
       * Whether some passphrase or recovery code opens a part of the keys only, as where two devices turned encryption on at once: `rotateKeys` with both passphrases
       * makes one of them.
       */
      readonly isDivided: boolean;
    };

/** What a person types to get at the history: the passphrase, or the recovery code. */
export type RecoverySecret = { readonly passphrase: string } | { readonly recoveryCode: string };

/** What is shown once, when encryption is turned on or the key is changed. */
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
