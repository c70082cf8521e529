import { openIdbChatStorage } from '@chat-vault/chat-storage/idb';
import { BehaviorSubject } from 'rxjs';
import { defaultHostEnvironment } from '../host/default-environment.js';
import { type HostFence } from '../host/host-fence.js';
import { type HostEnvironment } from '../host/host-environment.js';
import { joinLiveHost, type LiveHost } from '../host/join-live-host.js';
import { type LiveConnection } from '../client/live-connection.js';
import { type LiveSnapshot } from '../client/live-snapshot.js';
import { liveHostName } from '../host/live-host-name.js';

const WRITE_EVERY_MS = 20;

/** A tab of the browser that the test runs in: in a frame of its own, over the browser's own storage, locks and channels. */
export interface RealTab {
  readonly host: LiveHost;
  /** Whether its connection is open. */
  isConnected(): boolean;
  /** How often its connection wrote. */
  writes(): number;
  /** What the fence refused. */
  refusals(): number;
  tasks(): readonly string[];
  state(): string;
  /** Removes the rows and closes the storage. */
  readonly close: () => Promise<void>;
}

/** Opens a tab on a database; what is `missing` the browser does not have. */
export async function openRealTab(
  database: string,
  missing: readonly ('locks' | 'openChannel')[],
): Promise<RealTab> {
  const storage = await openIdbChatStorage({ name: database });
  const environment: HostEnvironment = {
    ...defaultHostEnvironment(),
    ...Object.fromEntries(missing.map((name) => [name, null])),
  };
  const tasks: string[] = [];
  let writes = 0;
  let refusals = 0;
  let open = 0;
  let state = '';

  const connect = (fence: HostFence): LiveConnection => {
    const snapshot$ = new BehaviorSubject<LiveSnapshot>({
      state: 'live',
      pending: 0,
      rejected: 0,
      error: null,
      retryAt: null,
      userId: 'alice',
    });
    open += 1;
    const write = async (): Promise<void> => {
      try {
        await storage.writeRows({
          reads: fence.reads,
          change: (context) => {
            fence.guard(context);
            return [{ table: 'test', id: 'writer', value: fence.token }];
          },
        });
        writes += 1;
      } catch {
        refusals += 1;
      }
    };
    const timer = setInterval(() => void write(), WRITE_EVERY_MS);
    return {
      snapshot$,
      flush: () => void tasks.push('flush'),
      signedIn: () => void tasks.push('signedIn'),
      wake: () => void tasks.push('wake'),
      syncNow: async () => {
        await write();
        tasks.push('syncNow');
      },
      close: async () => {
        open -= 1;
        clearInterval(timer);
      },
    };
  };
  const host = joinLiveHost({
    name: liveHostName(storage.deviceId, 'alice'),
    userId: 'alice',
    storage,
    connect,
    environment,
    worker: null,
  });
  host.snapshot$.subscribe((snapshot) => (state = snapshot.state));
  return {
    host,
    isConnected: () => open > 0,
    writes: () => writes,
    refusals: () => refusals,
    tasks: () => tasks,
    state: () => state,
    close: async () => {
      await host.close();
      await storage.close();
    },
  };
}

(globalThis as { openRealTab?: typeof openRealTab }).openRealTab = openRealTab;
