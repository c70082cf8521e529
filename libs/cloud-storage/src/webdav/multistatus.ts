import { parseTime } from '../http/json.js';
import { childrenNamed, parseXml, type XmlElement } from '../http/xml.js';
import { CloudError } from '../port/cloud-error.js';
import { type CloudSpace } from '../port/cloud-storage.js';

/** What a server says about one resource. */
export interface DavResource {
  /** As sent: absolute or relative, percent-escaped. */
  readonly href: string;
  /** 200 unless the server gave another status for the resource itself. */
  readonly status: number;
  readonly isFolder: boolean;
  /** Bytes, where the server told. */
  readonly size: number | undefined;
  /** ISO-8601 UTC, where the server told. */
  readonly modifiedAt: string | undefined;
}

const askFor = (...names: readonly string[]): Uint8Array =>
  new TextEncoder().encode(
    `<?xml version="1.0" encoding="utf-8"?><propfind xmlns="DAV:"><prop>${names.map((name) => `<${name}/>`).join('')}</prop></propfind>`,
  );

/** Asks for what `parseMultistatus` reads, and nothing else. */
export const PROPFIND_BODY = askFor('resourcetype', 'getcontentlength', 'getlastmodified');

/** Asks for what `parseSpace` reads. */
export const SPACE_BODY = askFor('quota-used-bytes', 'quota-available-bytes');

/**
 * The resources of a 207 answer (RFC 4918 section 13), elements told apart by local name. An answer that was cut short is refused: what
 * it lacks would look like files that are gone.
 *
 * @throws CloudError `invalid`
 */
export const parseMultistatus = (xml: string): readonly DavResource[] =>
  parseResponses(xml).flatMap(parseResponse);

/**
 * How much room there is (RFC 4331). Some servers have negative numbers for what they do not know or limit; these are absent.
 *
 * @throws CloudError `invalid`
 */
export const parseSpace = (xml: string): CloudSpace => {
  const props = parseResponses(xml).flatMap(propsOf);
  const usedBytes = bytesOf(childrenNamed(props, 'quota-used-bytes'));
  const freeBytes = bytesOf(childrenNamed(props, 'quota-available-bytes'));
  return {
    ...(usedBytes !== undefined && { usedBytes }),
    ...(freeBytes !== undefined && { freeBytes }),
  };
};

const parseResponses = (xml: string): readonly XmlElement[] => {
  const root = parseRoot(xml);
  if (root?.name !== 'multistatus') {
    throw new CloudError(
      'invalid',
      'cloud-storage/webdav: the answer is no whole listing; is this the address of a WebDAV folder?',
    );
  }
  return childrenNamed([root], 'response');
};

const parseRoot = (xml: string): XmlElement | undefined => {
  try {
    return parseXml(xml);
  } catch {
    // A page for people, or half of a listing: not what was asked for either way.
    return undefined;
  }
};

const parseResponse = (response: XmlElement): readonly DavResource[] => {
  const props = propsOf(response);
  const resource = {
    status: parseStatus(response),
    isFolder: childrenNamed(childrenNamed(props, 'resourcetype'), 'collection').length > 0,
    size: bytesOf(childrenNamed(props, 'getcontentlength')),
    modifiedAt: parseTime(textOf(childrenNamed(props, 'getlastmodified'))),
  };
  return childrenNamed([response], 'href').map((href) => ({ href: textOf([href]), ...resource }));
};

/** What the server knows of a resource. */
const propsOf = (response: XmlElement): readonly XmlElement[] =>
  childrenNamed([response], 'propstat')
    .filter((propstat) => isSuccess(parseStatus(propstat)))
    .flatMap((propstat) => childrenNamed([propstat], 'prop'));

const bytesOf = (elements: readonly XmlElement[]): number | undefined => {
  const text = textOf(elements);
  return /^\d+$/.test(text) ? Number(text) : undefined;
};

/** The status in `<status>HTTP/1.1 404 Not Found</status>`; 200 where there is none. */
const parseStatus = (element: XmlElement): number => {
  const text = textOf(childrenNamed([element], 'status'));
  if (text === '') return 200;
  return Number(/^HTTP\/\S+\s+(\d{3})/i.exec(text)?.[1] ?? 500);
};

const isSuccess = (status: number): boolean => status >= 200 && status < 300;

const textOf = (elements: readonly XmlElement[]): string => elements[0]?.text.trim() ?? '';
