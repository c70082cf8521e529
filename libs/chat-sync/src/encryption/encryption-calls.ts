import { computed, inject, untracked } from '@angular/core';
import {
  type EncryptionState,
  type RecoveryReport,
  type RecoverySecret,
  type RecoverySheet,
} from '@chat-vault/chat-sync/encryption';
import { type CallOptions } from '@chat-vault/cloud-storage';
import { type DrillOptions } from '@chat-vault/vault-engine/keyring';
import { BackgroundWork } from '../page/background-work';
import { CloudConnections } from '../sync/cloud-connections';
import { outcomeOf } from '../sync/outcome-of';
import { type ProviderState } from '../sync/provider-state';
import { type Outcome } from '../sync/results';
import { type EncryptionLife } from './encryption-life';
import { VaultEncryption } from './vault-encryption';

/** The part of `ChatSyncService` that is about encryption. */
export abstract class EncryptionCalls {
  readonly #encryption = inject(VaultEncryption);
  readonly #connections = inject(CloudConnections);
  readonly #work = inject(BackgroundWork);

  /** Whether the history is encrypted in the clouds, and whether this device has the keys. Needs `withEncryption`. */
  readonly encryption = computed<EncryptionState>(() => {
    const known = this.#encryption.state();
    const isLocked = this.#connections.all.some(({ state }) => isRefused(state()));
    if (!isLocked || 'groups' in known) return known;
    return { state: 'locked', ...(known.state === 'unlocked' && { isKeyNew: true }) };
  });

  /**
   * First step to encryption: makes the keys and a recovery code, to be shown once. Nothing is written or changed before `confirmRecovery`. Calling it
   * again begins anew, `cancelRecovery()` gives it up.
   *
   * Fails with `not-connected`, `already-encrypted` (unlock it instead; also while a keyring or a sealed file is left there), `unusable-passphrase`,
   * and as the clouds do.
   */
  enableEncryption(options: { readonly passphrase: string }): Promise<Outcome<RecoverySheet>> {
    return this.#encrypt((life) => life.prepare(options.passphrase));
  }

  /**
   * First step to another key, after a secret or a device came into wrong hands, or to one passphrase and one recovery code where two devices made keys at once
   * (`isDivided`): makes a key that writes from now on, and a new recovery code, to be shown once. Nothing is written or changed before `confirmRecovery`; calling it again
   * begins anew, `cancelRecovery()` gives it up.
   *
   * `current` is a secret that opens the keys, or all that are needed to open them. The passphrase is `passphrase` from then on, else the first one of `current`. The old
   * recovery code and passphrase open nothing in these clouds any more. Other devices become `locked` and ask for the passphrase or the new code. What an older key
   * encrypted stays readable, and `rewriteHistory` writes it anew.
   *
   * Fails as `unlock` does, and with `unusable-passphrase` (also for a recovery code without a new passphrase).
   */
  rotateKeys(
    current: RecoverySecret | readonly RecoverySecret[],
    options: { readonly passphrase?: string } = {},
  ): Promise<Outcome<RecoverySheet>> {
    return this.#encrypt((life) => life.prepareRotation([current].flat(), options.passphrase));
  }

  /**
   * Second step: `typed` are the groups of the recovery code that were asked for, in their order. The keys are put into every connected cloud, wrapped, and
   * read back; only then encryption is on, or the new key writes. What cannot be told to a cloud now is told by its next sync. What is there from before is rewritten by
   * `rewriteHistory`, and readable all the time.
   *
   * Fails with `not-turning-on`, `mistyped-code` (`details.group`: look at that one again), `already-encrypted` (another device was faster), and as the
   * clouds do; all is as it was then, and the call may be repeated.
   */
  confirmRecovery(typed: readonly string[]): Promise<Outcome<EncryptionState>> {
    return this.#change((life) => life.confirm(typed));
  }

  /**
   * Gives up what waits for `confirmRecovery`, on this page only; nothing was written, unless `confirmRecovery` failed half way: then the new secrets may be those in force, and
   * `unlock` goes on there.
   */
  cancelRecovery(): Promise<Outcome<EncryptionState>> {
    return this.#change(async (life) => life.cancel());
  }

  /**
   * Opens the keys in every connected cloud with the passphrase or the recovery code; nothing is uploaded before one encrypted file was opened with them.
   *
   * Fails with `wrong-secret`, `mistyped-code`, `damaged-keyring`, `foreign-vault`, `no-keyring` (an unlocked device brings it back), `keys-missing`
   * (the keys open none of the files), `out-of-memory`, `upgrade-required`, `not-connected`, and as the clouds do.
   */
  unlock(secret: RecoverySecret): Promise<Outcome<EncryptionState>> {
    return this.#change((life) => life.unlock(secret));
  }

  /**
   * Forgets the keys on this device, in all its tabs; messages that are here stay. Changes wait until `unlock`. Where encryption was turned off the keys stay, as
   * what is still encrypted could not be read without them.
   */
  lock(): Promise<Outcome<EncryptionState>> {
    return this.#change((life) => life.lock());
  }

  /**
   * Another passphrase, in every connected cloud; no file of the history is written. Copies that somebody made of the folder before still open with the old one.
   * Cut off, the same call goes on. Fails as `unlock` does.
   */
  changePassphrase(current: RecoverySecret, next: string): Promise<Outcome<EncryptionState>> {
    return this.#change((life) => life.changePassphrase(current, next));
  }

  /**
   * Whether a person with nothing but this secret gets the history back: opens one file of each month in every connected cloud, and uses nothing that this device
   * knows. A success that opened something encrypted is remembered in `encryption`, with the kind of secret. Fails as `unlock` does; a month that cannot be opened is in the report.
   */
  verifyRecovery(
    secret: RecoverySecret,
    options: CallOptions & Pick<DrillOptions, 'onProgress'> = {},
  ): Promise<Outcome<RecoveryReport>> {
    const { signal, onProgress } = options;
    return this.#encrypt((life) => life.verify(secret, onProgress, signal), signal);
  }

  /**
   * Writes plain files again, on this device; other devices go on encrypting until they are told too. What is encrypted stays readable here, and `unlock` turns
   * encryption on again. Fails as `unlock` does.
   */
  disableEncryption(secret: RecoverySecret): Promise<Outcome<EncryptionState>> {
    return this.#change((life) => life.turnOff(secret));
  }

  async #change(work: (life: EncryptionLife) => Promise<void>): Promise<Outcome<EncryptionState>> {
    const outcome = await this.#encrypt(work);
    return outcome.ok ? { ok: true, report: untracked(this.encryption) } : outcome;
  }

  #encrypt<Report>(
    work: (life: EncryptionLife) => Promise<Report>,
    signal?: AbortSignal,
  ): Promise<Outcome<Report>> {
    const working = this.#encryption.load().then(work);
    return outcomeOf(this.#work.track(working), signal);
  }
}

const isRefused = ({ isConnected, status }: ProviderState): boolean =>
  isConnected && status.state === 'locked';
