import { type WebDavCloudOptions, type WebDavCredentials } from '@chat-vault/cloud-storage/webdav';
import { type ChatSyncFeature } from './chat-sync-feature';
import { withCloud } from './with-cloud';

/** How the cloud is known before its settings are. */
export interface ProviderNames {
  /** Default `webdav`. */
  readonly providerId?: string;
  /** What a person calls it; default `WebDAV`. */
  readonly displayName?: string;
}

/**
 * Offers a folder on a WebDAV server. The settings may come from a signal or a function, called in an injection context and
 * again whenever a signal it read changes; while it gives nothing the cloud is offered but not configured. Other settings
 * reconnect; another address counts as another cloud.
 */
export function withWebDav(
  options: WebDavCloudOptions | (() => WebDavCloudOptions | null | undefined),
  names: ProviderNames = {},
): ChatSyncFeature {
  const given: ProviderNames = typeof options === 'function' ? {} : options;
  const providerId = names.providerId ?? given.providerId ?? 'webdav';
  const displayName = names.displayName ?? given.displayName ?? 'WebDAV';
  const feature = withCloud<WebDavCloudOptions>({
    providerId,
    displayName,
    settings: typeof options === 'function' ? options : () => options,
    location: ({ url }) => url,
    hasFixedSignIn: ({ credentials }) => !isAskedFor(credentials),
    load: async () => {
      const { webDavCloud } = await import('@chat-vault/cloud-storage/webdav');
      return (current) => webDavCloud({ displayName, ...current, providerId });
    },
  });
  return { ...feature, name: 'withWebDav' };
}

/** Whether the application gives tokens when it is asked, as only then it can sign the person in anew. */
const isAskedFor = (credentials: WebDavCredentials | undefined): boolean =>
  typeof credentials === 'function' ||
  (credentials !== undefined && 'token' in credentials && typeof credentials.token === 'function');
