import { fieldsOf, parseCount, parseTime } from '../http/json.js';
import { isPathPart } from '../path/cloud-path.js';
import { senseless } from '../http/senseless.js';
import { CloudError } from '../port/cloud-error.js';
import { type DropboxApi } from './dropbox-api.js';

/** A file or folder of a listing. */
export type DropboxEntry =
  | { readonly kind: 'folder'; readonly name: string }
  | {
      readonly kind: 'file';
      readonly name: string;
      readonly size: number;
      readonly modifiedAt: string;
    };

/**
 * All entries directly in the folder whose names can be ours. A cursor that Dropbox no longer knows (`reset`) makes it start over, once.
 *
 * @throws CloudError `not-found` when there is no such folder; any other rather than give a part
 */
export const listFolder = async (
  api: DropboxApi,
  folder: string,
  signal: AbortSignal | undefined,
): Promise<readonly DropboxEntry[]> => {
  try {
    return await walk(api, folder, signal);
  } catch (error) {
    if (!(error instanceof CloudError)) throw error;
    if (error.details['reason'] === 'reset') return walk(api, folder, signal);
    throw error;
  }
};

const walk = async (
  api: DropboxApi,
  folder: string,
  signal: AbortSignal | undefined,
): Promise<readonly DropboxEntry[]> => {
  const ask = (endpoint: string, argument: unknown) =>
    api.ask({ endpoint, argument, path: folder, signal });
  const entries = new Map<string, DropboxEntry>();
  let page = fieldsOf(await ask('files/list_folder', { path: apiPath(folder), limit: 2000 }));
  for (;;) {
    const { entries: told, cursor, has_more: hasMore } = page;
    if (!Array.isArray(told) || typeof hasMore !== 'boolean') throw unreadable(folder);
    for (const entry of told) note(entries, entry, folder);
    if (!hasMore) return [...entries.values()];
    if (typeof cursor !== 'string') throw unreadable(folder);
    page = fieldsOf(await ask('files/list_folder/continue', { cursor }));
    if (page['cursor'] === cursor && page['has_more'] === true) throw unreadable(folder);
  }
};

/** Where a path is for the API: in the app's folder, whose root is ''. */
export const apiPath = (path: string): string => (path === '' ? '' : `/${path}`);

/** A later entry of a name takes the place of an earlier one: the folder changed between two pages. */
const note = (entries: Map<string, DropboxEntry>, value: unknown, folder: string): void => {
  const fields = fieldsOf(value);
  const { '.tag': tag, name } = fields;
  if (typeof tag !== 'string' || typeof name !== 'string') throw unreadable(folder);
  const key = name.toLowerCase();
  entries.delete(key);
  if (!isPathPart(name)) return;
  if (tag === 'folder') entries.set(key, { kind: 'folder', name });
  if (tag !== 'file') return;
  const size = parseCount(fields['size']);
  const modifiedAt = parseTime(fields['server_modified']);
  if (size === undefined || modifiedAt === undefined) throw unreadable(folder);
  entries.set(key, { kind: 'file', name, size, modifiedAt });
};

const unreadable = (folder: string): CloudError =>
  senseless(`dropbox: list "${folder}"`, 'it is not a listing');
