import { inject, Injector, runInInjectionContext, signal } from '@angular/core';
import { type CloudStorage } from '@chat-vault/cloud-storage';
import { type CloudOpener } from '../cloud/cloud-source';
import { type ChatSyncFeature } from './chat-sync-feature';

/** A cloud whose code is loaded when it is first opened. */
export interface LazyCloud {
  /** The same as that of the cloud which `load` gives. */
  readonly providerId: string;
  /** What a person calls it. */
  readonly displayName: string;
  /** Called in an injection context; may import a module. */
  load(): Promise<CloudStorage>;
}

/** Offers any `CloudStorage`: made once by a function that may `inject`, or loaded when it is first opened. */
export function withCloud(cloud: (() => CloudStorage) | LazyCloud): ChatSyncFeature {
  return {
    kind: 'cloud',
    name: 'withCloud',
    providers: [],
    createSource: () => {
      if (typeof cloud === 'function') {
        const made = cloud();
        const { providerId, displayName } = made;
        return { providerId, displayName, opener: signal(() => ({ cloud: made })) };
      }
      const { providerId, displayName } = cloud;
      const injector = inject(Injector);
      let loaded: Promise<CloudStorage> | undefined;
      const opener: CloudOpener = async () => {
        loaded ??= runInInjectionContext(injector, () => cloud.load());
        try {
          return { cloud: await loaded };
        } catch (error) {
          // A chunk that could not be fetched is fetched again the next time.
          loaded = undefined;
          throw error;
        }
      };
      return { providerId, displayName, opener: signal(opener) };
    },
  };
}
