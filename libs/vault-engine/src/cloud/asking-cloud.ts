import { type CloudStorage } from '@chat-vault/cloud-storage';

/** The same files, asking before each write: what rejects is not carried out. Who signs in stays with the cloud itself. */
export const askingCloud = (
  cloud: CloudStorage,
  beforeWrite: () => Promise<void>,
): CloudStorage => ({
  providerId: cloud.providerId,
  displayName: cloud.displayName,
  ...(cloud.listingLagMs === undefined ? {} : { listingLagMs: cloud.listingLagMs }),
  list: (folder, options) => cloud.list(folder, options),
  listFolders: (folder, options) => cloud.listFolders(folder, options),
  read: (path, options) => cloud.read(path, options),
  create: async (path, bytes, options) => {
    await beforeWrite();
    await cloud.create(path, bytes, options);
  },
  remove: async (path, options) => {
    await beforeWrite();
    await cloud.remove(path, options);
  },
});
