import { type CloudFile, type CloudStorage } from '@chat-vault/cloud-storage';

/** A cloud whose listings are shown through `view`; everything else is as it is. */
export function seenThrough(
  cloud: CloudStorage,
  view: (files: readonly CloudFile[]) => readonly CloudFile[],
): CloudStorage {
  const list: CloudStorage['list'] = async (folder, options) =>
    view(await cloud.list(folder, options));
  return new Proxy(cloud, {
    get(target, name) {
      if (name === 'list') return list;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

/** A cloud whose listings lack these files. */
export const hiding = (cloud: CloudStorage, paths: readonly string[]): CloudStorage =>
  seenThrough(cloud, (files) => files.filter(({ path }) => !paths.includes(path)));
