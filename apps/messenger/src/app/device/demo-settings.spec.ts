import { describe, expect, it } from 'vitest';
import { parseOffer } from './demo-settings';

describe('parseOffer', () => {
  it('reads what the demo server says', () => {
    const sample = { name: 'Rooms', url: '/sample.ndjson', messages: 7 };
    expect(
      parseOffer({ webdav: { url: '/dav/', username: 'demo' }, samples: [sample, { name: 'x' }] }),
    ).toEqual({
      webdav: { url: '/dav/', username: 'demo', password: '' },
      samples: [sample],
      live: null,
    });
    expect(parseOffer({ live: { url: 'http://localhost:4320' } }).live).toEqual({
      url: 'http://localhost:4320',
    });
  });

  it.each([[null], ['<!doctype html>'], [[]], [{ webdav: 'x', samples: 3 }]])(
    'takes nothing but the built-in sample from %j',
    (value) => {
      const { webdav, samples } = parseOffer(value);
      expect(webdav).toBeNull();
      expect(samples).toHaveLength(1);
    },
  );
});
