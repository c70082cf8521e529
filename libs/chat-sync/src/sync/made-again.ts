import { type CloudStorage } from '@chat-vault/cloud-storage';
import { type CloudOpener } from '../cloud/cloud-source';
import { ChatSyncError } from './chat-sync-error';

/** A cloud that this page did not open, so that what is kept of an earlier sign-in can be forgotten; `null` where nothing was chosen yet. */
export async function madeAgain(
  opener: CloudOpener,
  remembered: unknown,
): Promise<CloudStorage | null> {
  try {
    return (await opener({ interactive: false, remembered })).cloud;
  } catch (error) {
    if (error instanceof ChatSyncError && error.code === 'not-configured') return null;
    throw error;
  }
}
