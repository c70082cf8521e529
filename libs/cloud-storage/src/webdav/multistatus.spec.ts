import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CloudError } from '../port/cloud-error.js';
import { membersOf } from './dav-folder.js';
import { parseMultistatus } from './multistatus.js';

const FOLDER = '<resourcetype><collection/></resourcetype>';
const FILE =
  '<resourcetype/><getcontentlength>5</getcontentlength><getlastmodified>Wed, 31 Jan 2024 10:15:30 GMT</getlastmodified>';
const response = (href: string, props: string, status = '200 OK') =>
  `<response><href>${href}</href><propstat><prop>${props}</prop><status>HTTP/1.1 ${status}</status></propstat></response>`;
const multistatus = (...responses: readonly string[]) =>
  `<?xml version="1.0"?><multistatus xmlns="DAV:">${responses.join('\n')}</multistatus>`;

const url = new URL('https://cloud.test/dav/my%20chats/deltas/');
const SELF = response('/dav/my%20chats/deltas/', FOLDER);
const namesOf = (...responses: readonly string[]) =>
  membersOf(parseMultistatus(multistatus(...responses)), url, 'test')?.map(({ name }) => name);
const codeOf = (run: () => unknown) => {
  try {
    return run();
  } catch (error) {
    return error instanceof CloudError ? error.code : error;
  }
};

describe('parseMultistatus', () => {
  it.each([
    ['a prefix', 'D:', ' xmlns:D="DAV:"'],
    ['another prefix', 'lp1:', ' xmlns:lp1="DAV:"'],
    ['no prefix', '', ' xmlns="DAV:"'],
  ])('reads elements with %s', (_, p, declaration) => {
    const xml = `<?xml version="1.0" encoding="utf-8"?>
      <${p}multistatus${declaration}><${p}response>
        <${p}href>/dav/a.gz</${p}href>
        <${p}propstat><${p}prop>
          <${p}resourcetype/><${p}getcontentlength>1234</${p}getcontentlength>
          <${p}getlastmodified xmlns:b="urn:uuid:c2f41010/" b:dt="dateTime.rfc1123">Wed, 31 Jan 2024 10:15:30 GMT</${p}getlastmodified>
        </${p}prop><${p}status>HTTP/1.1 200 OK</${p}status></${p}propstat>
        <${p}propstat><${p}prop><${p}getcontentlength>99</${p}getcontentlength></${p}prop>
        <${p}status>HTTP/1.1 404 Not Found</${p}status></${p}propstat>
      </${p}response></${p}multistatus>\n`;
    expect(parseMultistatus(xml)).toEqual([
      {
        href: '/dav/a.gz',
        status: 200,
        isFolder: false,
        size: 1234,
        modifiedAt: '2024-01-31T10:15:30.000Z',
      },
    ]);
  });

  it('decodes entities and takes CDATA as it is', () => {
    const xml = multistatus(
      response('/a&amp;b&#x20AC;', FILE),
      response('<![CDATA[/a&amp;b]]>', FILE),
    );
    expect(parseMultistatus(xml).map(({ href }) => href)).toEqual(['/a&b€', '/a&amp;b']);
  });

  it('reads folders, the status of a resource, and what a server does not tell', () => {
    const xml = multistatus(
      response('/f/', FOLDER),
      '<response><href>/x</href><href>/y</href><status>HTTP/1.1 403 Forbidden</status></response>',
      response('/z', '<getcontentlength>many</getcontentlength>'),
    );
    const unknown = { isFolder: false, size: undefined, modifiedAt: undefined };
    expect(parseMultistatus(xml)).toEqual([
      { href: '/f/', status: 200, ...unknown, isFolder: true },
      { href: '/x', status: 403, ...unknown },
      { href: '/y', status: 403, ...unknown },
      { href: '/z', status: 200, ...unknown },
    ]);
  });

  it('refuses an answer cut at any place', () => {
    const xml = multistatus(SELF, response('/dav/my%20chats/deltas/a', FILE));
    for (let length = 0; length < xml.length; length += 1) {
      expect(codeOf(() => parseMultistatus(xml.slice(0, length)))).toBe('invalid');
    }
    expect(parseMultistatus(xml)).toHaveLength(2);
  });

  it('refuses a page that is not WebDAV, and a hostile one', () => {
    expect(codeOf(() => parseMultistatus('<!doctype html><title>Sign in</title>'))).toBe('invalid');
    expect(codeOf(() => parseMultistatus('<a></multistatus>'))).toBe('invalid');
    const deep = `${'<a>'.repeat(200_000)}</multistatus>`;
    expect(codeOf(() => parseMultistatus(deep))).toBe('invalid');
  });

  it('gives resources or a CloudError for whatever comes', () => {
    const piece = fc.constantFrom(
      '<',
      '>',
      '/',
      'D:',
      'multistatus',
      'response',
      'href',
      '&#x;',
      ']]>',
      '<![CDATA[',
      '"',
      ' ',
      '<!--',
      'a',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        const outcome = codeOf(() => parseMultistatus(`${pieces.join('')}</multistatus>`));
        return outcome === 'invalid' || Array.isArray(outcome);
      }),
      { seed: 4918, numRuns: 2000 },
    );
  });
});

describe('membersOf', () => {
  it.each([
    ['a path', '/dav/my%20chats/deltas/a'],
    ['a whole address', 'https://cloud.test/dav/my%20chats/deltas/a'],
    ['a relative address', 'a'],
    ['a relative address with a dot', './a'],
    ['an address without a scheme', '//cloud.test/dav/my%20chats/deltas/a'],
    ['the address of a server behind a proxy', 'HTTP://internal:8080/dav/my%20chats/deltas/a'],
    ['other escapes', '/dav/%6dy%20ch%61ts/deltas/%61'],
    ['no escapes', '/dav/my chats/deltas/a'],
    ['doubled slashes', '/dav//my%20chats/deltas//a'],
    ['a slash at the end', '/dav/my%20chats/deltas/a/'],
  ])('finds a member named by %s', (_, href) => {
    expect(namesOf(SELF, response(href, FILE))).toEqual(['a']);
  });

  it.each([
    ['escapes in capitals', 'Gr%C3%BC%C3%9Fe%20%25', 'Grüße %'],
    ['escapes in small letters', 'gr%c3%bc%c3%9fe', 'grüße'],
    ['no escapes at all', 'Grüße & more', 'Grüße & more'],
    ['escapes of more than needs them', '%2D%2e%5F%7E', '-._~'],
    ['a "?" or "#" that was not escaped', 'what? #1', 'what? #1'],
    ['a ":" in a relative name', 'a:b', 'a:b'],
    ['a "%" that was not escaped', '100% and %zz', '100% and %zz'],
    ['a plus, which is no space', 'a+b', 'a+b'],
    ['letters decomposed', 'Gru%CC%88n', 'Gru\u0308n'],
    ['bytes that are no UTF-8', 'latin-%FC', 'latin-%FC'],
  ])('reads a name with %s', (_, href, name) => {
    const escaped = href.replaceAll('&', '&amp;');
    expect(namesOf(SELF, response(escaped, FILE))).toEqual([name]);
    if (!href.includes(':')) {
      expect(namesOf(SELF, response(`/dav/my%20chats/deltas/${escaped}`, FILE))).toEqual([name]);
    }
  });

  it('does not take an address that climbs for a member', () => {
    const climbing = ['../deltas/a', '/dav/my%20chats/deltas/../a', '..', '%2e%2e', 'a%00b'];
    expect(namesOf(SELF, ...climbing.map((href) => response(href, FILE)))).toEqual([]);
  });

  it('knows the folder itself behind a proxy that hides a prefix, with or without a slash', () => {
    const hidden = [response('/deltas', FOLDER), response('/deltas/a', FILE)];
    expect(namesOf(...hidden)).toEqual(['a']);
    expect(namesOf(response('/deltas/', FOLDER))).toEqual([]);
    expect(namesOf(response('/dav/my%20chats/deltas', FOLDER), response('a', FILE))).toEqual(['a']);
  });

  it('takes the folder written in another Unicode form for the same', () => {
    const folder = new URL('https://cloud.test/Gr\u00fc\u00dfe/');
    const resources = parseMultistatus(
      multistatus(response('/Gru%CC%88%C3%9Fe/', FOLDER), response('/Gru%CC%88%C3%9Fe/a', FILE)),
    );
    expect(membersOf(resources, folder, 'test')?.map(({ name }) => name)).toEqual(['a']);
  });

  it('leaves out what is deeper, elsewhere, not to be seen, or could not be a name of ours', () => {
    const base = '/dav/my%20chats/deltas/';
    expect(
      namesOf(
        SELF,
        response(`${base}deep/file`, FILE),
        response('/dav/other/file', FILE),
        '<response><href>secret</href><status>HTTP/1.1 403 Forbidden</status></response>',
        response(`${base}a%2Fb`, FILE),
        response(`${base}a%5Cb`, FILE),
        response('http://[', FILE),
        response(`${base}100%`, FILE),
        response(`${base}good`, FILE),
      ),
    ).toEqual(['100%', 'good']);
  });

  it('gives undefined for a folder that the answer calls missing', () => {
    const gone =
      '<response><href>/dav/my%20chats/deltas/</href><status>HTTP/1.1 404 Not Found</status></response>';
    expect(namesOf(gone)).toBeUndefined();
  });

  it('throws when it cannot have seen everything', () => {
    const full = (href: string) =>
      `<response><href>${href}</href><status>HTTP/1.1 507 Insufficient Storage</status></response>`;
    expect(codeOf(() => namesOf())).toBe('invalid');
    expect(codeOf(() => namesOf(response('/elsewhere/a', FILE)))).toBe('invalid');
    expect(codeOf(() => namesOf(full('/dav/my%20chats/deltas/')))).toBe('quota-exceeded');
    expect(codeOf(() => namesOf(SELF, full('x')))).toBe('quota-exceeded');
  });
});
