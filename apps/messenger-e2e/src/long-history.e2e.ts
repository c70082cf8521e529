import { type Page } from '@playwright/test';
import { createCorpus, toNdjson } from './support/chat-corpus.ts';
import { expect, test } from './support/test.ts';

const KIB = 1024;
const MONTHS = 30;
const conversations = [
  'Team',
  'Family',
  'Choir',
  'Garden',
  'Football',
  'Travel',
  'Street',
  'Books',
];
/** More than 20,000 messages, so that they go up as months at once, as in a first backup of years. */
const corpus = createCorpus({ conversations, months: MONTHS, messagesPerMonth: 90 });
const team = corpus.filter(({ conversation }) => conversation === 'Team');

test('scrolling through years downloads only what is shown, and nothing jumps', async ({
  cloud,
  server,
  openDevice,
}) => {
  const one = await openDevice();
  await one.messenger.importText('years.ndjson', toNdjson(corpus));
  await one.messenger.connect(server.password.password);
  const uploads = cloud.requests.filter(({ method }) => method === 'PUT');
  const vaultBytes = uploads.reduce((sum, { requestBytes }) => sum + requestBytes, 0);
  expect(vaultBytes).toBeGreaterThan(1_000 * KIB);
  await one.context.close();

  const { page, messenger } = await openDevice();
  await test.step('a new device fetches the list and the newest messages', async () => {
    cloud.forget();
    await messenger.connect(server.password.password);
    expect(await messenger.conversationCount()).toBe(conversations.length);
    await messenger.openConversation('Team');
    await expect
      .poll(async () => (await messenger.shownMessages()).at(-1)?.id)
      .toBe(team.at(-1)?.id);
    expect(cloud.requests.length).toBeLessThanOrEqual(24);
    expect(cloud.downloadedBytes).toBeLessThan(300 * KIB);
  });

  await test.step('older messages come above what is read, which stays where it is', async () => {
    for (let round = 0; round < 3; round += 1) {
      cloud.fail({ delayMs: 400, when: ({ method }) => method === 'GET' });
      const moved = await page.getByTestId('thread').evaluate(scrollIntoOlder);
      cloud.heal();
      expect(moved.rows).toBeGreaterThan(0);
      expect(moved.worstPx).toBeLessThanOrEqual(2);
    }
  });

  await test.step('only the months that were shown were downloaded', async () => {
    const shown = await oldestShown(page);
    const monthsBack = MONTHS - monthIndex(shown);
    expect(monthsBack).toBeLessThanOrEqual(6);
    const reads = cloud.requests.filter(({ method }) => method === 'GET');
    const months = new Set(reads.flatMap(({ path }) => /chat_vault_\d{4}_\d{2}/.exec(path) ?? []));
    expect(months.size).toBeGreaterThan(0);
    expect(months.size).toBeLessThanOrEqual(monthsBack + 2);
    expect(cloud.downloadedBytes).toBeLessThan(vaultBytes / 4);
  });
});

const monthIndex = (month: string): number =>
  (Number(month.slice(0, 4)) - 2023) * 12 + Number(month.slice(5, 7)) - 1;

/** The month of the topmost message in the page. */
async function oldestShown(page: Page): Promise<string> {
  const time = await page.getByTestId('message').first().locator('time').getAttribute('datetime');
  return time?.slice(0, 7) ?? '';
}

/** How messages that were on the screen moved while older ones were put above them. */
interface Movement {
  /** Messages that were on the screen before and after. */
  readonly rows: number;
  readonly worstPx: number;
}

/**
 * Runs in the page: scrolls up until older messages are being fetched, and compares where each message on the screen is before
 * and after they came.
 */
async function scrollIntoOlder(thread: Element): Promise<Movement> {
  const nextFrame = () => new Promise((resolve) => requestAnimationFrame(resolve));
  const isLoading = () => thread.querySelector('[data-testid=loading-older]') !== null;
  const places = () => {
    const { top, bottom } = thread.getBoundingClientRect();
    const rows = [...thread.querySelectorAll('article')].map(
      (row) => [row.dataset['messageId'] ?? '', row.getBoundingClientRect()] as const,
    );
    const onScreen = rows.filter(([, box]) => box.bottom > top && box.top < bottom);
    return new Map(onScreen.map(([id, box]) => [id, box.top]));
  };
  while (!isLoading()) {
    if (thread.scrollTop === 0) throw new Error('Nothing older was fetched up to the top.');
    thread.scrollBy(0, -240);
    for (let frame = 0; frame < 3; frame += 1) await nextFrame();
  }
  let before = places();
  let height = thread.scrollHeight;
  for (; isLoading(); await nextFrame()) {
    before = places();
    height = thread.scrollHeight;
  }
  for (let frame = 0; thread.scrollHeight === height; frame += 1) {
    if (frame > 300) throw new Error('Older messages were fetched, but are not in the thread.');
    await nextFrame();
  }
  for (let frame = 0; frame < 5; frame += 1) await nextFrame();
  const shifts = [...places()].flatMap(([id, top]) => {
    const was = before.get(id);
    return was === undefined ? [] : [Math.abs(top - was)];
  });
  return { rows: shifts.length, worstPx: Math.max(0, ...shifts) };
}
