import { computed, inject, Injector, runInInjectionContext } from '@angular/core';
import { type WebDavCloudOptions } from '@chat-vault/cloud-storage/webdav';
import { type CloudOpener } from '../cloud/cloud-source';
import { loadCode } from '../cloud/load-code';
import { type ChatSyncFeature } from './chat-sync-feature';

/** How the cloud is known before its settings are. */
export interface ProviderNames {
  /** Default `webdav`. */
  readonly providerId?: string;
  /** What a person calls it; default `WebDAV`. */
  readonly displayName?: string;
}

/**
 * Offers a folder on a WebDAV server. The settings may come from a signal or a function, called in an injection context and
 * again whenever a signal it read changes; while it gives `undefined` the cloud is offered but not configured. Other settings
 * reconnect; another address counts as another cloud.
 */
export function withWebDav(
  options: WebDavCloudOptions | (() => WebDavCloudOptions | undefined),
  names: ProviderNames = {},
): ChatSyncFeature {
  return {
    kind: 'cloud',
    name: 'withWebDav',
    providers: [],
    createSource: () => {
      const injector = inject(Injector);
      const read = typeof options === 'function' ? options : () => options;
      const settings = computed(() => runInInjectionContext(injector, read), {
        equal: isSameSettings,
      });
      const given: ProviderNames = typeof options === 'function' ? {} : options;
      const providerId = names.providerId ?? given.providerId ?? 'webdav';
      const displayName = names.displayName ?? given.displayName ?? 'WebDAV';
      const opener = computed<CloudOpener | null>(() => {
        const current = settings();
        if (!current) return null;
        return async () => {
          const { webDavCloud } = await loadCode(() => import('@chat-vault/cloud-storage/webdav'));
          const cloud = webDavCloud({ displayName, ...current, providerId });
          return { cloud, location: current.url };
        };
      });
      return { providerId, displayName, opener };
    },
  };
}

/** Settings are plain data; a function among them gives what is valid when it is called, so another one changes nothing. */
const isSameSettings = (a?: WebDavCloudOptions, b?: WebDavCloudOptions): boolean =>
  JSON.stringify(a) === JSON.stringify(b);
