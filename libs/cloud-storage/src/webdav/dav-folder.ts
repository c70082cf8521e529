import { isPathPart } from '../path/cloud-path.js';
import { CloudError } from '../port/cloud-error.js';
import { statusError } from '../http/http-status.js';
import { type DavResource } from './multistatus.js';

/** A member of a folder, its name decoded. */
export interface DavMember {
  readonly name: string;
  readonly isFolder: boolean;
  /** Bytes, where the server told. */
  readonly size: number | undefined;
  /** ISO-8601 UTC, where the server told. */
  readonly modifiedAt: string | undefined;
}

/**
 * The direct members of the folder that was asked for; `undefined` when the answer says that there is no such folder. Servers write
 * hrefs as whole addresses, as paths, escaped to their own taste or not at all, and behind a proxy with a prefix that we never see; they
 * all list the folder itself too. Members that cannot be ours (a name outside our grammar, no right to look) are left out.
 *
 * @throws CloudError `invalid` when the answer speaks of other places, or as the status that the server gave
 */
export const membersOf = (
  resources: readonly DavResource[],
  url: URL,
  task: string,
): readonly DavMember[] | undefined => {
  const asked = partsOf(url.pathname);
  const entries = resources.map((resource) => ({
    resource,
    parts: hrefParts(resource.href, asked),
  }));
  const folder = folderParts(entries, asked);
  if (!folder) {
    throw new CloudError(
      'invalid',
      `cloud-storage/${task}: the server answered about other places; check the address`,
    );
  }
  const self = entries.find(({ parts }) => parts.length === folder.length && isIn(parts, folder));
  if (self?.resource.status === 404) return undefined;
  if (self && self.resource.status >= 300) throw statusError(task, self.resource);
  return entries
    .filter(({ parts }) => parts.length === folder.length + 1 && isIn(parts, folder))
    .map(({ resource, parts }) => ({ ...resource, name: parts.at(-1) ?? '' }))
    .filter(({ name, status }) => {
      if (status >= 500) throw statusError(task, { status });
      return status < 300 && isPathPart(name);
    });
};

interface Entry {
  readonly resource: DavResource;
  readonly parts: readonly string[];
}

/** The asked folder as the server writes it: as we do, or as the one folder that holds all else. */
const folderParts = (
  entries: readonly Entry[],
  asked: readonly string[],
): readonly string[] | undefined => {
  if (entries.some(({ parts }) => isIn(parts, asked))) return asked;
  return entries.find(
    ({ resource, parts }) =>
      resource.isFolder && entries.every((entry) => isIn(entry.parts, parts)),
  )?.parts;
};

const isIn = (parts: readonly string[], folder: readonly string[]): boolean =>
  folder.every((part, index) => part.normalize() === parts[index]?.normalize());

/**
 * The decoded parts of a whole address, an absolute path or one relative to the folder. Not by `URL`: that takes a "?" or "#" that the
 * server forgot to escape for the end of the path, and a name like `a:b` for an address.
 */
const hrefParts = (href: string, folder: readonly string[]): readonly string[] => {
  const path = href.replace(/^(https?:)?\/\/[^/]*\/?/i, '/');
  return path.startsWith('/') ? partsOf(path) : [...folder, ...partsOf(path)];
};

const partsOf = (path: string): readonly string[] =>
  path
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .map(decodePart);

const decodePart = (part: string): string => {
  try {
    return decodeURIComponent(part);
  } catch {
    // Some servers leave "%" as it is; then the part is what they mean.
    return part;
  }
};
