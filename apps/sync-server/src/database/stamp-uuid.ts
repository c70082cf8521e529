/**
 * A stamp in 16 bytes: its 32 hex digits as a `uuid`, which PostgreSQL stores in 16 bytes and orders like the bytes, so like
 * the stamps.
 */
export const stampToUuid = (stamp: string): string =>
  `${stamp.slice(0, 8)}-${stamp.slice(8, 12)}-${stamp.slice(13, 17)}-${stamp.slice(18, 22)}-${stamp.slice(22)}`;

/** The stamp that `stampToUuid` was given. */
export const uuidToStamp = (uuid: string): string =>
  `${uuid.slice(0, 8)}${uuid.slice(9, 13)}-${uuid.slice(14, 18)}-${uuid.slice(19, 23)}${uuid.slice(24)}`;
