import { fieldsOf, parseTime } from '../http/json.js';
import { isPathPart } from '../path/cloud-path.js';
import { driveFailure } from './drive-error.js';

/** The type of a folder; other types of Google's own (documents, shortcuts) have no bytes. */
export const FOLDER_TYPE = 'application/vnd.google-apps.folder';

/** The fields that `parseEntry` reads. */
export const ENTRY_FIELDS =
  'id,name,mimeType,size,modifiedTime,createdTime,md5Checksum,trashed' as const;

/** A file or folder as Google Drive tells of it. Its name is a label: several may have one name in one folder. */
export interface DriveEntry {
  readonly id: string;
  readonly name: string;
  /** Whether it is a file of bytes; folders, shortcuts and Google's own documents are not. */
  readonly hasBytes: boolean;
  /** Bytes, where told. */
  readonly size: number | undefined;
  /** ISO-8601 UTC; '' when not told. */
  readonly modifiedAt: string;
  /** As Google writes it, RFC 3339 in UTC; '' when not told. */
  readonly createdAt: string;
  readonly md5: string;
  readonly isTrashed: boolean;
}

/**
 * What an answer tells of one file or folder.
 *
 * @throws CloudError `invalid` when it is not an entry, or has an id that cannot be one
 */
export const parseEntry = (value: unknown): DriveEntry => {
  const fields = fieldsOf(value);
  const text = (name: string): string => {
    const field = fields[name];
    return typeof field === 'string' ? field : '';
  };
  return {
    id: parseId(fields['id']),
    name: text('name'),
    hasBytes: !text('mimeType').startsWith('application/vnd.google-apps.'),
    size: /^\d+$/.test(text('size')) ? Number(text('size')) : undefined,
    modifiedAt: parseTime(fields['modifiedTime']) ?? '',
    createdAt: text('createdTime'),
    md5: text('md5Checksum'),
    isTrashed: fields['trashed'] === true,
  };
};

/**
 * An id, which becomes part of addresses, queries and headers.
 *
 * @throws CloudError `invalid`
 */
export const parseId = (value: unknown): string => {
  if (typeof value === 'string' && /^[\w-]{1,200}$/.test(value)) return value;
  throw driveFailure('invalid', 'the answer has no id');
};

/** The copies of each name in a folder, best first. */
export type CopiesByName = ReadonlyMap<string, readonly DriveEntry[]>;

/**
 * The files of each name that can be one of ours, best first: what most of them agree on, then the oldest. So every device shows and
 * reads the same one, and a later file that somebody put beside it does not take its place.
 */
export const copiesByName = (entries: readonly DriveEntry[]): CopiesByName => {
  const byName = new Map<string, DriveEntry[]>();
  for (const entry of oldestFirst(entries)) {
    const { name, hasBytes } = entry;
    if (hasBytes && isPathPart(name)) byName.set(name, [...(byName.get(name) ?? []), entry]);
  }
  for (const copies of byName.values()) {
    const agreeing = ({ size, md5 }: DriveEntry) =>
      copies.filter((other) => other.size === size && other.md5 === md5).length;
    copies.sort((a, b) => agreeing(b) - agreeing(a));
  }
  return byName;
};

/** By time of creation, then by id: the same order on every device. Each id once. */
export const oldestFirst = (entries: readonly DriveEntry[]): readonly DriveEntry[] =>
  [...new Map(entries.map((entry) => [entry.id, entry])).values()].sort((a, b) =>
    `${a.createdAt} ${a.id}` < `${b.createdAt} ${b.id}` ? -1 : 1,
  );
