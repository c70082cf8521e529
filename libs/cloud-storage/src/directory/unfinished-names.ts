/** What the names of our temporary files begin and end with, around a UUID. */
export const TEMPORARY = { prefix: '.chat-vault-', suffix: '.tmp' } as const;

/** What Chromium puts the bytes of a file into until it is closed. */
const SWAP_SUFFIX = '.crswap';

/** Whether a file of this name is one that is being written, here or in another tab, or that a crash left behind. */
export const isUnfinishedName = (name: string): boolean =>
  name.endsWith(SWAP_SUFFIX) ||
  (name.startsWith(TEMPORARY.prefix) && name.endsWith(TEMPORARY.suffix));
