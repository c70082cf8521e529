import {
  type CloudCall,
  type CloudFaults,
  faultyCloud,
  type FaultyCloud,
} from '@chat-vault/cloud-storage/testing';
import { mergeContents } from '@chat-vault/core';
import { type EngineOptions } from '../engine-options.js';
import { isSealedPath } from '../sealing/gate.js';
import { FakeLocks } from '../testing/fake-locks.js';
import { DAY, type DeviceParts, MINUTE } from '../testing/world.js';
import { type Actor, type ActorClock } from './actor.js';
import { type Dice } from './dice.js';
import { type Scene } from './scene.js';
import { type FaultKind, mixed } from './swarm.js';

const YEAR = 365 * DAY;
/** The answers of services in trouble. */
const STATUSES = [429, 500, 503, 403, 408, 409, 412, 423, 502, 507];

/** Draws the service, its faults, and the devices, each with a network and a clock of its own. */
export async function castActors(scene: Scene): Promise<void> {
  const { dice, swarm } = scene;
  const options = drawOptions(dice);
  const count = dice.any([1, 2, 2, 2, 2, 3, 3, 3, 4, 4, dice.between(5, 8)]);
  scene.log.say(JSON.stringify({ kinds: swarm.kinds, options, count }));
  for (let index = 0; index < count; index++) await addActor(scene, { options });
  if (swarm.isDrawn('absence') && count > 1) {
    const away = dice.any(scene.actors);
    if (!swarm.has('absence')) return;
    away.isAway = true;
    scene.log.say(`${away.name} is away`);
  }
}

/** A device joins: with an empty database unless it is made otherwise. */
export async function addActor(
  scene: Scene,
  parts: DeviceParts,
  make = (all: DeviceParts) => scene.world.device(all),
): Promise<Actor> {
  const { actors, dice, world } = scene;
  const name = `d${actors.length + 1}`;
  const clock = drawClock(scene, dice);
  const network = openNetwork(scene, name);
  const start = world.now;
  const now = () => world.now + clock.offsetMs + Math.round(clock.drift * (world.now - start));
  const actor: Actor = {
    device: await make({ ...parts, cloud: network, now, locks: new FakeLocks() }),
    name,
    clock,
    network,
    seen: mergeContents([]),
    known: mergeContents([]),
    isUnlocked: false,
    isLocked: false,
    isAway: false,
  };
  actors.push(actor);
  return actor;
}

function drawOptions(dice: Dice): Partial<EngineOptions> {
  return {
    compactionThreshold: dice.between(2, 4),
    bulkRecords: dice.chance(0.2) ? 12 : 20_000,
    maxDeltaRecords: dice.chance(0.3) ? 3 : 5_000,
    segmentBytes: dice.chance(0.5) ? 700 : 128 * 1024,
    maxVaultBytes: dice.chance(0.3) ? 900 : 32 * 1024 * 1024,
    initialMessages: dice.between(1, 30),
    maxInFlight: dice.any([1, 2, 6]),
  };
}

function drawClock({ swarm }: Scene, dice: Dice): ActorClock {
  const years = dice.any([1 / 365 / 24, 1, 10]) * (2 * dice.roll() - 1);
  const drift = dice.any([0, 0, 0.01, -0.01, 0.3]);
  const isWrong = swarm.has('clocks') && dice.chance(0.6);
  return isWrong ? { offsetMs: Math.round(years * YEAR), drift } : { offsetMs: 0, drift: 0 };
}

function openNetwork(scene: Scene, name: string): FaultyCloud {
  const { seed, service, world } = scene;
  const network = faultyCloud(service, {
    seed: mixed(seed, 2_000 + scene.actors.length),
    faults: networkFaults(scene),
    sleep: async (ms) => world.pass(ms),
  });
  network.beforeCall((call) => watch(scene, name, call));
  return network;
}

/** What the service does to all. */
export function serviceFaults({ dice, swarm }: Pick<Scene, 'dice' | 'swarm'>): CloudFaults {
  const lagMs = dice.between(1, 20) * MINUTE;
  const quotaBytes = dice.between(3, 40) * 1024;
  return {
    duplicate: swarm.rate('duplicates', 0.2),
    ...(swarm.has('lagging-listings') ? { lag: { ms: lagMs } } : {}),
    ...(swarm.has('quota') ? { quotaBytes } : {}),
  };
}

function networkFaults({ swarm, seed }: Scene): CloudFaults {
  const rate = swarm.rate('statuses', 0.05);
  return {
    offline: swarm.rate('offline', 0.08),
    lostReply: swarm.rate('lost-replies', 0.1),
    tornUpload: swarm.rate('torn-uploads', 0.08),
    tornRead: swarm.rate('torn-reads', 0.04),
    tornSuccess: swarm.rate('lying-uploads', 0.25),
    statuses: STATUSES.filter((_, index) => (seed >> index) & 1).map((status) => ({
      status,
      chance: rate,
    })),
    shortListing: { chance: swarm.rate('short-listings', 0.2), share: 0.5 },
    latencyMs: [0, swarm.rate('slow-calls', 4 * MINUTE)],
  };
}

/** Who has the key writes nothing plain, save a file again that was there before, and seals as it should (I9). Nothing is removed that was needed (I5). */
async function watch(scene: Scene, name: string, call: CloudCall): Promise<void> {
  const { actors, plain } = scene;
  const { operation, path, bytes } = call;
  scene.log.call(name, call);
  if (operation === 'remove') await watchRemoval(scene, path);
  if (operation !== 'create' || bytes === undefined) return;
  const writer = actors.find((actor) => actor.name === name);
  if (isSealedPath(path)) scene.expect(() => scene.audit.sent(path, bytes));
  else if (writer?.isUnlocked !== true) plain.add(path);
  else if (!wasStored(scene, path)) scene.fail(`${name} wrote "${path}" with the key`);
}

const wasStored = ({ world: { cloud } }: Scene, path: string): boolean =>
  cloud.requests.some((request) => request.kind === 'create' && request.path === path);

async function watchRemoval(scene: Scene, path: string): Promise<void> {
  const { cloud } = scene.world;
  const bytes = cloud.peek(path);
  if (bytes) scene.trash.set(path, bytes);
  // What was altered may be taken for whole until somebody reads it.
  if (['damage', 'lying-uploads'].some((kind) => scene.swarm.has(kind as FaultKind))) return;
  if (scene.planted.length > 0) return;
  const lost = await scene.oracle.lostWithout(path);
  if (lost.length > 0) scene.fail(`"${path}" was removed and alone held ${lost.join(', ')}`);
}
