import { type CloudStorage } from '@chat-vault/cloud-storage';
import { memoryCloud as directoryCloud } from '@chat-vault/cloud-storage/directory';

/** The folder of the vault inside the origin-private file system. */
const FOLDER = 'chat-vault-cloud';

/** The folder that the browser keeps for this site, as a cloud; all devices tried in this browser share it. */
export async function privateFolderCloud(providerId: string): Promise<CloudStorage> {
  const root = await navigator.storage.getDirectory();
  const handle = await root.getDirectoryHandle(FOLDER, { create: true });
  return (directoryCloud as any)({ handle, providerId, displayName: 'This browser’s private folder' });
}
