import { TestBed } from '@angular/core/testing';
import { describe, expect, it } from 'vitest';
import { UnwrittenDrafts, parseUnwritten } from './unwritten-drafts';

const draft = (text: string, typedAt: number) => ({ text, typedAt });

describe('UnwrittenDrafts', () => {
  it('keeps those of all tabs, and forgets the ones that are written', () => {
    const drafts = TestBed.inject(UnwrittenDrafts);
    drafts.keep(new Map([['a', draft('one', 1)]]));
    drafts.keep(new Map([['b', draft('two', 2)]]));
    expect([...drafts.read().keys()]).toEqual(['a', 'b']);
    drafts.keep(new Map([['a', draft('newer, of another tab', 3)]]));
    drafts.forget(
      new Map([
        ['a', draft('one', 1)],
        ['b', draft('two', 2)],
      ]),
    );
    expect([...drafts.read()]).toEqual([['a', draft('newer, of another tab', 3)]]);
    drafts.forget(drafts.read());
    expect(localStorage.getItem('chat-vault.unwritten-drafts')).toBeNull();
  });
});

describe('parseUnwritten', () => {
  it.each([
    [null],
    ['nonsense'],
    ['null'],
    ['3'],
    ['[1]'],
    ['{"a":{"text":1,"typedAt":2},"b":null}'],
  ])('takes nothing from %j', (stored) => expect(parseUnwritten(stored)).toEqual({}));

  it('leaves out what is no draft', () => {
    const good = draft('x', 1);
    expect(parseUnwritten(JSON.stringify({ a: 7, b: good }))).toEqual({ b: good });
  });
});
