import { type ChatSyncFeature } from '@chat-vault/chat-sync';
import { type OneDriveCloudOptions } from '@chat-vault/cloud-storage/onedrive';
import { type Account } from './account';
import { type CloudNames, driverFeature, type Given } from './driver-feature';

/**
 * Offers the application's own folder in a person's OneDrive. With a `clientId` Microsoft's window opens in `connect` from a click, and in
 * nothing else; after `signIn: 'redirect'` call `connect` with `interactive: false` when the page is back. While a function gives nothing
 * the cloud is offered but not configured. Other settings reconnect; another client or account counts as another cloud.
 */
export function withOneDrive(
  options: Given<OneDriveCloudOptions & Account>,
  names: CloudNames = {},
): ChatSyncFeature {
  return driverFeature(
    {
      name: 'withOneDrive',
      providerId: 'onedrive',
      displayName: 'OneDrive',
      location: (settings) =>
        `${'clientId' in settings ? settings.clientId : ''} ${settings.account ?? ''}`,
      hasFixedSignIn: () => false,
      load: async () => (await import('@chat-vault/cloud-storage/onedrive')).oneDriveCloud,
    },
    options,
    names,
  );
}
