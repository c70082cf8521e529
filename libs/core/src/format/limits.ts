/** The version of the format that this library writes, and the newest it reads. */
export const FORMAT_VERSION = 1;
/** Records in one vault. */
export const MAX_VAULT_RECORDS = 65_536;
/** Bytes of JSON in one delta, segment, manifest or catalog. */
export const MAX_JSON_BYTES = 16 * 1024 * 1024;
/** Bytes of one message's payload. */
export const MAX_PAYLOAD_BYTES = 1024 * 1024;
/** UTF-16 units of an id, urn or type. */
export const MAX_ID_LENGTH = 512;
/** Tags of one message. */
export const MAX_TAGS = 64;
/** Entries of any list in a manifest or catalog. */
export const MAX_LIST_ENTRIES = 200_000;
/** UTF-16 units of a path in the cloud. */
export const MAX_PATH_LENGTH = 1024;
/** The greatest generation of a catalog: its name has 8 digits. */
export const MAX_GENERATION = 99_999_999;
