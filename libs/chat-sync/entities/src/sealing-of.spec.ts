import { describe, expect, it } from 'vitest';
import { sealingOf } from './sealing';

describe('sealingOf', () => {
  it.each([
    ['plain', { state: 'off' }],
    ['plain', { state: 'turning-on', groups: [1, 2, 3] }],
    ['sealed', { state: 'rotating', groups: [1, 2, 3] }],
    [null, { state: 'locked' }],
  ] as const)('writes %s while encryption is %o', (sealing, state) => {
    expect(sealingOf(state)).toBe(sealing);
  });
});
