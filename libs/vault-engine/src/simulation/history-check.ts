import { mergeContents, type StampedMessage } from '@chat-vault/core';
import { type HistoryPage } from '../reports/reports.js';
import { type Actor } from './actor.js';
import { attempt } from './attempt.js';
import { type Scene, URNS } from './scene.js';

/** The person scrolls: a page never skips a message that the cloud had at the device's last sync (I11). */
export async function readOlder(scene: Scene, actor: Actor): Promise<void> {
  const { dice } = scene;
  const limit = dice.between(1, 10);
  const conversationUrn = dice.any(URNS);
  const pages: HistoryPage[] = [];
  const outcome = await attempt(scene, actor, 'scroll', async (device) => {
    pages.push(await device.engine().loadOlder({ conversationUrn, limit }));
  });
  const [page] = pages;
  if (outcome !== 'ok' || page === undefined || page.incomplete || !isListingTrue(scene)) return;
  const { messages } = mergeContents([actor.known, await actor.device.content()]);
  const expected = messages
    .filter((message) => message.conversationUrn === conversationUrn)
    .sort(newestFirst)
    .slice(0, limit);
  const skipped = expected.filter(({ id }) => !page.messages.some((one) => one.id === id));
  if (skipped.length > 0)
    throw new Error(
      `${actor.name} was shown a page without ${skipped.map(({ id }) => id).join(', ')}`,
    );
}

/** Whether a sync that went well has seen all there was. */
function isListingTrue({ isCloudTrue, isSealing, swarm }: Scene): boolean {
  const hides = ['short-listings', 'lagging-listings', 'torn-reads', 'trash-restored'] as const;
  return isCloudTrue && !isSealing && !hides.some((kind) => swarm.has(kind));
}

const newestFirst = (a: StampedMessage, b: StampedMessage): number =>
  b.sentTimestamp.localeCompare(a.sentTimestamp) || (a.id < b.id ? 1 : -1);
