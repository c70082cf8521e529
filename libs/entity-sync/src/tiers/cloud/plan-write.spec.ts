import { describe, expect, it } from 'vitest';
import { KEY, manyNotes, notes } from '../../simulation/cloud-place.js';
import { unitsOf } from '../../metadata/entity-digest.js';
import { partition } from '../parts/parts.js';
import { type LiveFile, planWrite } from './plan-write.js';

describe('planWrite', () => {
  it('goes on naming where the rest of a file is that only a share of was written anew', () => {
    const data = manyNotes(1200, { size: 220 });
    const old = `${KEY}~c1_01920000-0000-7000-8000-000000000001`;
    const merged = new Map([[old, { digest: '0'.repeat(32), parts: ['0', '1'] }]]);
    const live = [...partition(data, 1)].map(([prefix, part]): LiveFile => {
      const names = { key: KEY, token: KEY, kind: 'base', generation: 2, prefix } as const;
      const stem = `${KEY}~b2-${prefix}_01920000-0000-7000-8000-00000000000${prefix}`;
      const bytes = { path: stem, size: 1, digest: '1'.repeat(32), units: unitsOf(part) };
      const chain = { merged, after: new Map<string, string>() };
      return {
        ...names,
        ...bytes,
        ...chain,
        stem,
        extension: 'json',
        isReadBack: true,
        data: part,
      };
    });
    expect(live).toHaveLength(2);
    const added = notes({ n0: 'x'.repeat(95_000) }, 1);
    const joined = { Note: { ...data['Note'], ...added['Note'] } };
    const planned = planWrite({
      key: KEY,
      token: KEY,
      live,
      joined: () => joined,
      added,
      isThere: () => true,
      outdated: new Set(),
    });
    expect(planned).toHaveLength(1);
    const [part] = planned;
    const before = live.find(({ prefix }) => prefix === part?.prefix);
    expect(part?.merged.get(before?.stem ?? '')?.parts).toEqual([part?.prefix]);
    expect(part?.merged.get(old)?.parts).toEqual(['0', '1']);
  });
});
