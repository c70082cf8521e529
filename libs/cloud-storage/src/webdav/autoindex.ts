import { isPathPart } from '../path/cloud-path.js';
import { CloudError } from '../port/cloud-error.js';
import { type DavMember } from './dav-folder.js';

/**
 * The members of a folder as nginx lists it with `autoindex_format json`: an array of `name`, `type`, `mtime` and `size`. JSON that was
 * cut short cannot be read, so what can be read is the whole folder (without names that begin with a dot). What is neither file nor
 * folder, and names outside our grammar, are left out.
 *
 * @throws CloudError `invalid` for anything else, such as a page for people
 */
export const parseAutoindex = (bytes: Uint8Array, task: string): readonly DavMember[] => {
  const entries = parseArray(bytes);
  if (!entries?.every(isEntry)) {
    throw new CloudError(
      'invalid',
      `cloud-storage/${task}: this is no list of files in JSON; nginx gives one with "autoindex on; autoindex_format json;"`,
    );
  }
  return entries
    .filter(({ name, type }) => isPathPart(name) && (type === 'file' || type === 'directory'))
    .map(({ name, type, size, mtime }) => {
      const modifiedMs = Date.parse(`${mtime}`);
      return {
        name,
        isFolder: type === 'directory',
        size: Number.isSafeInteger(size) ? Number(size) : undefined,
        modifiedAt: Number.isNaN(modifiedMs) ? undefined : new Date(modifiedMs).toISOString(),
      };
    });
};

interface Entry {
  readonly name: string;
  readonly type: string;
  readonly size?: unknown;
  readonly mtime?: unknown;
}

const isEntry = (entry: unknown): entry is Entry =>
  typeof (entry as Entry | null)?.name === 'string' && typeof (entry as Entry).type === 'string';

const parseArray = (bytes: Uint8Array): readonly unknown[] | undefined => {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return Array.isArray(value) ? value : undefined;
  } catch {
    // A page, or half of a list: not what was asked for either way.
    return undefined;
  }
};
