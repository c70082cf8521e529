import { describe, expect, it } from 'vitest';
import { isEmojiOnly, messageParts } from './message-parts';

const kinds = (text: string) => messageParts(text).map((part) => `${part.kind}:${part.text}`);

describe('messageParts', () => {
  it.each([
    ['plain *text* <b>', ['text:plain *text* <b>']],
    ['see https://a.b/c?d=1#e.', ['text:see ', 'link:https://a.b/c?d=1#e', 'text:.']],
    ['(http://a.b)', ['text:(', 'link:http://a.b', 'text:)']],
    [
      '[http://a.b](http://a.b)',
      ['text:[', 'link:http://a.b', 'text:](', 'link:http://a.b', 'text:)'],
    ],
    ['use `let` here', ['text:use ', 'code:let', 'text: here']],
    ['a\n```js\nlet x;\n```\nb', ['text:a', 'block:let x;', 'text:b']],
    ['`https://a.b`', ['code:https://a.b']],
    ['a ` b', ['text:a ` b']],
    ['javascript:alert(1)', ['text:javascript:alert(1)']],
    ['', []],
  ])('reads %j', (text, parts) => expect(kinds(text)).toEqual(parts));

  it('loses no character of text without markup around it', () => {
    const text = ' a\n\n b https://x.y/ c ';
    expect(
      messageParts(text)
        .map((part) => part.text)
        .join(''),
    ).toBe(text);
  });
});

describe('isEmojiOnly', () => {
  it.each(['👍', '👍🏽 🎉', '👩‍👩‍👧', '🇩🇪', '❤️'])('sees that %s is nothing else', (text) =>
    expect(isEmojiOnly(text)).toBe(true),
  );
  it.each(['ok 👍', '', '1', '👍👍👍👍'])('sees that %j is', (text) =>
    expect(isEmojiOnly(text)).toBe(false),
  );
});
