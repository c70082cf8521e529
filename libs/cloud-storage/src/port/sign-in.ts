import { type CloudStorage } from './cloud-storage.js';

/** The optional calls that a cloud has, bound to it, so that a wrapper has the same ones and no others. */
export const signInOf = (
  cloud: CloudStorage,
): Pick<CloudStorage, 'connect' | 'disconnect' | 'isConnected' | 'space'> => ({
  ...(cloud.connect && { connect: cloud.connect.bind(cloud) }),
  ...(cloud.disconnect && { disconnect: cloud.disconnect.bind(cloud) }),
  ...(cloud.isConnected && { isConnected: cloud.isConnected.bind(cloud) }),
  ...(cloud.space && { space: cloud.space.bind(cloud) }),
});
