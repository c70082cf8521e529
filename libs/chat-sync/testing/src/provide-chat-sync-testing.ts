import {
  DestroyRef,
  type EnvironmentProviders,
  inject,
  makeEnvironmentProviders,
  provideEnvironmentInitializer,
} from '@angular/core';
import {
  type ChatSyncConfig,
  type ChatSyncFeature,
  ChatSyncService,
  provideChatSync,
  withChatStorage,
  withCloud,
  ɵSEAM,
} from '@chat-vault/chat-sync';
import { type ChatStorage } from '@chat-vault/chat-storage';
import { memoryCloud } from '@chat-vault/cloud-storage/memory';
import {
  ChatSyncTestingController,
  TEST_BENCH,
  type TestBench,
} from './chat-sync-testing-controller';
import { FailingCloud } from './failing-cloud';
import { TestClock } from './test-clock';
import { openTestDatabase } from './test-database';

/** How the test bench is set up. */
export interface ChatSyncTestingOptions {
  /** Decides all chance: same seed, same run. Default 1. */
  readonly seed?: number;
  /** Where the clock begins, Unix ms; default 2026-01-01T12:00:00Z. */
  readonly now?: number;
  /** Whether the cloud (`memory`) is connected from the start; default `true`. */
  readonly isConnected?: boolean;
  /** Opens an empty storage, for each device anew; default: IndexedDB, of the browser or the one that fake-indexeddb installed. */
  readonly openStorage?: () => Promise<ChatStorage>;
  readonly config?: ChatSyncConfig;
}

const NEW_YEAR = Date.UTC(2026, 0, 1, 12);

/**
 * Chat sync for the tests of an application: a cloud in memory, a database of its own, a clock that stands still. Takes the place of
 * `provideChatSync` when listed after it; its schedule is then off, unless given here again. Steer it with `ChatSyncTestingController`.
 */
export function provideChatSyncTesting(
  options: ChatSyncTestingOptions = {},
  ...features: ChatSyncFeature[]
): EnvironmentProviders {
  const { config = {}, isConnected = true } = options;
  return makeEnvironmentProviders([
    provideChatSync(
      config,
      withChatStorage(() => inject(TEST_BENCH).openStorage()),
      withCloud(() => inject(TEST_BENCH).cloud),
      ...features,
    ),
    ChatSyncTestingController,
    { provide: TEST_BENCH, useFactory: () => createBench(options) },
    { provide: ɵSEAM.CHAT_SYNC_CLOCK, useFactory: () => inject(TEST_BENCH).clock },
    {
      provide: ɵSEAM.SEALED_ENVIRONMENT,
      useFactory: () => cheapSealing(inject(TEST_BENCH).clock),
    },
    {
      provide: ɵSEAM.ENTITIES_ENVIRONMENT,
      useFactory: () => repeatableEntities(inject(TEST_BENCH).clock),
    },
    provideEnvironmentInitializer(() => {
      if (!isConnected) return;
      const connecting = inject(ChatSyncService).connect('memory', { interactive: false });
      void inject(ɵSEAM.BackgroundWork).track(connecting);
    }),
  ]);
}

/** Entities that only this device has, with ids that the seed decides. */
const repeatableEntities = (clock: TestClock) => {
  const randomBytes = (length: number) =>
    Uint8Array.from({ length }, () => Math.floor(clock.random() * 256));
  return { isInMemory: true, randomBytes, newId: () => uuidOf(clock.now(), randomBytes(10)) };
};

/** A UUID of version 7: the time, then chance. */
function uuidOf(ms: number, chance: Uint8Array): string {
  const time = Math.floor(ms).toString(16).padStart(12, '0');
  const rest = [...chance].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${rest.slice(1, 4)}-8${rest.slice(5, 8)}-${rest.slice(8, 20)}`;
}

/** Repeatable, with passphrases as cheap as the format allows. */
const cheapSealing = (clock: TestClock) => ({
  random: (length: number) => Uint8Array.from({ length }, () => Math.floor(clock.random() * 256)),
  passphraseCost: { memoryKiB: 19 * 1024, passes: 1, lanes: 1 },
});

function createBench(options: ChatSyncTestingOptions): TestBench {
  const { seed = 1, now = NEW_YEAR, config = {} } = options;
  const clock = new TestClock({ now, seed });
  const memory = memoryCloud({ now: () => clock.now() });
  const ending = inject(DestroyRef);
  return {
    clock,
    memory,
    cloud: new FailingCloud(memory),
    config,
    openStorage: async () => {
      const storage = await (options.openStorage ?? (() => openTestDatabase(clock)))();
      ending.onDestroy(() => void storage.destroy());
      return storage;
    },
  };
}
