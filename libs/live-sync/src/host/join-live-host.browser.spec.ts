import { openIdbChatStorage } from '@chat-vault/chat-storage/idb';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type openRealTab, type RealTab } from '../simulation/real-tab.js';
import { liveHostName } from './live-host-name.js';

/** A tab: a frame with scripts, locks, channels and connections of its own, which end with it. */
interface FramedTab {
  readonly tab: RealTab;
  /** As when the person closes the tab. */
  remove(): void;
}

const frames: HTMLIFrameElement[] = [];
const databases: string[] = [];

function newDatabase(): string {
  const name = `live-host-${crypto.randomUUID()}`;
  databases.push(name);
  return name;
}

async function openTab(database: string, ...missing: Parameters<typeof openRealTab>[1]) {
  const frame = document.createElement('iframe');
  document.body.append(frame);
  frames.push(frame);
  const inside = frame.contentWindow as Window & { openRealTab?: typeof openRealTab };
  const script = inside.document.createElement('script');
  script.type = 'module';
  script.src = new URL('../simulation/real-tab.ts', import.meta.url).href;
  inside.document.head.append(script);
  await vi.waitFor(() => expect(inside.openRealTab).toBeDefined(), { timeout: 20_000 });
  const tab = await inside.openRealTab?.(database, missing);
  if (!tab) throw new Error('the frame has no tab');
  return { tab, remove: () => frame.remove() } satisfies FramedTab;
}

const connected = ({ tab }: FramedTab, timeout = 5_000): Promise<void> =>
  vi.waitFor(() => expect(tab.isConnected()).toBe(true), { timeout, interval: 10 });

afterEach(async () => {
  for (const frame of frames.splice(0)) frame.remove();
  for (const name of databases.splice(0)) await (await openIdbChatStorage({ name })).destroy();
});

describe('joinLiveHost on the locks, channels and storage of Chromium', () => {
  it('makes one connection, of which the other tabs know', async () => {
    const database = newDatabase();
    const first = await openTab(database);
    await connected(first);
    const second = await openTab(database);
    await vi.waitFor(() => expect(second.tab.state()).toBe('live'));
    expect(second.tab.isConnected()).toBe(false);
    second.tab.host.flush();
    await second.tab.host.syncNow();
    expect(first.tab.tasks()).toEqual(['flush', 'syncNow']);
    expect(second.tab.tasks()).toEqual([]);
  });

  it('hands over within a second when the tab that holds it is closed', async () => {
    const database = newDatabase();
    const first = await openTab(database);
    await connected(first);
    const second = await openTab(database);
    first.remove();
    await connected(second, 1_000);
    await vi.waitFor(() => expect(second.tab.writes()).toBeGreaterThan(2));
    expect(second.tab.refusals()).toBe(0);
  });

  it('takes the connection from a holder that does not answer, within 15 s', async () => {
    const database = newDatabase();
    const storage = await openIdbChatStorage({ name: database });
    const lock = `chat-vault-live:${liveHostName(storage.deviceId, 'alice')}`;
    const stolen = navigator.locks.request(lock, () => new Promise(() => undefined));
    const ended = expect(stolen).rejects.toMatchObject({ name: 'AbortError' });
    const tab = await openTab(database);
    await connected(tab, 15_000);
    await ended;
    await storage.close();
  }, 30_000);

  it('writes nothing more once another has put its token there, and connects again as the holder', async () => {
    const database = newDatabase();
    const first = await openTab(database);
    await connected(first);
    await vi.waitFor(() => expect(first.tab.writes()).toBeGreaterThan(2));
    const storage = await openIdbChatStorage({ name: database });
    const id = `host/${liveHostName(storage.deviceId, 'alice')}`;
    const token = '000000000099-other';
    await storage.writeRows({ change: () => [{ table: 'live.state', id, value: { token } }] });
    await vi.waitFor(() => expect(first.tab.refusals()).toBeGreaterThan(0));
    await vi.waitFor(async () =>
      expect(await storage.row('test', 'writer')).toMatch(/^000000000100-/),
    );
    await storage.close();
  });

  it.each([[['locks']], [['openChannel']], [['locks', 'openChannel']]] as const)(
    'connects each tab by itself without %s',
    async (missing) => {
      const database = newDatabase();
      const [first, second] = [
        await openTab(database, ...missing),
        await openTab(database, ...missing),
      ];
      await Promise.all([connected(first), connected(second)]);
      for (const { tab } of [first, second]) {
        await tab.host.syncNow();
        expect(tab.refusals()).toBe(0);
        await tab.close();
        expect(tab.isConnected()).toBe(false);
      }
    },
  );
});
