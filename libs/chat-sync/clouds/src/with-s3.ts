import { type ChatSyncFeature } from '@chat-vault/chat-sync';
import { type S3CloudOptions } from '@chat-vault/cloud-storage/s3';
import { type CloudNames, driverFeature, type Given } from './driver-feature';

/**
 * Offers a bucket of Amazon S3 or of a service that speaks its protocol. While a function gives nothing the cloud is offered but not
 * configured. Other settings reconnect; another endpoint, bucket or prefix counts as another cloud.
 */
export function withS3(options: Given<S3CloudOptions>, names: CloudNames = {}): ChatSyncFeature {
  return driverFeature(
    {
      name: 'withS3',
      providerId: 's3',
      displayName: 'S3',
      location: ({ endpoint, bucket, prefix = '' }) => `${endpoint} ${bucket} ${prefix}`,
      hasFixedSignIn: ({ credentials }) => typeof credentials !== 'function',
      load: async () => (await import('@chat-vault/cloud-storage/s3')).s3Cloud,
    },
    options,
    names,
  );
}
