import { type ChatSyncFeature } from '@chat-vault/chat-sync';
import { type DropboxCloudOptions } from '@chat-vault/cloud-storage/dropbox';
import { type Account } from './account';
import { type CloudNames, driverFeature, type Given } from './driver-feature';

/**
 * Offers the application's own folder in a person's Dropbox. With a `clientId` Dropbox's window opens in `connect` from a click, and in
 * nothing else; after `signIn: 'redirect'` call `connect` with `interactive: false` when the page is back. While a function gives nothing
 * the cloud is offered but not configured. Other settings reconnect; another client or account counts as another cloud.
 */
export function withDropbox(
  options: Given<DropboxCloudOptions & Account>,
  names: CloudNames = {},
): ChatSyncFeature {
  return driverFeature(
    {
      name: 'withDropbox',
      providerId: 'dropbox',
      displayName: 'Dropbox',
      location: (settings) =>
        `${'clientId' in settings ? settings.clientId : ''} ${settings.account ?? ''}`,
      hasFixedSignIn: () => false,
      load: async () => (await import('@chat-vault/cloud-storage/dropbox')).dropboxCloud,
    },
    options,
    names,
  );
}
