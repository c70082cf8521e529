import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CloudError } from '../port/cloud-error.js';
import { parseListing } from './listing.js';

const TIME = '2024-01-31T10:15:30.000Z';
const escapeXml = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
const write = (content: string) =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>vault</Name><Prefix/>${content}</ListBucketResult>`;
const last = '<IsTruncated>false</IsTruncated>';
const contents = (key: string, size = '5', time = TIME) =>
  `<Contents><Key>${key}</Key><LastModified>${time}</LastModified><ETag>"x"</ETag><Size>${size}</Size><Owner><ID>o</ID></Owner></Contents>`;

describe('parseListing', () => {
  it('reads files, what was folded, and how to go on', () => {
    const xml = write(
      `${contents('a/1', '12')}${contents('a/2', '0', '2024-01-31T10:15:30Z')}<CommonPrefixes><Prefix>a/b/</Prefix></CommonPrefixes><CommonPrefixes><Prefix>a/c/</Prefix></CommonPrefixes><IsTruncated>true</IsTruncated><NextContinuationToken>1+/=</NextContinuationToken>`,
    );
    expect(parseListing(xml)).toEqual({
      files: [
        { key: 'a/1', size: 12, modifiedAt: TIME },
        { key: 'a/2', size: 0, modifiedAt: TIME },
      ],
      folded: ['a/b/', 'a/c/'],
      next: '1+/=',
    });
  });

  it('reads an empty folder', () => {
    expect(parseListing(write(last))).toEqual({ files: [], folded: [], next: undefined });
  });

  it('takes no notice of a token on the last page', () => {
    const xml = write(`${last}<NextContinuationToken>x</NextContinuationToken>`);
    expect(parseListing(xml).next).toBeUndefined();
  });

  it('reads keys back, escaped in either manner or not at all', () => {
    const keyOf = (xml: string) => parseListing(write(xml + last)).files[0]?.key;
    const url = '<EncodingType>url</EncodingType>';
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1 }), (key) => {
        fc.pre(!/\p{Surrogate}/u.test(key));
        const escaped = encodeURIComponent(key);
        expect(keyOf(url + contents(escaped))).toBe(key);
        expect(keyOf(url + contents(escaped.replaceAll('%20', '+')))).toBe(key);
        expect(keyOf(contents(escapeXml(key)))).toBe(key);
      }),
      { seed: 71, numRuns: 500 },
    );
  });

  it('refuses an answer cut at any place', () => {
    const xml = write(contents('a/1') + contents('a/2') + last);
    for (let length = 0; length < xml.length; length += 1) {
      expect(() => parseListing(xml.slice(0, length))).toThrow(
        expect.objectContaining({ code: 'invalid' }),
      );
    }
  });

  it.each([
    '<html></html>',
    '<ListAllMyBucketsResult/>',
    '<Error><Code>InternalError</Code></Error>',
    write(''),
    write('<IsTruncated>maybe</IsTruncated>'),
    write('<IsTruncated>true</IsTruncated>'),
    write('<IsTruncated>true</IsTruncated><NextContinuationToken/>'),
    write(`<Contents><Size>5</Size><LastModified>${TIME}</LastModified></Contents>${last}`),
    write(`<CommonPrefixes/>${last}`),
    write(contents('a', 'many') + last),
    write(contents('a', '-5') + last),
    write(contents('a', '') + last),
    write(contents('a', '9'.repeat(30)) + last),
    write(contents('a', '5', 'yesterday') + last),
  ])('refuses %j', (xml) => {
    expect(() => parseListing(xml)).toThrow(expect.objectContaining({ code: 'invalid' }));
  });

  it('throws nothing but errors of a cloud, whatever comes', () => {
    const piece = fc.constantFrom(
      ...['<ListBucketResult>', '</ListBucketResult>', '<Contents>', '</Contents>', '<Key>'],
      ...[
        '</Key>',
        '<Size>5</Size>',
        last,
        `<LastModified>${TIME}</LastModified>`,
        '%',
        '&#0;',
        'a',
      ],
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        try {
          return Array.isArray(parseListing(pieces.join('')).files);
        } catch (error) {
          return error instanceof CloudError;
        }
      }),
      { seed: 72, numRuns: 2000 },
    );
  });
});
