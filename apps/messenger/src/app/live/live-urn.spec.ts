import { describe, expect, it } from 'vitest';
import { beginOfUrn, isLiveUrn, newLiveUrn, peopleOfUrn } from './live-urn';

const NOW = Date.UTC(2026, 0, 1, 12);

describe('the URN of a live conversation', () => {
  it('is new each time, and says with whom and since when', () => {
    const urn = newLiveUrn(['Ann', 'Bob: the other'], NOW);
    expect(isLiveUrn(urn)).toBe(true);
    expect(peopleOfUrn(urn)).toBe('Ann, Bob: the other');
    expect(beginOfUrn(urn)).toBe('2026-01-01T12:00:00.000Z');
    expect(newLiveUrn(['Ann', 'Bob: the other'], NOW)).not.toBe(urn);
  });

  it.each(['urn:chat:own:Ann', 'urn:chat:live:Ann', 'urn:other:x'])('is not %s', (urn) => {
    expect([isLiveUrn(urn), peopleOfUrn(urn), beginOfUrn(urn)]).toEqual([
      false,
      null,
      '1970-01-01T00:00:00.000Z',
    ]);
  });
});
