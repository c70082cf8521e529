/** First four bytes of each kind of record (APPNOTE.TXT 6.3, 4.3). */
export const SIGNATURE = {
  file: 0x04034b50,
  directoryEntry: 0x02014b50,
  end: 0x06054b50,
  end64: 0x06064b50,
  end64Locator: 0x07064b50,
} as const;

/** Bytes of each kind of record before its names and comments. */
export const LENGTH = {
  file: 30,
  directoryEntry: 46,
  end: 22,
  end64: 56,
  end64Locator: 20,
} as const;

/** A number that does not fit is this one, and stands in a ZIP64 record. */
export const TOO_BIG = { bytes2: 0xffff, bytes4: 0xffffffff } as const;

/** Header id of the ZIP64 field of an entry. */
export const ZIP64_FIELD = 1;

/** Bits of the general purpose flags. */
export const FLAG = {
  encrypted: 0x0001,
  stronglyEncrypted: 0x0040,
  utf8: 0x0800,
  masked: 0x2000,
} as const;

/** Compression methods: as it is, and RFC 1951. */
export const METHOD = { stored: 0, deflated: 8 } as const;

/** The numbers one after the other, the least byte first. */
export const pack = (
  ...fields: readonly (readonly [bytes: 2 | 4 | 8, value: number])[]
): Uint8Array => {
  const packed = new Uint8Array(fields.reduce((length, [bytes]) => length + bytes, 0));
  const view = new DataView(packed.buffer);
  let at = 0;
  for (const [bytes, value] of fields) {
    if (bytes === 2) view.setUint16(at, value, true);
    else if (bytes === 4) view.setUint32(at, value, true);
    else view.setBigUint64(at, BigInt(value), true);
    at += bytes;
  }
  return packed;
};

/** Date and time as ZIP keeps them: two seconds exact, from 1980 to 2107; we read and write UTC. */
export const toDosTime = (ms: number): readonly [time: number, date: number] => {
  const date = new Date(Math.min(Math.max(ms, Date.UTC(1980, 0)), Date.UTC(2107, 11, 31)));
  const time =
    (date.getUTCHours() << 11) | (date.getUTCMinutes() << 5) | (date.getUTCSeconds() >> 1);
  const day =
    ((date.getUTCFullYear() - 1980) << 9) | ((date.getUTCMonth() + 1) << 5) | date.getUTCDate();
  return [time, day];
};

/** The inverse of `toDosTime`, in Unix ms; fields out of bounds carry over. */
export const fromDosTime = (time: number, date: number): number =>
  Date.UTC(
    1980 + (date >> 9),
    ((date >> 5) & 15) - 1,
    date & 31,
    time >> 11,
    (time >> 5) & 63,
    (time & 31) * 2,
  );
