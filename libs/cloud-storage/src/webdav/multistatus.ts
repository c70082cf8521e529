import { parse, type TNode } from 'txml/txml';
import { CloudError } from '../port/cloud-error.js';

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

/** Asks for what `parseMultistatus` reads, and nothing else. */
export const PROPFIND_BODY = new TextEncoder().encode(
  '<?xml version="1.0" encoding="utf-8"?><propfind xmlns="DAV:"><prop><resourcetype/><getcontentlength/><getlastmodified/></prop></propfind>',
);

/**
 * The resources of a 207 answer (RFC 4918 section 13), elements told apart by local name. An answer that was cut short is refused: what
 * it lacks would look like files that are gone.
 *
 * @throws CloudError `invalid`
 */
export const parseMultistatus = (xml: string): readonly DavResource[] => {
  if (!/<\/(?:[^\s<>/:]+:)?multistatus\s*>\s*$/.test(xml)) {
    throw unreadable('it does not end with </multistatus>');
  }
  let nodes: readonly (TNode | string)[];
  try {
    nodes = parse(xml, { selfClosingTags: [], decodeEntities: true });
  } catch (cause) {
    throw unreadable('it is not well formed', cause);
  }
  const [root] = named(nodes, 'multistatus');
  if (!root) throw unreadable('it has no multistatus');
  return named(root.children, 'response').flatMap(parseResponse);
};

const parseResponse = (response: TNode): readonly DavResource[] => {
  const props = named(response.children, 'propstat')
    .filter((propstat) => isSuccess(parseStatus(propstat)))
    .flatMap((propstat) => named(propstat.children, 'prop'))
    .flatMap((prop) => prop.children);
  const size = textOf(named(props, 'getcontentlength'));
  const modifiedMs = Date.parse(textOf(named(props, 'getlastmodified')));
  const resource = {
    status: parseStatus(response),
    isFolder: named(props, 'resourcetype').some(
      (type) => named(type.children, 'collection').length > 0,
    ),
    size: /^\d+$/.test(size) ? Number(size) : undefined,
    modifiedAt: Number.isNaN(modifiedMs) ? undefined : new Date(modifiedMs).toISOString(),
  };
  return named(response.children, 'href').map((href) => ({ href: textOf([href]), ...resource }));
};

/** The status in `<status>HTTP/1.1 404 Not Found</status>`; 200 where there is none. */
const parseStatus = (node: TNode): number => {
  const text = textOf(named(node.children, 'status'));
  if (text === '') return 200;
  return Number(/^HTTP\/\S+\s+(\d{3})/i.exec(text)?.[1] ?? 500);
};

const isSuccess = (status: number): boolean => status >= 200 && status < 300;

const named = (nodes: readonly (TNode | string)[], localName: string): readonly TNode[] =>
  nodes.filter(
    (node): node is TNode =>
      typeof node !== 'string' && node.tagName.replace(/^.*:/, '') === localName,
  );

const textOf = (nodes: readonly TNode[]): string =>
  (nodes[0]?.children ?? [])
    .filter((child) => typeof child === 'string')
    .join('')
    .trim();

const unreadable = (why: string, cause?: unknown): CloudError =>
  new CloudError(
    'invalid',
    `cloud-storage/webdav: the listing cannot be read, ${why}; is this the address of a WebDAV folder?`,
    { cause },
  );
