import { CloudError } from '@chat-vault/cloud-storage';

/**
 * Code that is loaded when a cloud is first opened, so that an application starts without it.
 *
 * @throws CloudError `offline` when it could not be fetched
 */
export async function loadCode<Module>(load: () => Promise<Module>): Promise<Module> {
  try {
    return await load();
  } catch (cause) {
    const message = 'chat-sync: a part of this application could not be loaded; try again';
    throw new CloudError('offline', message, { cause });
  }
}
