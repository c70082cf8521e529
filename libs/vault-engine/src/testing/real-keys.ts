import { type VaultCodec } from '@chat-vault/core';
import {
  createKeyring,
  createRecoveryCode,
  rotateVaultKey,
  sealedCodec,
  type VaultKey,
  VaultKeyring,
  type WrittenKeyring,
} from '@chat-vault/core/sealed';

/** What a keyring of the library gives: its codec, and what it takes to add a key. */
export interface RealKeys {
  readonly codec: VaultCodec;
  readonly keys: readonly VaultKey[];
  readonly files: WrittenKeyring['files'];
  readonly code: string;
}

/** The codec that apps use, with the first key of a vault; each call makes another one. */
export async function firstKeys(): Promise<RealKeys> {
  const code = createRecoveryCode();
  return withCode(await createKeyring([{ kind: 'recovery', code }], { newId }), code);
}

/** The same vault after its key was changed, and the code with it. */
export async function rotatedKeys(old: RealKeys): Promise<RealKeys> {
  const code = createRecoveryCode();
  const change = {
    current: { kind: 'recovery', code: old.code },
    next: [{ kind: 'recovery', code }],
  } as const;
  return withCode(await rotateVaultKey(old.files, change, { newId }), code);
}

function withCode({ keys, files }: WrittenKeyring, code: string): RealKeys {
  return { codec: sealedCodec({ keyring: new VaultKeyring(keys) }), keys, files, code };
}

let ids = 0;
const newId = () => `018d5f3a-0000-7000-8000-${(++ids).toString(16).padStart(12, '0')}`;
