import {
  type EnvironmentProviders,
  inject,
  Service,
  makeEnvironmentProviders,
} from '@angular/core';
import { ɵSEAM } from '@chat-vault/chat-sync';
import { ɵLIVE_OPENER } from '@chat-vault/chat-sync/live';
import { type LiveOptions } from '@chat-vault/live-sync';
import { TestLiveSync } from './test-live-sync';

/** Steers the server of live sync in the tests of an application. */
@Service({ autoProvided: false })
export class LiveSyncTestingController {
  readonly #clock = inject(ɵSEAM.CHAT_SYNC_CLOCK);
  readonly #opened: TestLiveSync[] = [];

  /** Every connection that was opened, the newest last. */
  get connections(): readonly TestLiveSync[] {
    return this.#opened;
  }

  /** The connection that is open. @throws Error when none is */
  get connection(): TestLiveSync {
    const last = this.#opened.at(-1);
    if (!last || last.isClosed) throw new Error('no live connection is open');
    return last;
  }

  /** Called by the service under test. */
  open(options: LiveOptions): TestLiveSync {
    const live = new TestLiveSync(options, () => this.#clock.now());
    this.#opened.push(live);
    return live;
  }
}

/** Live sync without a server, beside `provideChatSyncTesting(…, withLiveSync(…))`. Steer it with `LiveSyncTestingController`. */
export function provideLiveSyncTesting(): EnvironmentProviders {
  return makeEnvironmentProviders([
    LiveSyncTestingController,
    {
      provide: ɵLIVE_OPENER,
      useFactory: () => {
        const controller = inject(LiveSyncTestingController);
        return async (options: LiveOptions) => controller.open(options);
      },
    },
  ]);
}
