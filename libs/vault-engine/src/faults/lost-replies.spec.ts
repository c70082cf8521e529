import { CloudError } from '@chat-vault/cloud-storage';
import { faultyCloud } from '@chat-vault/cloud-storage/testing';
import { describe, expect, it } from 'vitest';
import { deltas } from '../testing/cloud-paths.js';
import { expectConverged } from '../testing/convergence.js';
import { World } from '../testing/world.js';

describe('an upload that was done and whose answer was lost', () => {
  it('is repeated with the same bytes under the same name, and readers see one delta', async () => {
    const world = new World();
    const [ann, bob] = [await world.device(), await world.device()];
    await ann.sync();
    await ann.write(3);
    const cloud = faultyCloud(world.cloud);
    cloud.stopAfter(3, { isLastReplyLost: true });
    await expect(ann.engine(cloud).sync()).rejects.toBeInstanceOf(CloudError);
    const [lost] = deltas(world.cloud);
    expect(await ann.sync()).toMatchObject({ recordsUploaded: 3, recordsPending: 0 });
    expect(deltas(world.cloud)).toEqual([lost]);
    expect(await bob.sync()).toMatchObject({ messagesNew: 3 });
    await expectConverged(world, [ann, bob]);
  });

  it('counts once although the service keeps two files of one name', async () => {
    const world = new World();
    const twins = faultyCloud(world.cloud, { faults: { duplicate: 1 } });
    const [ann, bob] = [await world.device({ cloud: twins }), await world.device({ cloud: twins })];
    for (let round = 0; round < 12; round++) {
      await ann.write(1, { prefix: `r${round}` });
      await ann.sync();
    }
    const report = await bob.sync();
    expect(report.warnings).toEqual([]);
    await expectConverged(world, [ann, bob]);
    expect(await bob.texts()).toHaveLength(12);
  });
});
