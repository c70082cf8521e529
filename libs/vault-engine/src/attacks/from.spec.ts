import { describe, expect, it } from 'vitest';
import { deltas } from '../testing/cloud-paths.js';
import { expectConverged } from '../testing/convergence.js';
import { readCatalogJson } from '../testing/newer-client.js';
import { hiding } from '../testing/seen-listings.js';
import { HOUR, World } from '../testing/world.js';

const CALM = { compactionThreshold: 1_000 };

describe('a vault that is made from a delta that a device has and one that it never saw', () => {
  it('is read by that device, also when the file it never saw is gone and forgotten', async () => {
    const world = new World();
    const ann = await world.device({ options: CALM });
    for (const prefix of ['unseen', 'seen']) {
      await ann.write(2, { prefix });
      await ann.sync();
      world.pass(HOUR);
    }
    const [unseen = ''] = deltas(world.cloud);
    const bob = await world.device({ options: CALM });
    await bob.engine(hiding(world.cloud, [unseen])).sync();
    expect(await bob.texts()).toEqual(['seen 0', 'seen 1']);
    await ann.engine().compact();
    world.cloud.drop(unseen);
    for (let commit = 0; commit < 2; commit++) {
      world.pass(HOUR);
      await ann.write(1, { prefix: `later${commit}` });
      await ann.sync();
      await ann.engine().compact();
    }
    const { folded } = await readCatalogJson(world.cloud);
    expect(unseen).not.toBe('');
    expect(Object.keys(folded as object).filter((id) => unseen.includes(id))).toEqual([]);
    await expectConverged(world, [ann, bob]);
    expect((await bob.texts()).filter((text) => text.startsWith('unseen'))).toHaveLength(2);
  });
});
