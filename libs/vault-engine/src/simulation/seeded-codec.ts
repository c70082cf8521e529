import { seededRandom } from '@chat-vault/cloud-storage/testing';
import { type VaultCodec } from '@chat-vault/core';
import { createKeyring, sealedCodec, type VaultKey, VaultKeyring } from '@chat-vault/core/sealed';

/** What a codec is made of. */
export interface CodecParts {
  readonly keys: readonly VaultKey[];
  /** So many bytes. */
  readonly random: (length: number) => Uint8Array;
}

/** Makes a codec; `realCodec` unless a test wants to see that a broken one is noticed. */
export type MakeCodec = (parts: CodecParts) => VaultCodec;

/** The codec that apps use. */
export const realCodec: MakeCodec = ({ keys, random }) =>
  sealedCodec({ keyring: new VaultKeyring(keys), environment: { random } });

/** The key of a seed, and where its salts come from. */
export async function seededCodecParts(seed: number): Promise<CodecParts> {
  const roll = seededRandom(seed * 104_729);
  const random = (length: number) => Uint8Array.from({ length }, () => Math.floor(roll() * 256));
  const environment = { random, passphraseCost: { memoryKiB: 19 * 1024, passes: 1, lanes: 1 } };
  const newId = () => '00000000-0000-7000-8000-000000000000';
  const { keys } = await createKeyring([], { newId, environment });
  return { keys, random };
}
