import { ApplicationRef, inject, InjectionToken, Service } from '@angular/core';
import { ChatHistory, type ChatSyncConfig, ChatSyncService, ɵSEAM } from '@chat-vault/chat-sync';
import { type ChatStorage } from '@chat-vault/chat-storage';
import {
  type CloudError,
  type CloudErrorCode,
  type CloudOperation,
} from '@chat-vault/cloud-storage';
import { type MemoryCloud } from '@chat-vault/cloud-storage/memory';
import { type FailingCloud } from './failing-cloud';
import { type TestClock } from './test-clock';
import { TestDevice } from './test-device';

/** What `provideChatSyncTesting` made. */
export interface TestBench {
  readonly clock: TestClock;
  readonly memory: MemoryCloud;
  readonly cloud: FailingCloud;
  readonly config: ChatSyncConfig;
  /** Opens an empty storage that is destroyed at the end of the test. */
  openStorage(): Promise<ChatStorage>;
}

/** The bench of the test under way. */
export const TEST_BENCH = new InjectionToken<TestBench>('TEST_BENCH');

/** Steers what `provideChatSyncTesting` put in place: waits for background work, makes the cloud fail, plays another device. */
@Service({ autoProvided: false })
export class ChatSyncTestingController {
  readonly #bench = inject(TEST_BENCH);
  readonly #application = inject(ApplicationRef);
  readonly #work = inject(ɵSEAM.BackgroundWork);
  readonly #chatSync = inject(ChatSyncService);
  readonly #history = inject(ChatHistory);

  /** The files of the cloud and the requests made so far. */
  readonly cloud: MemoryCloud = this.#bench.memory;

  /** Waits until nothing is under way, in the background or on the screen. Timers of `withAutoSync` do not count, see `advance`. */
  async settle(): Promise<void> {
    for (;;) {
      await this.#application.whenStable();
      if (this.#work.isIdle) return;
      await this.#work.settled();
    }
  }

  /** Lets time pass, and what it starts come to its end. */
  async advance(ms: number): Promise<void> {
    const { clock } = this.#bench;
    const until = clock.now() + ms;
    await this.settle();
    while (clock.callNext(until)) await this.settle();
    await this.settle();
  }

  /** The next calls of that kind to the cloud fail so (before any repetition) and are not carried out. */
  failNext(operation: CloudOperation | 'any', error: CloudError | CloudErrorCode, times = 1): void {
    this.#bench.cloud.failNext(operation, error, times);
  }

  /** Takes back all failures that were told and did not happen yet. */
  heal(): void {
    this.#bench.cloud.heal();
  }

  /** Another device of the same person, with an empty storage. */
  async secondDevice(): Promise<TestDevice> {
    const storage = await this.#bench.openStorage();
    return new TestDevice(storage, this.#bench.memory, this.#bench.config);
  }

  /** The storage of the device under test. */
  storage(): Promise<ChatStorage> {
    return this.#history.storage();
  }

  /** Connects the cloud, as a person would. */
  async connect(): Promise<void> {
    await this.#chatSync.connect(this.cloud.providerId, { interactive: true });
    await this.settle();
  }
}
