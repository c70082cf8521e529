import { type ChatStorage } from '@chat-vault/chat-storage';
import { type CallOptions, type CloudStorage } from '@chat-vault/cloud-storage';
import { accountDigest } from '../account-digest.js';
import { defaultEnvironment } from '../default-environment.js';

/** Where a keyring lies: a folder of an account in a cloud, and the device that keeps a copy of it. */
export interface KeyringPlace extends CallOptions {
  readonly storage: ChatStorage;
  readonly cloud: CloudStorage;
  /** As the engine has it, default `chat-vault`. */
  readonly basePath?: string;
  /** As the engine has it. */
  readonly accountId?: string;
}

/** The folder of the account. */
export const baseOf = ({ basePath = 'chat-vault' }: Pick<KeyringPlace, 'basePath'>): string =>
  basePath;

/** What calls of the cloud are given. */
export const callsOf = ({ signal }: CallOptions): CallOptions => (signal ? { signal } : {});

/** How keyrings name the account: nobody can tell the id from it who does not guess it. */
export async function accountOf({
  accountId,
}: Pick<KeyringPlace, 'accountId'>): Promise<{ readonly account?: string }> {
  if (accountId === undefined) return {};
  return { account: await accountDigest(accountId) };
}

/** A name for a new keyring file, a UUIDv7. */
export const newKeyringId = (): string => defaultEnvironment().uuid();
