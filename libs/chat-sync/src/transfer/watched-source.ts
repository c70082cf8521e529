import { type CloudStorage } from '@chat-vault/cloud-storage';

/** The files of a cloud for reading, and which errors came from there. */
export interface WatchedSource {
  readonly cloud: CloudStorage;
  /** Whether a call to this cloud rejected so. */
  hasThrown(error: unknown): boolean;
}

/** Watches a cloud that another one is filled from, so that a failure is told of the one that failed. */
export function watchedSource(cloud: CloudStorage): WatchedSource {
  const thrown = new Set<unknown>();
  const watch = async <Result>(call: Promise<Result>): Promise<Result> => {
    try {
      return await call;
    } catch (error) {
      thrown.add(error);
      throw error;
    }
  };
  return {
    hasThrown: (error) => thrown.has(error),
    cloud: {
      providerId: cloud.providerId,
      displayName: cloud.displayName,
      ...(cloud.listingLagMs === undefined ? {} : { listingLagMs: cloud.listingLagMs }),
      list: (folder, options) => watch(cloud.list(folder, options)),
      listFolders: (folder, options) => watch(cloud.listFolders(folder, options)),
      read: (path, options) => watch(cloud.read(path, options)),
      create: (path, bytes, options) => watch(cloud.create(path, bytes, options)),
      remove: (path, options) => watch(cloud.remove(path, options)),
    },
  };
}
