import { type ByteRange } from '@chat-vault/cloud-storage';

/** No file that is read whole and may be used is larger: 16 MiB of JSON, and what encoding and padding add when it does not shrink (docs/vault-format.md). */
export const MAX_FILE_BYTES = 20 * 1024 * 1024;

/** A file of any allowed size, and one byte that shows when it is larger: for one whose size stands in no listing that is read. */
export const ALLOWED_BYTES: ByteRange = { offset: 0, length: MAX_FILE_BYTES + 1 };
