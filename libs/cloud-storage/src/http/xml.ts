/** An element: its name without a prefix, the text directly in it, and the elements in it. Attributes are not kept. */
export interface XmlElement {
  readonly name: string;
  readonly text: string;
  readonly children: readonly XmlElement[];
}

/**
 * The root of a document as services send it: elements, text, CDATA, comments. There must be one whole root, so an answer that was cut
 * short anywhere is refused; so are declarations of types, which answers of services do not have. Entities that are not known stay as
 * they are written. Takes time in proportion to the length and no stack, whatever comes.
 *
 * @throws SyntaxError
 */
export const parseXml = (xml: string): XmlElement => {
  const top: OpenElement = { name: '', text: '', children: [] };
  const open = [{ tag: '', element: top }];
  let end = 0;
  for (const match of xml.matchAll(TOKENS)) {
    const [token, cdata, closing, tag, leaf] = match;
    const { tag: openTag, element } = open.at(-1) ?? { tag: '', element: top };
    if (tag === undefined) element.text += cdata ?? decode(token);
    else if (!closing) {
      const child: OpenElement = { name: tag.replace(/^.*:/, ''), text: '', children: [] };
      element.children.push(child);
      if (!leaf) open.push({ tag, element: child });
    } else if (tag === openTag) open.pop();
    else break;
    end = match.index + token.length;
  }
  const [root, ...others] = top.children;
  if (!root || end < xml.length || open.length > 1 || others.length > 0 || top.text.trim() !== '') {
    throw new SyntaxError('this is not one whole XML document');
  }
  return root;
};

/** The children of that name of all these elements. */
export const childrenNamed = (
  elements: readonly XmlElement[],
  name: string,
): readonly XmlElement[] =>
  elements.flatMap(({ children }) => children.filter((child) => child.name === name));

interface OpenElement extends XmlElement {
  text: string;
  readonly children: OpenElement[];
}

/** CDATA; a comment or declaration; the end, the beginning or all of an element; text. Each begins where the one before ended. */
const TOKENS =
  /<!\[CDATA\[([^]*?)\]\]>|<!--[^]*?-->|<\?[^]*?\?>|<(\/?)([^\s<>/"'=!?]+)(?:\s+[^\s<>/"'=]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*\s*(\/?)>|[^<]+/gy;

const NAMED: ReadonlyMap<string | undefined, string> = new Map([
  ['lt', '<'],
  ['gt', '>'],
  ['amp', '&'],
  ['quot', '"'],
  ['apos', "'"],
]);

/** The text of a token; none for comments and declarations. */
const decode = (token: string): string =>
  token.startsWith('<')
    ? ''
    : token.replace(/&(?:#(\d+|x[\da-f]+)|(\w+));/gi, (entity, number?: string, name?: string) => {
        if (number === undefined) return NAMED.get(name) ?? entity;
        const code = Number(number.replace(/^x/i, '0x'));
        return code <= 0x10ffff ? String.fromCodePoint(code) : entity;
      });
