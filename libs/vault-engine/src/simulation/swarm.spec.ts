import { describe, expect, it } from 'vitest';
import { FAULT_KINDS, Swarm } from './swarm.js';

const SEEDS = Array.from({ length: 500 }, (_, index) => index + 1);

describe('Swarm', () => {
  it.each(FAULT_KINDS)('has runs with and without %s', (kind) => {
    const share = SEEDS.filter((seed) => new Swarm(seed).has(kind)).length / SEEDS.length;
    expect(share).toBeGreaterThan(0.05);
    expect(share).toBeLessThan(0.8);
  });

  it('leaves out a kind and no other', () => {
    for (const seed of SEEDS.slice(0, 50)) {
      const { kinds } = new Swarm(seed);
      const left = new Swarm(seed, { without: ['freezes'] }).kinds;
      expect(left).toEqual(kinds.filter((kind) => kind !== 'freezes'));
    }
  });

  it('damages and seals only where it may, when it is told', () => {
    for (const seed of SEEDS.slice(0, 50)) {
      const plain = new Swarm(seed, { isDamaging: false, isSealing: false });
      expect([plain.isDestructive, plain.has('encryption')]).toEqual([false, false]);
      const all = new Swarm(seed, { isDamaging: true, isSealing: true });
      expect([all.isDestructive, all.has('encryption')]).toEqual([true, true]);
    }
  });
});
