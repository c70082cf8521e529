import { type DrillReport } from '@chat-vault/vault-engine/keyring';

/**
 * How encryption stands on this device:
 * - `off`: what is written from now on can be read by whoever keeps the storage;
 * - `turning-on`: the recovery code was shown, and `groups` of it (counted from 1) are to be typed into `confirmRecovery`; nothing was written yet;
 * - `rotating`: the same for a new key and recovery code (`rotateKeys`); the old ones are in use;
 * - `locked`: the vault is encrypted and a key is missing here; changes wait until `unlock`. With `isKeyNew` this device has keys, and another one writes with
 *   a key that is not among them: it was changed there, or turned on there at the same time;
 * - `unlocked`: what is written is encrypted. `plainFiles` and `plainBytes` are what still lies in the clouds from before and could be rewritten, without what was
 *   rewritten and waits for its grace to end; `null`: not known yet on this page.
 */
export type EncryptionState =
  | { readonly state: 'off' }
  | { readonly state: 'turning-on' | 'rotating'; readonly groups: readonly number[] }
  | { readonly state: 'locked'; readonly isKeyNew?: true }
  | {
      readonly state: 'unlocked';
      readonly plainFiles: number | null;
      readonly plainBytes: number | null;
      /** When `verifyRecovery` last succeeded here, for every cloud; `null`: never. */
      readonly verifiedAt: Date | null;
      /** The secret of that success. */
      readonly verifiedWith: SecretKind | null;
      /** When it last succeeded with the recovery code; `null`: never with the code that is in force. */
      readonly recoveryVerifiedAt: Date | null;
      /**
       * Whether some passphrase or recovery code opens a part of the keys only, as where two devices turned encryption on at once: `rotateKeys` with both passphrases
       * makes one of them.
       */
      readonly isDivided: boolean;
    };

/** A secret of a person, by its kind. */
export type SecretKind = 'passphrase' | 'recovery';

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
