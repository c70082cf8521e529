import { type CloudCall, type CloudFaults, faultyCloud } from '@chat-vault/cloud-storage/testing';
import { mergeContents } from '@chat-vault/core';
import { isSealedPath } from '../sealing/gate.js';
import { DAY, MINUTE } from '../testing/world.js';
import { type Scene } from './scene.js';

const YEAR = 365 * DAY;

/** Draws the service, its faults, and two to four devices, each with a network and a clock of its own. */
export async function castActors(scene: Scene): Promise<void> {
  const { dice, seed, world } = scene;
  const shared = faultyCloud(world.cloud, {
    seed,
    now: () => world.now,
    faults: {
      duplicate: dice.chance(0.2) ? 0.1 : 0,
      ...(dice.chance(0.3) ? { lag: { ms: dice.between(1, 20) * MINUTE } } : {}),
    },
  });
  const options = {
    compactionThreshold: dice.between(2, 4),
    bulkRecords: dice.chance(0.2) ? 12 : 20_000,
    maxDeltaRecords: dice.chance(0.3) ? 3 : 5_000,
    segmentBytes: dice.chance(0.5) ? 700 : 128 * 1024,
    maxVaultBytes: dice.chance(0.3) ? 900 : 32 * 1024 * 1024,
    initialMessages: dice.between(1, 30),
  };
  const faults = drawFaults(scene);
  const count = dice.between(2, 4);
  for (let index = 0; index < count; index++) {
    const offset = dice.chance(0.3) ? (dice.roll() * 6 - 3) * YEAR : 0;
    const name = `d${index + 1}`;
    const cloud = faultyCloud(shared, { seed: seed * 31 + index, faults });
    cloud.beforeCall((call) => checkWritten(scene, name, call));
    const now = () => world.now + offset;
    const device = await world.device({ options, cloud, now });
    scene.actors.push({
      device,
      name,
      isUnlocked: false,
      isLocked: false,
      calm: () => [cloud, shared].forEach((one) => one.calm()),
      seen: mergeContents([]),
    });
  }
  const { tearsSilently } = scene;
  scene.log.say(JSON.stringify({ options, faults, count, tearsSilently }));
}

function drawFaults({ dice, tearsSilently }: Scene): CloudFaults {
  const rate = dice.chance(0.3) ? 0 : dice.roll() * 0.08;
  return {
    offline: rate,
    lostReply: rate,
    tornUpload: rate,
    tornSuccess: tearsSilently ? 0.05 : 0,
    statuses: [
      { status: 503, chance: rate },
      { status: 429, chance: rate / 2 },
    ],
    ...(dice.chance(0.3) ? { shortListing: { chance: 0.1, share: dice.roll() } } : {}),
  };
}

/** Who has the key writes nothing plain, save a file again that was there before, and seals as it should (I9). */
function checkWritten(scene: Scene, name: string, call: CloudCall): void {
  const { actors, audit, plain } = scene;
  const { operation, path, bytes } = call;
  scene.log.call(name, call);
  const writer = actors.find((actor) => actor.name === name);
  if (operation !== 'create' || bytes === undefined) return;
  if (isSealedPath(path)) return audit.sent(path, bytes);
  if (writer?.isUnlocked !== true) plain.add(path);
  else if (!plain.has(path)) throw new Error(`${name} wrote "${path}" with the key`);
}
