import { KeyringError } from '../sealed/keyring-error.js';
import { type KeyringFile } from '../sealed/keyring-file.js';
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
