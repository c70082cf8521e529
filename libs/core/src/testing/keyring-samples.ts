import { deriveCommittedKey, sealOnce } from '../sealed/committed-key.js';
import { importHkdfKey } from '../sealed/hkdf.js';
import { KeyringError } from '../sealed/keyring-error.js';
import {
  formatKeyringFile,
  type KeyringFile,
  keyringHeader,
  parseKeyringFile,
  type ParsedKeyringFile,
} from '../sealed/keyring-file.js';
import { type VaultSecret } from '../sealed/secret.js';
import { type KeyringOptions } from '../sealed/write-keyring.js';
import { countingIds } from './sample-run.js';
import { cheapEnvironment } from './sealed-samples.js';

/** A passphrase as a secret. */
export const passphrase = (text: string): VaultSecret => ({ kind: 'passphrase', passphrase: text });

/** A recovery code as a secret. */
export const recovery = (code: string): VaultSecret => ({ kind: 'recovery', code });

/** Repeatable and cheap options of one device. */
export const deviceOptions = (seed: number, account?: string): KeyringOptions => ({
  newId: countingIds(seed * 0x1000),
  environment: cheapEnvironment(seed),
  ...(account === undefined ? {} : { account }),
});

/** The code of the `KeyringError` that the call throws, with its details; any other error is thrown on. */
export async function keyringRefusal(
  call: () => Promise<unknown>,
): Promise<Pick<KeyringError, 'code' | 'details'> | 'none'> {
  try {
    await call();
    return 'none';
  } catch (error) {
    if (error instanceof KeyringError) return { code: error.code, details: error.details };
    throw error;
  }
}

/** The JSON of a keyring file. */
export const jsonOf = ({ bytes }: KeyringFile): Record<string, unknown> =>
  JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>;

/** A file for a recovery code of these bytes whose wrapping is right, whatever is in it: as a faulty writer with the secret would make it. */
export async function wrappedFile(
  secret: Uint8Array,
  content: Uint8Array,
  keyIds: readonly string[],
): Promise<ParsedKeyringFile> {
  const salt = new Uint8Array(32).fill(4);
  const kdf = { name: 'hkdf-sha-256' } as const;
  const id = '018d5f3a-0000-7000-8000-000000000001';
  const header = { id, secret: 'recovery', kdf, salt, keyIds, replaces: [] } as const;
  const key = await importHkdfKey(secret);
  const committed = await deriveCommittedKey(key, salt, 'chat-vault/1/keyring/recovery');
  const wrapped = await sealOnce(committed, content, keyringHeader(header));
  const { commitment } = committed;
  return parseKeyringFile(await formatKeyringFile({ ...header, commitment, wrapped }));
}
