import { type ChatMessage } from '@chat-vault/core';
import { describe, expect, it } from 'vitest';
import { type ChatVaultEngine } from '../chat-vault-engine.js';
import { deltas } from '../testing/cloud-paths.js';
import { readCatalogJson } from '../testing/newer-client.js';
import { DAY, type Device, HOUR, World } from '../testing/world.js';

const URN = 'urn:chat:a';

/** How many month vaults the newest catalog names as live. */
async function liveVaults({ cloud }: World): Promise<number> {
  const { partitions } = await readCatalogJson(cloud);
  return Object.values(partitions as Record<string, readonly unknown[]>).flat().length;
}

/** Three runs of one month that lie over each other, and a reader that has the newest few messages of them. */
async function halfRead(world: World): Promise<{ readonly ann: Device; readonly bob: Device }> {
  const ann = await world.device({ options: { segmentBytes: 600, compactionThreshold: 100 } });
  for (let run = 0; run < 3; run++) {
    const options = { prefix: `run${run}`, at: Date.UTC(2024, 5, 1, run), stepMs: 3 * HOUR };
    await ann.write(12, options);
    await ann.sync();
    await ann.engine().compact();
  }
  world.pass(9 * DAY);
  await ann.sync();
  const bob = await world.device({ options: { initialMessages: 7 } });
  await bob.sync();
  expect((await bob.texts()).length).toBeLessThan(36);
  return { ann, bob };
}

/** All runs and one delta that the reader has become one vault, whose segments end elsewhere. */
async function cutAnew(
  world: World,
  { ann, bob }: { readonly ann: Device; readonly bob: Device },
  segmentBytes: number,
): Promise<void> {
  await ann.write(1, { prefix: 'late', at: Date.UTC(2024, 5, 1, 0, 30) });
  await ann.sync();
  await bob.sync();
  const compactor = await world.device({ options: { segmentBytes } });
  await compactor.engine().compact();
  expect(await liveVaults(world)).toBe(1);
}

/** One more run that lies over the others, whose deltas are gone before the reader saw them. */
async function addRun(world: World, ann: Device): Promise<void> {
  await ann.sync();
  await ann.write(12, { prefix: 'more', at: Date.UTC(2024, 5, 1, 0, 45), stepMs: 3 * HOUR });
  await ann.sync();
  await ann.engine().compact();
  world.pass(2 * DAY);
  await ann.sync();
  expect(deltas(world.cloud)).toHaveLength(0);
  expect(await liveVaults(world)).toBe(2);
}

/** Pages to the beginning; gives the ids, newest first. */
async function scrollUp(engine: ChatVaultEngine, limit: number): Promise<readonly string[]> {
  const messages: ChatMessage[] = [];
  for (;;) {
    const last = messages.at(-1);
    const before = last && { sentTimestamp: last.sentTimestamp, id: last.id };
    const query = { conversationUrn: URN, limit, ...(before ? { before } : {}) };
    const page = await engine.loadOlder(query);
    messages.push(...page.messages);
    expect(page.incomplete).toBe(false);
    if (!page.hasOlder) return messages.map(({ id }) => id);
  }
}

/** Ids of all messages of the device, newest first. */
const newestFirst = async (device: Device): Promise<readonly string[]> =>
  (await device.content()).messages.map(({ id }) => id).reverse();

/** Each byte of vault files that was read, as often as it was. */
const bytesRead = ({ cloud }: World): readonly string[] =>
  cloud.requests.flatMap(({ kind, path, range }) =>
    kind === 'read' && range && path.includes('chat_vault_')
      ? Array.from({ length: range.length }, (_, index) => `${path} ${range.offset + index}`)
      : [],
  );

describe('a segment that straddles the line of a reader', () => {
  it.each([500, 700, 1300, 2000, 5000])(
    'hides nothing below the line when a compaction cuts segments of %i bytes anew',
    async (segmentBytes) => {
      const world = new World();
      const devices = await halfRead(world);
      await cutAnew(world, devices, segmentBytes);
      await devices.bob.sync();
      expect(await scrollUp(devices.bob.engine(), 6)).toEqual(await newestFirst(devices.ann));
    },
  );

  it('is read once more, and not again and again while the line goes down through it', async () => {
    const world = new World();
    const devices = await halfRead(world);
    await cutAnew(world, devices, 5000);
    await addRun(world, devices.ann);
    await devices.bob.sync();
    world.cloud.clearRequests();
    expect(await scrollUp(devices.bob.engine(), 2)).toEqual(await newestFirst(devices.ann));
    const bytes = bytesRead(world);
    expect(bytes.length).toBeGreaterThan(1_000);
    expect(new Set(bytes).size).toBe(bytes.length);
  });

  it('of several runs that lie over each other is read once', async () => {
    const world = new World();
    const { ann, bob } = await halfRead(world);
    world.cloud.clearRequests();
    expect(await scrollUp(bob.engine(), 2)).toEqual(await newestFirst(ann));
    const bytes = bytesRead(world);
    expect(bytes.length).toBeGreaterThan(1_000);
    expect(new Set(bytes).size).toBe(bytes.length);
  });
});
