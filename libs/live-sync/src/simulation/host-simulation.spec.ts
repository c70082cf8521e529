import { describe, expect, it } from 'vitest';
import { HostWorld } from './host-world.js';
import { type WorldTab } from './world-tab.js';

const SEEDS = 100;
const STEPS = 60;

/** One thing that happens to a browser. */
function happen(world: HostWorld): void {
  const { clock } = world;
  const pages = world.livingTabs.filter(({ role, hasLeft }) => role === 'page' && !hasLeft);
  const any = (tabs: readonly WorldTab[]): WorldTab | undefined =>
    tabs[clock.below(tabs.length || 1)];
  switch (clock.below(9)) {
    case 0:
    case 1:
      if (pages.length < 5) world.open(clock.below(3) > 0);
      return;
    case 2:
      return any(pages)?.disappear();
    case 3:
      return void any(pages)?.leave();
    case 4:
      return any(world.livingTabs)?.freeze(clock.below(2) === 0 ? 'told' : 'hangs');
    case 5:
    case 6:
      return any(world.livingTabs.filter(({ isFrozen }) => isFrozen))?.thaw();
    case 7:
      return any(pages)?.show(clock.below(3) > 0);
    default:
      return world.worker?.disappear();
  }
}

/** A run that the seed decides. */
async function live(seed: number, set: (world: HostWorld) => void): Promise<HostWorld> {
  const world = new HostWorld(seed);
  set(world);
  for (let step = 0; step < STEPS; step++) {
    happen(world);
    const isLong = world.clock.below(4) === 0;
    await world.pass(world.clock.below(isLong ? 40_000 : 800));
  }
  return world;
}

describe('joinLiveHost in a simulated browser', () => {
  it.each([
    ['without a service worker', false],
    ['with one', true],
  ])(
    'shares one connection, whatever happens, %s',
    async (_, hasWorker) => {
      let writes = 0;
      for (let seed = 0; seed < SEEDS; seed++) {
        const world = await live(seed, (it) => (it.hasWorker = hasWorker));
        expect(world.violations, `seed ${seed}`).toEqual([]);
        writes += world.writes;

        // Calm again, with everybody awake: one connection, and all know of it.
        const seen = world.open();
        for (const tab of world.livingTabs) tab.thaw();
        await world.pass(15_000);
        expect(world.connections, `seed ${seed}`).toHaveLength(1);
        expect(world.admitted, `seed ${seed}`).toEqual(world.connections);
        const members = world.livingTabs.filter(({ hasLeft }) => !hasLeft);
        expect(new Set(members.map(({ state }) => state)), `seed ${seed}`).toEqual(
          new Set(['live']),
        );
        const done = seen.host.syncNow();
        await world.pass(1_000);
        await done;

        for (const tab of world.livingTabs) await tab.leave();
        await world.pass(100);
        expect(world.clock.waiting, `timers of seed ${seed}`).toBe(0);
        expect([world.locks.holder?.id, world.locks.waiting], `seed ${seed}`).toEqual([
          undefined,
          0,
        ]);
      }
      expect(writes).toBeGreaterThan(SEEDS * STEPS);
    },
    120_000,
  );

  it.each([
    [
      'somebody looks, and there is no connection',
      (it: HostWorld) => (it.locks.isStealing = false),
    ],
    ['writes though it was replaced', (it: HostWorld) => (it.isFenced = false)],
  ])('notices that %s', async (what, ablate) => {
    const violations: string[] = [];
    for (let seed = 0; seed < 20; seed++) violations.push(...(await live(seed, ablate)).violations);
    expect(violations).toContainEqual(expect.stringContaining(what));
  });
});
