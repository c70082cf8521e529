import { isPathPart, joinPath } from '../path/cloud-path.js';
import { type CloudError } from '../port/cloud-error.js';
import { type CloudFile } from '../port/cloud-storage.js';
import { type ListingPage } from './listing.js';
import { s3Error } from './s3-error.js';

/** What is directly in a folder and has a name that could be ours. */
export interface Members {
  readonly files: readonly CloudFile[];
  readonly folders: readonly string[];
}

/** The folder that is listed. */
export interface ListedFolder {
  readonly folder: string;
  /** What the keys of its files begin with. */
  readonly keyPrefix: string;
  /** Asks for a page, the first without a token; gives `undefined` when the service no longer knows the token. */
  readonly page: (token: string | undefined) => Promise<ListingPage | undefined>;
}

/** How often a listing begins anew before it is given up. */
const MOST_PASSES = 3;

/**
 * All pages of a folder. A listing whose token the service no longer knows half-way begins anew; nothing is given of it.
 *
 * @throws CloudError `unavailable` when that happens again and again, `invalid` for a listing of other places or without an end
 */
export const readMembers = async (listed: ListedFolder): Promise<Members> => {
  for (let passes = 0; passes < MOST_PASSES; passes += 1) {
    const pages = await readPages(listed);
    if (pages) return toMembers(listed, pages);
  }
  throw s3Error(
    'unavailable',
    `the listing of "${listed.folder}" broke off; try again`,
    listed.folder,
  );
};

const readPages = async (listed: ListedFolder): Promise<readonly ListingPage[] | undefined> => {
  const pages: ListingPage[] = [];
  const tokens = new Set<string | undefined>();
  let token: string | undefined;
  do {
    tokens.add(token);
    const page = await listed.page(token);
    if (!page) return undefined;
    pages.push(page);
    token = page.next;
    if (token !== undefined && tokens.has(token)) {
      throw unbelievable(listed.folder, 'goes in a circle');
    }
  } while (token !== undefined);
  return pages;
};

/** A key of a deeper file stands for its folder, whether the service folds such keys together or not. */
const toMembers = ({ folder, keyPrefix }: ListedFolder, pages: readonly ListingPage[]): Members => {
  const files = new Map<string, CloudFile>();
  const folders = new Set<string>();
  const partsOf = (key: string): readonly string[] => {
    if (!key.startsWith(keyPrefix)) throw unbelievable(folder, 'speaks of other places');
    return key.slice(keyPrefix.length).split('/');
  };
  for (const page of pages) {
    for (const { key, size, modifiedAt } of page.files) {
      const [name = '', ...deeper] = partsOf(key);
      if (!isPathPart(name)) continue;
      const path = joinPath(folder, name);
      if (deeper.length > 0) folders.add(name);
      else files.set(path, { path, size, modifiedAt });
    }
    for (const key of page.folded) {
      const [name = ''] = partsOf(key);
      if (isPathPart(name)) folders.add(name);
    }
  }
  return { files: [...files.values()], folders: [...folders] };
};

const unbelievable = (folder: string, why: string): CloudError =>
  s3Error(
    'invalid',
    `the listing of "${folder}" ${why}; is this the endpoint of an S3 service?`,
    folder,
  );
