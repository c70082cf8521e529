import { joinPath, parseFolderPath } from '../path/cloud-path.js';
import { s3Error } from './s3-error.js';

/** Where a bucket is. */
export interface BucketPlace {
  readonly endpoint: string;
  readonly bucket: string;
  readonly prefix?: string;
  readonly style?: 'path' | 'virtual';
}

/** The addresses of a bucket's files. */
export interface BucketAddress {
  /** The key of a file. */
  keyOf(path: string): string;
  /** What the keys of a folder's files begin with; it ends with a slash unless it is empty. */
  keyPrefixOf(folder: string): string;
  /** Of a key, or with `''` of the bucket; the query is sorted, what is `''` is left out. */
  urlOf(key: string, query?: Readonly<Record<string, string>>): URL;
}

/** @throws CloudError `invalid` for what cannot be an address */
export const createBucketAddress = (place: BucketPlace): BucketAddress => {
  const { bucket, style = 'path' } = place;
  const root = parseEndpoint(place.endpoint);
  const isInPath = style === 'path';
  const host = isInPath ? root.host : `${bucket}.${root.host}`;
  root.host = host;
  if (isInPath) root.pathname += `${bucket}/`;
  // A host that is none, or a number, is not taken over as it is. A certificate for all hosts of a service holds for names without dots.
  const isName = /^[a-z0-9][\w.-]+$/i.test(bucket) && !bucket.includes(isInPath ? '..' : '.');
  if (!isName || root.host !== host) {
    throw s3Error('invalid', `"${bucket}" is not the name of a bucket in the style "${style}"`);
  }
  const prefix = parseFolderPath((place.prefix ?? '').replace(/\/$/, '')).join('/');
  const keyOf = (path: string): string => (path === '' ? prefix : joinPath(prefix, path));
  return {
    keyOf,
    keyPrefixOf: (folder) => keyOf(folder) && `${keyOf(folder)}/`,
    urlOf: (key, query = {}) => {
      const url = new URL(root);
      // The bucket itself is written without a slash at the end.
      url.pathname = (root.pathname + key.split('/').map(escapePart).join('/')).replace(/\/$/, '');
      url.search = Object.entries(query)
        .filter(([, value]) => value !== '')
        // As text, name and comma first: a comma stands before everything that a name may hold.
        .sort()
        .map(([name, value]) => `${name}=${escapePart(value)}`)
        .join('&');
      return url;
    },
  };
};

const parseEndpoint = (text: string): URL => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password) {
    throw s3Error('invalid', 'the endpoint must begin with https:// or http:// and hold no keys');
  }
  url.search = '';
  url.hash = '';
  if (!url.pathname.endsWith('/')) url.pathname += '/';
  return url;
};

/** As RFC 3986 and so the signature want it: `encodeURIComponent` leaves five signs that they escape. */
const escapePart = (text: string): string =>
  encodeURIComponent(text).replace(
    /[!'()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );
