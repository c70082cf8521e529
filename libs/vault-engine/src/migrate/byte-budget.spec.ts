import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteBudget } from './byte-budget.js';

describe('ByteBudget', () => {
  it('never has more under way than its limit, but for one that is larger, and does all in order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 150 })), async (sizes) => {
        const budget = new ByteBudget(100);
        const underWay = new Set<number>();
        const begun: number[] = [];
        const work = sizes.map((bytes, index) =>
          budget.spend(bytes, async () => {
            begun.push(index);
            underWay.add(index);
            const sum = [...underWay].reduce((all, one) => all + (sizes[one] ?? 0), 0);
            expect(sum <= 100 || underWay.size === 1 || bytes === 0).toBe(true);
            for (let turn = 0; turn < bytes % 7; turn++) await Promise.resolve();
            underWay.delete(index);
          }),
        );
        await Promise.all(work);
        expect(begun).toEqual(sizes.map((_, index) => index));
      }),
      { seed: 3, numRuns: 100 },
    );
  });

  it('gives back the room of work that failed', async () => {
    const budget = new ByteBudget(10);
    await expect(budget.spend(10, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await budget.spend(10, async () => 'done')).toBe('done');
  });
});
