import { childrenNamed, parseXml, type XmlElement } from '../http/xml.js';
import { s3Error } from './s3-error.js';

/** A stored file, as a page of a listing shows it. */
export interface ListedKey {
  readonly key: string;
  /** Bytes. */
  readonly size: number;
  /** ISO-8601 UTC. */
  readonly modifiedAt: string;
}

/** One page of a listing. */
export interface ListingPage {
  readonly files: readonly ListedKey[];
  /** What keys begin with that the delimiter folded together. */
  readonly folded: readonly string[];
  /** Asks for the next page; `undefined` on the last one. */
  readonly next: string | undefined;
}

/**
 * A page of `ListObjectsV2`. Keys whose escapes are no UTF-8 cannot be ours and are left out. An answer that was cut short, or that does
 * not tell whether it is the last one, is refused: what it lacks would look like files that are gone.
 *
 * @throws CloudError `invalid`
 */
export const parseListing = (xml: string): ListingPage => {
  try {
    return toPage(parseXml(xml));
  } catch (cause) {
    throw s3Error(
      'invalid',
      'the listing cannot be read; is this the endpoint of an S3 service?',
      undefined,
      { cause },
    );
  }
};

const toPage = (root: XmlElement): ListingPage => {
  if (root.name !== 'ListBucketResult') throw lacking('ListBucketResult');
  const isEscaped = childrenNamed([root], 'EncodingType')[0]?.text === 'url';
  const keysOf = (element: XmlElement, name: string): readonly string[] => {
    const key = textOf(element, name);
    return isEscaped ? unescapeKey(key) : [key];
  };
  const isTruncated = textOf(root, 'IsTruncated') !== 'false';
  const next = isTruncated ? textOf(root, 'NextContinuationToken') : undefined;
  if (next === '') throw lacking('NextContinuationToken');
  return {
    files: childrenNamed([root], 'Contents').flatMap((contents) =>
      keysOf(contents, 'Key').map((key) => ({ key, ...sizeAndTime(contents) })),
    ),
    folded: childrenNamed([root], 'CommonPrefixes').flatMap((prefixes) =>
      keysOf(prefixes, 'Prefix'),
    ),
    next,
  };
};

const sizeAndTime = (contents: XmlElement): Omit<ListedKey, 'key'> => {
  const size = textOf(contents, 'Size');
  if (!/^\d{1,15}$/.test(size)) throw lacking('Size');
  const modifiedAt = new Date(textOf(contents, 'LastModified')).toISOString();
  return { size: Number(size), modifiedAt };
};

const textOf = (element: XmlElement, name: string): string => {
  const [child] = childrenNamed([element], name);
  if (!child) throw lacking(name);
  return child.text;
};

/** Services escape a space as `%20` or, as forms do, as `+`; the plus sign itself is always `%2B`. */
const unescapeKey = (text: string): readonly string[] => {
  try {
    return [decodeURIComponent(text.replaceAll('+', ' '))];
  } catch {
    // Not UTF-8: somebody else's file.
    return [];
  }
};

const lacking = (name: string): SyntaxError => new SyntaxError(`it lacks ${name}`);
