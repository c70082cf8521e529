import { fieldsOf, parseCount, parseJson, parseTime } from '../http/json.js';
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
  const entries = parseJson(bytes);
  if (!Array.isArray(entries) || !entries.every(isEntry)) {
    throw new CloudError(
      'invalid',
      `cloud-storage/${task}: this is no list of files in JSON; nginx gives one with "autoindex on; autoindex_format json;"`,
    );
  }
  return entries
    .filter(({ name, type }) => isPathPart(name) && (type === 'file' || type === 'directory'))
    .map(({ name, type, size, mtime }) => ({
      name,
      isFolder: type === 'directory',
      size: parseCount(size),
      modifiedAt: parseTime(mtime),
    }));
};

interface Entry {
  readonly name: string;
  readonly type: string;
  readonly size?: unknown;
  readonly mtime?: unknown;
}

const isEntry = (entry: unknown): entry is Entry => {
  const { name, type } = fieldsOf(entry);
  return typeof name === 'string' && typeof type === 'string';
};
