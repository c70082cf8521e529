import { type CloudStorage } from '@chat-vault/cloud-storage';

/** The cloud for as long as it is connected: calls that are under way end with it, and later ones do not begin. */
export function cloudUntil(cloud: CloudStorage, ended: AbortSignal): CloudStorage {
  const until = async <Result>(
    call: (options: { readonly signal: AbortSignal }) => Promise<Result>,
  ) => {
    ended.throwIfAborted();
    return call({ signal: ended });
  };
  return {
    providerId: cloud.providerId,
    displayName: cloud.displayName,
    list: (folder) => until((options) => cloud.list(folder, options)),
    listFolders: (folder) => until((options) => cloud.listFolders(folder, options)),
    read: (path, given) => until((options) => cloud.read(path, { ...given, ...options })),
    create: (path, bytes) => until((options) => cloud.create(path, bytes, options)),
    remove: (path) => until((options) => cloud.remove(path, options)),
  };
}
