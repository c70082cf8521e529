import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseXml, type XmlElement } from './xml.js';

const leaf = (name: string, text = '') => ({ name, text, children: [] });

describe('parseXml', () => {
  it('reads elements, text, and what surrounds them', () => {
    const xml = `\ufeff<?xml version="1.0" encoding="utf-8"?>
      <!-- a comment with <a> and -- in it --><d:a xmlns:d="DAV:" empty='>' x = "a/b">
      one<d:b/><c >two<!-- --> three</c ><e y=''/></d:a>\n`;
    expect(parseXml(new TextDecoder().decode(new TextEncoder().encode(xml)))).toEqual({
      name: 'a',
      text: expect.stringMatching(/^\s+one$/),
      children: [leaf('b'), leaf('c', 'two three'), leaf('e')],
    });
  });

  it('decodes what is known, and takes CDATA as it is', () => {
    const text = (content: string) => parseXml(`<a>${content}</a>`).text;
    expect(text('&lt;&gt;&amp;&quot;&apos;&#65;&#x42;&#x1F600;')).toBe('<>&"\'AB😀');
    expect(text('&amp;lt; &nbsp; a&b &#x110000; &#; & &__proto__; &constructor;')).toBe(
      '&lt; &nbsp; a&b &#x110000; &#; & &__proto__; &constructor;',
    );
    expect(text('<![CDATA[&amp;<b>]] >]]>')).toBe('&amp;<b>]] >');
  });

  it('refuses a document cut at any place', () => {
    const xml = `<?xml version="1.0"?><a b="c"><d>text</d><!-- x --><e/><![CDATA[f]]></a>`;
    for (let length = 0; length < xml.length; length += 1) {
      expect(() => parseXml(xml.slice(0, length)), xml.slice(0, length)).toThrow(SyntaxError);
    }
    expect(parseXml(xml).children).toHaveLength(2);
  });

  it.each([
    '',
    'text',
    '<a/><b/>',
    '<a></b>',
    '<a:b></c:b>',
    '<a></a></a>',
    '<a>]]</a>text',
    '<a b></a>',
    '<a b=c></a>',
    '<a <b/></a>',
    '<a>1 < 2</a>',
    '<!doctype html><html></html>',
    '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
    '<html><br></html>',
    '< a></ a>',
    '</a>',
  ])('refuses %j', (xml) => expect(() => parseXml(xml)).toThrow(SyntaxError));

  it('gives up on what is deep, long or never ends, without a stack or much time', () => {
    const many = 200_000;
    const deep = parseXml(`${'<a>'.repeat(many)}${'</a>'.repeat(many)}`);
    expect(deep.children).toHaveLength(1);
    for (const xml of [
      '<a>'.repeat(many),
      `<a${' b=""'.repeat(many)}`,
      `<a${' '.repeat(many)}`,
      `<a b="${'x'.repeat(many)}`,
      `<!--${'-'.repeat(many)}`,
      `<![CDATA[${']'.repeat(many)}`,
      `<a>${'&'.repeat(many)}`,
      `<a>${'&#'.repeat(many)}`,
    ]) {
      expect(() => parseXml(xml)).toThrow(SyntaxError);
    }
  });

  it('reads back whatever was written, and nothing else from anything', () => {
    const name = fc.stringMatching(/^[a-z][a-z0-9.-]{0,5}$/);
    const text = fc.string({ unit: 'binary' }).map((content) => content.replace(/\r/g, ''));
    const tree: (depth: number) => fc.Arbitrary<XmlElement> = (depth) =>
      fc.record({
        name,
        text,
        children: depth > 0 ? fc.array(tree(depth - 1), { maxLength: 3 }) : fc.constant([]),
      });
    const write = (element: XmlElement): string =>
      `<p:${element.name}>${escape(element.text)}${element.children.map(write).join('')}</p:${element.name}>`;
    fc.assert(
      fc.property(tree(3), (element) => {
        expect(parseXml(write(element))).toEqual(element);
      }),
      { seed: 4918 },
    );
    const piece = fc.constantFrom(
      '<a',
      '<',
      '>',
      '/',
      '</a',
      ' b="',
      '"',
      '&#x',
      ';',
      '<!--',
      '-->',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        try {
          return typeof parseXml(pieces.join('')).name === 'string';
        } catch (error) {
          return error instanceof SyntaxError;
        }
      }),
      { seed: 4918, numRuns: 3000 },
    );
  });
});

const escape = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
