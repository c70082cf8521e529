import { describe, expect, it } from 'vitest';
import { parseAutoindex } from './autoindex.js';

const parse = (json: unknown) =>
  parseAutoindex(
    new TextEncoder().encode(typeof json === 'string' ? json : JSON.stringify(json)),
    'test',
  );
const mtime = 'Wed, 31 Jan 2024 10:15:30 GMT';

describe('parseAutoindex', () => {
  it('reads files and folders', () => {
    expect(
      parse([
        { name: 'sub', type: 'directory', mtime },
        { name: 'a.gz', type: 'file', mtime, size: 5 },
      ]),
    ).toEqual([
      { name: 'sub', isFolder: true, size: undefined, modifiedAt: '2024-01-31T10:15:30.000Z' },
      { name: 'a.gz', isFolder: false, size: 5, modifiedAt: '2024-01-31T10:15:30.000Z' },
    ]);
    expect(parse([])).toEqual([]);
  });

  it('leaves out what is neither, and names that could not be ours', () => {
    expect(
      parse([
        { name: 'pipe', type: 'other', mtime },
        { name: '..', type: 'directory', mtime },
        { name: 'a/b', type: 'file', mtime, size: 1 },
        { name: 'a\\b', type: 'file', mtime, size: 1 },
        { name: 'a\nb', type: 'file', mtime, size: 1 },
        { name: 'good', type: 'file', mtime, size: 1 },
      ]).map(({ name }) => name),
    ).toEqual(['good']);
  });

  it('does not make up a size or a time', () => {
    const unknown = { size: undefined, modifiedAt: undefined };
    expect(
      parse([
        { name: 'a', type: 'file' },
        { name: 'b', type: 'file', size: -1.5, mtime: 'soon' },
        { name: 'c', type: 'file', size: '5', mtime: null },
        { name: 'd', type: 'file', size: -1, mtime: 0 },
      ]),
    ).toEqual(['a', 'b', 'c', 'd'].map((name) => ({ name, isFolder: false, ...unknown })));
  });

  it('refuses a list cut at any place', () => {
    const json = JSON.stringify([{ name: 'a', type: 'file', mtime, size: 5 }]);
    for (let length = 0; length < json.length; length += 1) {
      expect(() => parse(json.slice(0, length))).toThrow(
        expect.objectContaining({ code: 'invalid' }),
      );
    }
  });

  it.each([
    ['a page for people', '<html><head><title>Index of /</title></head></html>'],
    ['an object', { files: [] }],
    ['null', null],
    ['names alone', ['a', 'b']],
    ['nothing known', [null]],
    ['a list of something else', [{ name: 'a', kind: 'file' }]],
  ])('refuses %s', (_, json) => {
    expect(() => parse(json)).toThrow(
      expect.objectContaining({ code: 'invalid', message: expect.stringContaining('autoindex') }),
    );
  });
});
