import { sha256Hex } from '@chat-vault/core/format';

/** How a vault names its account: the first 16 hex digits of SHA-256 of the app's id, which nobody can tell from it who does not guess it. */
export const accountDigest = async (accountId: string): Promise<string> =>
  (await sha256Hex(new TextEncoder().encode(accountId))).slice(0, 16);
