import { FormatError, type VaultCodec } from '@chat-vault/core';
import { isSealedExtension } from '@chat-vault/core/format';
import { EngineError } from '../reports/engine-error.js';
import { type Run } from '../run/run.js';
import { type EngineState, patchDocuments } from '../state/engine-state.js';
import { Gate, isSealedPath } from './gate.js';

/** Whether what is written with this codec is sealed. */
export const isSealing = (codec: VaultCodec): boolean => isSealedExtension(codec.extension);

/** Whether a current catalog that this device read was sealed. */
export const hasSealedHead = ({ vault }: EngineState): boolean =>
  Object.values(vault.heads).some(({ isSealed }) => isSealed === true);

/** The gate of a run: closed for who has a key, save while encryption is being turned on and nobody has done it yet. */
export function gateOf(codec: VaultCodec, state: EngineState): Gate {
  const isTurningOn = state.encryption === 'turning-on' && !hasSealedHead(state);
  const gate = new Gate(isSealing(codec) ? !isTurningOn : state.encryption === 'turning-off');
  gate.learn(state.vault);
  return gate;
}

/** Remembers that this device has a key: without it, it is locked from now on. */
export async function noteKey(run: Run, { encryption }: EngineState): Promise<void> {
  if (isSealing(run.codec) && encryption !== 'on' && encryption !== 'turning-on')
    await patchDocuments(run.storage, run.provider, { encryption: 'on' });
}

/** Refuses a vault that is known to be encrypted when nothing sealed would be written. @throws EngineError `locked` */
export function refuseLocked(run: Run, { encryption }: EngineState): void {
  if (isSealing(run.codec) || encryption === 'none' || encryption === 'off') return;
  if (encryption === 'turning-off' && run.opens.length > 0) return;
  throw locked();
}

/**
 * Refuses a listing that shows sealed files when this device has no key, and remembers it, so that a later listing without them does not make it write plain
 * files. @throws EngineError `locked`
 */
export async function refuseSealedFiles(
  run: Run,
  files: readonly { readonly path: string }[],
): Promise<void> {
  if (isSealing(run.codec) || !files.some(({ path }) => isSealedPath(path))) return;
  const { encryption } = await run.storage.syncState(run.provider).then(encryptionIn);
  if (run.opens.length > 0 && (encryption === 'turning-off' || encryption === 'off')) return;
  await patchDocuments(run.storage, run.provider, { encryption: 'on' });
  throw locked();
}

const encryptionIn = ({ documents }: { readonly documents: Readonly<Record<string, unknown>> }) =>
  documents as Partial<Pick<EngineState, 'encryption'>>; // only this engine writes it

/** The refusal of a vault that cannot be read here. */
export const locked = (options?: ErrorOptions): EngineError =>
  new EngineError(
    'locked',
    'vault-engine: this vault is encrypted; nothing was read or written. Unlock it, then try again.',
    options,
  );

/** Whether a codec has no key at the moment. */
export const isLockedError = (error: unknown): error is FormatError =>
  error instanceof FormatError && error.code === 'locked';
