import { type ChatSyncFeature } from '@chat-vault/chat-sync';
import { type GoogleDriveCloudOptions } from '@chat-vault/cloud-storage/google-drive';
import { type Account } from './account';
import { type CloudNames, driverFeature, type Given } from './driver-feature';

/**
 * Offers a person's Google Drive. With a `clientId` Google's window opens in `connect` from a click, and in nothing else; the sign-in
 * lasts about an hour and not over a restart, after which the status is `auth-error` with `canReconnect`. While a function gives nothing
 * the cloud is offered but not configured. Other settings reconnect; another client, folder or account counts as another cloud.
 */
export function withGoogleDrive(
  options: Given<GoogleDriveCloudOptions & Account>,
  names: CloudNames = {},
): ChatSyncFeature {
  return driverFeature(
    {
      name: 'withGoogleDrive',
      providerId: 'google-drive',
      displayName: 'Google Drive',
      location,
      hasFixedSignIn: () => false,
      load: async () => (await import('@chat-vault/cloud-storage/google-drive')).googleDriveCloud,
    },
    options,
    names,
  );
}

/** An application sees only files that it made, so another client finds other ones. */
const location = (options: GoogleDriveCloudOptions & Account): string => {
  const { space = 'visible', folderName = '' } = options;
  const client = 'clientId' in options ? options.clientId : '';
  const hint = 'clientId' in options ? (options.loginHint ?? '') : '';
  return [space, folderName, client, options.account ?? hint].join(' ');
};
