import { faultyCloud } from '@chat-vault/cloud-storage/testing';
import { describe, expect, it, vi } from 'vitest';
import { type SyncProgress } from '../reports/reports.js';
import { expectConverged } from '../testing/convergence.js';
import { type Device, World } from '../testing/world.js';

const MONTHS = ['2024-05', '2024-04', '2024-03', '2024-02', '2024-01'];

/** A vault with five months of old messages, and a device that has nothing of them yet. */
async function oldVault(world: World): Promise<readonly [Device, Device]> {
  const ann = await world.device({ options: { bulkRecords: 10 } });
  for (const [index, month] of MONTHS.entries())
    await ann.write(20 + index, { prefix: month, at: Date.parse(`${month}-10T10:00:00Z`) });
  await ann.sync();
  const bob = await world.device({ options: { initialMessages: 0 } });
  await bob.sync();
  return [ann, bob];
}

describe('restoreAll', () => {
  it('brings every month here, and then asks and writes nothing', async () => {
    const world = new World();
    const [ann, bob] = await oldVault(world);
    const report = await bob.engine().restoreAll();
    expect(report).toMatchObject({ incomplete: false, messagesNew: 110, filesWritten: 0 });
    expect(await bob.content()).toEqual(await ann.content());
    const { months } = await bob.engine().inventory();
    expect(months.map(({ month, complete }) => [month, complete])).toEqual(
      MONTHS.map((month) => [month, true]),
    );
    const apply = vi.spyOn(bob.storage, 'apply');
    expect(await bob.engine().restoreAll()).toMatchObject({ requests: 0, messagesNew: 0 });
    expect(apply).not.toHaveBeenCalled();
  });

  it('reads the newest months first, and each file once', async () => {
    const world = new World();
    const [, bob] = await oldVault(world);
    world.cloud.clearRequests();
    await bob.engine().restoreAll();
    const read = world.cloud.requests.map(({ path }) => path);
    const vaults = read.filter((path) => !path.includes('manifest'));
    const months = vaults.map((path) =>
      MONTHS.findIndex((month) => path.includes(month.replace('-', '_'))),
    );
    expect(months).toEqual([0, 1, 2, 3, 4]);
    expect(new Set(read).size).toBe(read.length);
  });

  it('tells at the start how much there is', async () => {
    const world = new World();
    const [, bob] = await oldVault(world);
    const { months } = await bob.engine().inventory();
    const bytes = months.reduce((sum, { bytesInCloud }) => sum + bytesInCloud, 0);
    const seen: SyncProgress[] = [];
    await bob.engine().restoreAll({ onProgress: (one) => void seen.push(one) });
    const totals = seen.map(({ bytesTotal }) => bytesTotal).filter((total) => total > 0);
    expect(totals[0]).toBe(bytes);
    expect(seen.at(-1)?.phase).toBe('done');
  });

  it('leaves out a month that cannot be read, says so, and brings only that one the next time', async () => {
    const world = new World();
    const [ann, bob] = await oldVault(world);
    const victim = world.cloud.files().find(({ path }) => path.includes('2024_03'));
    const path = victim?.path ?? '';
    const bytes = world.cloud.peek(path) ?? new Uint8Array();
    world.cloud.poke(
      path,
      bytes.map((byte, index) => (index === 30 ? byte ^ 1 : byte)),
    );
    const broken = await bob.engine().restoreAll();
    expect(broken).toMatchObject({ incomplete: true, messagesNew: 88 });
    expect(broken.warnings.map(({ code }) => code)).toContain('damaged-file');
    world.cloud.poke(path, bytes);
    expect(await bob.engine().restoreAll()).toMatchObject({ incomplete: false, messagesNew: 22 });
    expect(await bob.content()).toEqual(await ann.content());
  });

  it('goes on where the cloud failed, with what was read kept', async () => {
    const world = new World();
    const [ann, bob] = await oldVault(world);
    const cloud = faultyCloud(world.cloud);
    cloud.beforeCall(({ index }) => {
      if (index > 6) throw new Error('gone');
    });
    await expect(bob.engine(cloud).restoreAll()).rejects.toThrow();
    const kept = (await bob.texts()).length;
    expect(kept).toBeGreaterThan(0);
    const rest = await bob.engine().restoreAll();
    expect(rest.messagesNew).toBe(110 - kept);
    expect(await bob.content()).toEqual(await ann.content());
  });

  it('may run twice at once, beside a sync, and while another device compacts', async () => {
    const world = new World();
    const [ann, bob] = await oldVault(world);
    await ann.write(3, { prefix: 'late' });
    await Promise.all([
      bob.engine().restoreAll(),
      bob.engine().restoreAll(),
      bob.sync(),
      ann.sync(),
    ]);
    await expectConverged(world, [ann, bob]);
  });
});
